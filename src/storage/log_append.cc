// Appending to a log: check, make room, write, publish.
#include <algorithm>
#include <limits>
#include <utility>

#include "storage/log.h"

namespace sluice {

Task<Result<Appended>> Log::append_as_leader(std::span<const BatchView> batches, LeaderEpoch epoch,
                                             AppendOrigin origin, std::optional<VerificationGuard> guard) {
  auto appended = co_await place_and_write(batches, epoch, origin, guard);
  if (appended && unflushed_ >= config_.flush_messages) {
    if (auto flushed = co_await flush(); !flushed) co_return fail(std::move(flushed.error()));
  }
  co_return appended;
}

Task<Result<Appended>> Log::append_as_follower(std::span<const BatchView> batches) {
  SLUICE_ASSERT(!batches.empty());
  // What compaction has thinned out may span more offsets than one segment can take.
  const Offset first = batches.front().base_offset();
  if (const auto beyond = std::ranges::find_if(batches,
                                               [&](const BatchView& batch) {
                                                 return batch.last_offset() - first >
                                                        std::numeric_limits<std::int32_t>::max();
                                               });
      beyond != batches.begin() && beyond != batches.end()) {
    auto front = co_await append_as_follower({batches.begin(), beyond});
    if (!front) co_return front;
    auto rest = co_await append_as_follower({beyond, batches.end()});
    if (rest) rest->base = front->base;
    co_return rest;
  }
  auto appended = co_await check_and_write(batches);
  if (appended && unflushed_ >= config_.flush_messages) {
    if (auto flushed = co_await flush(); !flushed) co_return fail(std::move(flushed.error()));
  }
  co_return appended;
}

VerificationGuard Log::begin_verification(ProducerId id, ProducerEpoch epoch, std::int32_t sequence,
                                          bool epoch_bump) {
  return producers_.begin_verification(id, epoch, sequence, epoch_bump, loop_.random() | 1, loop_.wall_now());
}

Result<void> Log::check_guard(std::span<const BatchView> batches, VerificationGuard guard) const {
  for (const BatchView& batch : batches) {
    if (!batch.is_transactional() || batch.is_control()) continue;
    if (producers_.has_open_transaction(batch.producer_id(), batch.producer_epoch())) continue;
    const Verification* asked = producers_.verification(batch.producer_id());
    if (asked == nullptr || asked->guard != guard)
      return fail(Errc::invalid_transaction, "{}: producer {} has no transaction here that its coordinator knows",
                  directory_, batch.producer_id().value);
  }
  return {};
}

Task<Result<Appended>> Log::place_and_write(std::span<const BatchView> batches, LeaderEpoch epoch,
                                            AppendOrigin origin, std::optional<VerificationGuard> guard) {
  SLUICE_ASSERT(!batches.empty());
  const Turns::Turn turn = co_await writes_.turn();  // While it is held, what is read below stays true.
  Result<std::optional<Appended>> admitted = admit(batches, epoch, origin, guard);
  if (!admitted) co_return fail(std::move(admitted.error()));
  if (*admitted) co_return **admitted;
  const WallTime stamped = place(batches, end_, epoch);
  auto producers = producers_after(batches, origin);
  if (!producers) co_return fail(std::move(producers.error()));
  auto appended = co_await write(batches, std::move(*producers));
  if (appended) appended->append_time = stamped;
  co_return appended;
}

Result<std::optional<Appended>> Log::admit(std::span<const BatchView> batches, LeaderEpoch epoch,
                                           AppendOrigin origin, std::optional<VerificationGuard> guard) const {
  if (auto writable = check_writable(); !writable) return fail(std::move(writable.error()));
  if (const auto latest = epochs_.latest(); latest && latest->epoch > epoch)
    return fail(Errc::fenced_epoch, "{}: epoch {} after {}", directory_, epoch.value, latest->epoch.value);
  if (auto sizes = check_sizes(batches, true); !sizes) return fail(std::move(sizes.error()));
  if (origin == AppendOrigin::client) {
    if (auto duplicate = find_duplicate(batches)) return duplicate;
  }
  if (auto room = check_room(origin); !room) return fail(std::move(room.error()));
  if (guard) {
    if (auto checked = check_guard(batches, *guard); !checked) return fail(std::move(checked.error()));
  }
  return std::nullopt;
}

WallTime Log::place(std::span<const BatchView> batches, Offset first, LeaderEpoch epoch) const {
  const bool stamp = config_.timestamp_type == TimestampType::log_append_time;
  const WallTime now = loop_.wall_now();
  Offset next = first;
  for (const BatchView& batch : batches) {
    batch.place(next, epoch);
    if (stamp && !batch.is_control()) batch.set_max_timestamp(TimestampType::log_append_time, now);
    next = batch.next_offset();
  }
  return stamp ? now : kNoTimestamp;
}

Result<ProducerAppend> Log::producers_after(std::span<const BatchView> batches, AppendOrigin origin) const {
  ProducerAppend producers(producers_, origin);
  for (const BatchView& batch : batches) {
    if (auto taken = producers.add(batch); !taken) return fail(std::move(taken.error()));
  }
  return producers;
}

Task<Result<Appended>> Log::check_and_write(std::span<const BatchView> batches) {
  SLUICE_ASSERT(!batches.empty());
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return fail(std::move(writable.error()));
  if (auto sizes = check_sizes(batches, false); !sizes) co_return fail(std::move(sizes.error()));
  if (auto room = check_room(AppendOrigin::replication); !room) co_return fail(std::move(room.error()));
  Offset next = end_;
  for (const BatchView& batch : batches) {
    if (batch.base_offset() < next)
      co_return fail(Errc::out_of_range, "{}: a batch at offset {} where {} or more is due", directory_,
                     batch.base_offset().value, next.value);
    next = batch.next_offset();
  }
  auto producers = producers_after(batches, AppendOrigin::replication);
  if (!producers) co_return fail(std::move(producers.error()));
  co_return co_await write(batches, std::move(*producers));
}

Result<void> Log::check_sizes(std::span<const BatchView> batches, bool from_producer) const {
  std::uint64_t sum = 0, offsets = 0;
  for (const BatchView& batch : batches) {
    if (from_producer && std::cmp_greater(batch.size(), config_.message_bytes_max))
      return fail(Errc::too_large, "{}: a batch of {} bytes exceeds max.message.bytes, {}", directory_,
                  batch.size(), config_.message_bytes_max);
    sum += batch.size();
    offsets += static_cast<std::uint64_t>(batch.offset_span());
  }
  if (std::cmp_greater(sum, config_.segment_bytes))
    return fail(Errc::too_large, "{}: batches of {} bytes exceed segment.bytes, {}", directory_, sum,
                config_.segment_bytes);
  if (from_producer && std::cmp_greater(offsets, std::numeric_limits<std::int32_t>::max()))
    return fail(Errc::too_large, "{}: batches of {} offsets do not fit a segment", directory_, offsets);
  if (offsets > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() - end_.value))
    return fail(Errc::invalid_argument, "{}: no offsets are left behind {}", directory_, end_.value);
  return {};
}

std::optional<Appended> Log::find_duplicate(std::span<const BatchView> batches) const {
  for (const BatchView& batch : batches) {
    if (!batch.has_producer()) continue;
    const ProducerEntry* entry = producers_.find(batch.producer_id());
    const ProducerBatch* known = entry == nullptr ? nullptr : entry->find_duplicate(batch);
    if (known == nullptr) continue;
    const bool stamped = config_.timestamp_type == TimestampType::log_append_time;
    return Appended{.base = known->first_offset(),
                    .end = known->last_offset + 1,
                    .append_time = stamped ? known->timestamp : kNoTimestamp,
                    .log_start = start_,
                    .duplicate = true};
  }
  return std::nullopt;
}

Task<Result<Appended>> Log::write(std::span<const BatchView> batches, ProducerAppend producers) {
  appended_to_ = true;
  auto prepared = co_await make_room(batches);
  if (prepared) prepared = co_await assign_epochs(batches);
  if (!prepared) co_return fail(failed_write(std::move(prepared.error())));

  for (const BatchView& batch : batches) health_->take_room(static_cast<std::int64_t>(batch.size()));
  Segment& segment = active();
  if (auto written = co_await segment.append(batches, config_.index_interval_bytes); !written) {
    // How much reached the file is unknown. Writing on would bury a torn batch under good ones, and recovery would
    // cut them all. Of a full disk it is known that cutting the file makes it what it was; else refuse until a
    // reopen has scanned the tail.
    Error error = std::move(written.error());
    if (error.code == Errc::no_space) {
      if (auto undone = co_await segment.undo_failed_write(); !undone) error = std::move(undone.error());
    }
    co_return fail(failed_write(std::move(error)));
  }
  for (const AbortedTransaction& aborted : producers.aborted()) {
    if (auto noted = co_await segment.transaction_index().append(disk_, aborted); !noted) {
      // The batches are in the file and cannot be taken back: they may not be followed by others.
      co_return fail(failed_write(Error{Errc::storage_offline, std::move(noted.error().what)}));
    }
  }

  const Offset base = batches.front().base_offset();
  const Offset end = batches.back().next_offset();
  producers_.commit(std::move(producers), end);
  unflushed_ += end - end_;
  active_size_ = segment.size();
  end_ = end;  // Published last: nobody can ask for an offset that is not written.
  SLUICE_ASSERT(base < end_ && start_ <= end_);
  co_return Appended{.base = base, .end = end, .log_start = start_};
}

Task<Result<void>> Log::assign_epochs(std::span<const BatchView> batches) {
  for (const BatchView& batch : batches) {
    // A start that lies before what is known is not learnt from a batch.
    const auto latest = epochs_.latest();
    if (batch.leader_epoch().value < 0 || (latest && latest->epoch >= batch.leader_epoch())) continue;
    epochs_.assign_unwritten(batch.leader_epoch(), batch.base_offset());
  }
  co_return co_await epochs_.write_if_changed(disk_);
}

Task<Result<void>> Log::make_room(std::span<const BatchView> batches) {
  Segment::Coming coming{.last = batches.back().last_offset()};
  for (const BatchView& batch : batches) {
    coming.bytes += batch.size();
    coming.max_timestamp = std::max(coming.max_timestamp, batch.max_timestamp());
  }
  Segment& segment = active();
  const Offset base = batches.front().base_offset();
  if (segment.size() == 0 && segment.takes(coming.last)) co_return Result<void>{};
  const auto due = co_await segment.should_roll(config_, jitter_, coming, loop_.wall_now());
  if (!due) co_return fail(due.error());
  if (*due) co_return co_await roll_to(base);
  co_return Result<void>{};
}

void Log::set_jitter() {
  const auto most = std::min(config_.segment_jitter_max, config_.segment_time).count();
  jitter_ = std::chrono::milliseconds(
      most <= 0 ? 0 : static_cast<std::int64_t>(loop_.random() % static_cast<std::uint64_t>(most)));
}

Task<Result<void>> Log::roll_to(Offset base) {
  // Each step before the last leaves the log as it was, should it fail: a full disk must not end in half a roll.
  producers_.set_end(std::max(producers_.end(), base));
  if (auto taken = co_await snapshots_.take(disk_, producers_); !taken) co_return taken;
  auto next = std::make_shared<Segment>(disk_, open_files_, path_, SegmentFiles{.base = base});
  next->set_created(loop_.wall_now());
  const auto reserved = config_.preallocate ? static_cast<std::uint32_t>(config_.segment_bytes) : 0;
  auto done = co_await next->create(reserved);
  if (done) done = co_await active().deactivate();
  // Once all its batches are flushed, recovery trusts a segment, its indexes included; flush_behind comes too
  // late.
  if (done && recovery_point_ >= base) done = co_await active().flush_indexes();
  if (!done) {
    (void)co_await next->remove_files();
    co_return done;
  }
  if (active().size() == 0 && active().base() < base) {
    // Nothing was ever written at the old base, and nothing will be.
    if (auto removed = co_await active().remove_files(); !removed) co_return removed;
    segments_.erase(std::prev(segments_.end()));
  }
  segments_.emplace(base, std::move(next));
  active_size_ = 0;
  ++names_changed_;
  set_jitter();
  tasks_.start(flush_behind(base));
  co_return Result<void>{};
}

}  // namespace sluice
