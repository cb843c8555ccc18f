#include "storage/producer_state.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "storage/detail/elapsed.h"

namespace sluice {
namespace {

constexpr std::int32_t kSequenceMax = std::numeric_limits<std::int32_t>::max();

bool follows(std::int32_t last, std::int32_t next) {
  return next == std::int64_t{last} + 1 || (next == 0 && last == kSequenceMax);
}

}  // namespace

std::int32_t ProducerBatch::first_sequence() const {
  if (last_sequence < 0) return last_sequence;
  if (last_sequence >= offset_delta) return last_sequence - offset_delta;
  return kSequenceMax - (offset_delta - last_sequence) + 1;  // The batch goes over the largest number.
}

const ProducerBatch* ProducerEntry::find_duplicate(const ConstBatchView& batch) const {
  if (batch.producer_epoch() != epoch) return nullptr;
  const auto same = [&](const ProducerBatch& known) {
    return known.first_sequence() == batch.base_sequence() && known.last_sequence == batch.last_sequence();
  };
  const auto found = std::ranges::find_if(batches, same);
  return found == batches.end() ? nullptr : &*found;
}

void ProducerEntry::set_epoch(ProducerEpoch newer) {
  if (newer == epoch) return;
  batches.clear();
  epoch = newer;
}

void ProducerEntry::add(ProducerBatch batch) {
  if (batches.size() == kBatchesMax) batches.erase(batches.begin());
  batches.push_back(batch);
}

ProducerEntry& ProducerAppend::staged(ProducerId id) {
  const auto found = std::ranges::find(entries_, id, &ProducerEntry::id);
  if (found != entries_.end()) return *found;
  const ProducerEntry* known = state_->find(id);
  if (known != nullptr) return entries_.emplace_back(*known);
  ProducerEntry& fresh = entries_.emplace_back();
  fresh.id = id;
  return fresh;
}

Result<void> ProducerAppend::check_epoch(const ProducerEntry& entry, const ConstBatchView& batch) const {
  if (batch.producer_epoch() >= entry.epoch || origin_ == AppendOrigin::replication) return {};
  return fail(Errc::producer_fenced, "producer {} writes with epoch {} after {}", entry.id.value,
              batch.producer_epoch().value, entry.epoch.value);
}

/// A marker that comes late, when its transaction has ended and the next one has begun, must not end that one.
/// Where nothing is open it may be a repetition, and does no harm; the largest epoch has none behind it.
Result<void> ProducerAppend::check_marker_epoch(const ProducerEntry& entry, const ConstBatchView& batch) const {
  constexpr ProducerEpoch kEpochMax{std::numeric_limits<std::int16_t>::max()};
  const bool is_late = origin_ == AppendOrigin::bumping_coordinator && batch.producer_epoch() == entry.epoch &&
                       entry.transaction_start && entry.epoch != kEpochMax;
  if (!is_late) return check_epoch(entry, batch);
  return fail(Errc::producer_fenced, "a marker of epoch {} is not of the transaction that producer {} has open",
              batch.producer_epoch().value, entry.id.value);
}

Result<void> ProducerAppend::check_sequence(const ProducerEntry& entry, const ConstBatchView& batch) const {
  const Verification* verification = state_->verification(entry.id);
  const bool first_must_be_zero = verification != nullptr && verification->epoch_bump && entry.batches.empty();
  if (verification != nullptr && (batch.base_sequence() > verification->lowest_sequence ||
                                  (first_must_be_zero && batch.base_sequence() != 0)))
    return fail(Errc::out_of_order, "producer {} begins its transaction with sequence {}; {} waits to be written",
                entry.id.value, batch.base_sequence(), first_must_be_zero ? 0 : verification->lowest_sequence);
  // Of a producer that is not known, perhaps since its batches were deleted, any sequence number will do.
  if (entry.epoch.value < 0) return {};
  const ProducerEntry* before = state_->find(entry.id);
  const bool new_epoch = batch.producer_epoch() != entry.epoch;
  if (!new_epoch && (before == nullptr || before->epoch.value < 0)) return {};
  const std::int32_t last = new_epoch ? -1 : entry.last_sequence();
  if (follows(last, batch.base_sequence())) return {};
  return fail(Errc::out_of_order, "producer {} sends sequence {} after {}", entry.id.value, batch.base_sequence(),
              last);
}

Result<void> ProducerAppend::add_data(const ConstBatchView& batch) {
  ProducerEntry& entry = staged(batch.producer_id());
  if (auto checked = check_epoch(entry, batch); !checked) return checked;
  if (origin_ == AppendOrigin::client) {
    if (auto checked = check_sequence(entry, batch); !checked) return checked;
  }
  if (entry.transaction_start && !batch.is_transactional())
    return fail(Errc::invalid_transaction, "producer {} writes outside of its open transaction", entry.id.value);

  entry.set_epoch(batch.producer_epoch());
  entry.add({.last_sequence = batch.last_sequence(),
             .last_offset = batch.last_offset(),
             .offset_delta = batch.last_offset_delta(),
             .timestamp = batch.max_timestamp()});
  entry.last_timestamp = batch.max_timestamp();
  if (batch.is_transactional() && !entry.transaction_start) {
    entry.transaction_start = batch.base_offset();
    started_.emplace_back(batch.base_offset(), entry.id);
  }
  return {};
}

Result<void> ProducerAppend::add_marker(const ConstBatchView& batch, const EndMarker& marker) {
  ProducerEntry& entry = staged(batch.producer_id());
  if (auto checked = check_marker_epoch(entry, batch); !checked) return checked;
  if (marker.coordinator_epoch < entry.coordinator_epoch && origin_ != AppendOrigin::replication)
    return fail(Errc::coordinator_fenced, "a transaction coordinator of epoch {} writes after {}",
                marker.coordinator_epoch, entry.coordinator_epoch);

  // A marker without a transaction neither moves the stable offset nor belongs into the index.
  if (entry.transaction_start)
    completed_.push_back({.producer_id = entry.id,
                          .first_offset = *entry.transaction_start,
                          .last_offset = batch.base_offset(),
                          .aborted = !marker.commit});
  entry.set_epoch(batch.producer_epoch());
  entry.coordinator_epoch = marker.coordinator_epoch;
  entry.last_timestamp = batch.max_timestamp();
  entry.transaction_start.reset();
  return {};
}

Result<void> ProducerAppend::add(const ConstBatchView& batch) {
  const std::size_t before = entries_.size();
  Result<void> added = take_in(batch);
  if (!added) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(before), entries_.end());
  return added;
}

bool ProducerAppend::is_continued_by(const ConstBatchView& batch) const {
  if (!batch.has_producer()) return true;
  const auto entry = std::ranges::find(entries_, batch.producer_id(), &ProducerEntry::id);
  if (entry == entries_.end()) return true;
  return !batch.is_control() && !batch.is_transactional() && !entry->transaction_start &&
         batch.producer_epoch() == entry->epoch && follows(entry->last_sequence(), batch.base_sequence());
}

Result<void> ProducerAppend::take_in(const ConstBatchView& batch) {
  if (!batch.has_producer()) return {};
  if (!batch.is_control()) return add_data(batch);
  const auto marker = EndMarker::read(batch);
  if (!marker) return fail(marker.error());
  if (!*marker) return {};
  return add_marker(batch, **marker);
}

Offset ProducerAppend::stable_offset_after(const CompletedTransaction& completed,
                                           std::size_t completed_before) const {
  const auto is_open = [&](Offset start, ProducerId id) {
    const auto ended = std::span(completed_).first(completed_before);
    return id != completed.producer_id &&
           std::ranges::find(ended, start, &CompletedTransaction::first_offset) == ended.end();
  };
  for (const auto& [start, id] : state_->open_) {
    if (is_open(start, id)) return start;
  }
  for (const auto& [start, id] : started_) {
    if (start < completed.last_offset && is_open(start, id)) return start;
  }
  return completed.last_offset + 1;
}

std::vector<AbortedTransaction> ProducerAppend::aborted() const {
  std::vector<AbortedTransaction> entries;
  for (std::size_t i = 0; i < completed_.size(); ++i) {
    if (!completed_[i].aborted) continue;
    entries.push_back({.producer_id = completed_[i].producer_id,
                       .first_offset = completed_[i].first_offset,
                       .last_offset = completed_[i].last_offset,
                       .last_stable_offset = stable_offset_after(completed_[i], i)});
  }
  return entries;
}

const ProducerEntry* ProducerState::find(ProducerId id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<ProducerEntry> ProducerState::sorted() const {
  std::vector<ProducerEntry> entries;
  entries.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) entries.push_back(entry);  // Order: sorted below.
  std::ranges::sort(entries, {}, &ProducerEntry::id);
  return entries;
}

void ProducerState::commit(ProducerAppend append, Offset end) {
  for (ProducerEntry& entry : append.entries_) {
    if (!is_for_next_transaction(entry)) verifications_.erase(entry.id);
    entries_[entry.id] = std::move(entry);
  }
  for (const auto& [start, id] : append.started_) open_.emplace(start, id);
  for (const CompletedTransaction& completed : append.completed_) {
    open_.erase(completed.first_offset);
    unreplicated_.emplace(completed.first_offset, completed);
  }
  end_ = end;
}

/// Whether what waits for its confirmation is of the transaction behind the one that has ended, and stays so. All
/// else is confirmed no more: a batch that comes behind the marker of its transaction would begin one that nobody
/// ends. A marker has the epoch of what follows, where each transaction has its own; older batches are refused for
/// theirs.
bool ProducerState::is_for_next_transaction(const ProducerEntry& ended) const {
  const Verification* asked = verification(ended.id);
  return asked != nullptr && asked->epoch_bump && !ended.transaction_start && asked->epoch >= ended.epoch;
}

std::optional<Offset> ProducerState::first_unstable() const {
  std::optional<Offset> first = first_open();
  if (!unreplicated_.empty() && (!first || unreplicated_.begin()->first < *first))
    first = unreplicated_.begin()->first;
  return first;
}

std::optional<Offset> ProducerState::first_open() const {
  if (open_.empty()) return std::nullopt;
  return open_.begin()->first;
}

bool ProducerState::has_open_transaction(ProducerId id, ProducerEpoch epoch) const {
  const ProducerEntry* entry = find(id);
  return entry != nullptr && entry->transaction_start && entry->epoch == epoch;
}

VerificationGuard ProducerState::begin_verification(ProducerId id, ProducerEpoch epoch, std::int32_t sequence,
                                                    bool epoch_bump, std::uint64_t fresh, WallTime now) {
  if (has_open_transaction(id, epoch)) return {};
  SLUICE_ASSERT(fresh != 0);
  Verification& asked = verifications_
                            .try_emplace(id, Verification{.guard = {fresh},
                                                          .epoch = epoch,
                                                          .lowest_sequence = sequence,
                                                          .since = now,
                                                          .epoch_bump = epoch_bump})
                            .first->second;
  // An older epoch's batches wait no more; within one, the lowest may come last.
  if (epoch > asked.epoch || (epoch == asked.epoch && sequence < asked.lowest_sequence)) {
    asked.epoch = epoch;
    asked.lowest_sequence = sequence;
  }
  return asked.guard;
}

const Verification* ProducerState::verification(ProducerId id) const {
  const auto found = verifications_.find(id);
  return found == verifications_.end() ? nullptr : &found->second;
}

void ProducerState::high_watermark_moved(Offset high_watermark) {
  while (!unreplicated_.empty() && unreplicated_.begin()->second.last_offset < high_watermark)
    unreplicated_.erase(unreplicated_.begin());
}

void ProducerState::log_start_moved(Offset start) {
  high_watermark_moved(start);
  end_ = std::max(end_, start);
}

bool ProducerState::is_expired(const ProducerEntry& entry, WallTime now, std::chrono::milliseconds after) const {
  return !entry.transaction_start && detail::elapsed(entry.last_timestamp, now) >= after;
}

void ProducerState::expire(WallTime now, std::chrono::milliseconds after) {
  std::erase_if(entries_, [&](const auto& named) { return is_expired(named.second, now, after); });
  std::erase_if(verifications_,
                [&](const auto& named) { return detail::elapsed(named.second.since, now) >= after; });
}

void ProducerState::restore(ProducerEntry entry) {
  if (entry.transaction_start) open_.emplace(*entry.transaction_start, entry.id);
  const ProducerId id = entry.id;
  entries_[id] = std::move(entry);
}

void ProducerState::clear(Offset end) {
  entries_.clear();
  verifications_.clear();
  open_.clear();
  unreplicated_.clear();
  end_ = end;
}

}  // namespace sluice
