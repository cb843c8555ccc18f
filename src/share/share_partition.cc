#include "share/share_partition.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"

namespace sluice {
namespace {

std::int64_t count_of(Offset first, Offset last) { return last - first + 1; }

/// What a log that another program wrote may say of a state that is not final.
RecordRun run_of(const ShareStateBatch& batch) {
  const auto state = static_cast<DeliveryState>(batch.delivery_state);
  const bool is_known = is_final(state);
  return {.state = is_known ? state : DeliveryState::available, .delivery_count = batch.delivery_count};
}

/// Splits what was acquired where the batches end that bring a range to `range_records`.
void add_ranges(std::vector<AcquiredRange>& ranges, AcquiredRange acquired, std::span<const FetchedBatch> fetched,
                std::int64_t range_records) {
  for (const FetchedBatch& batch : fetched) {
    if (batch.last < acquired.first || batch.last >= acquired.last) continue;
    if (count_of(acquired.first, batch.last) < range_records) continue;
    ranges.push_back({acquired.first, batch.last, acquired.delivery_count});
    acquired.first = {batch.last.value + 1};
  }
  ranges.push_back(acquired);
}

}  // namespace

SharePartition::SharePartition(Offset start, const ShareStateBatches& known, DeliverySettings settings)
    : settings_(settings), runs_(start) {
  for (const ShareStateBatch& batch : combine(known, {}, start)) {
    // What was with a member when the last leader went is not known to the log.
    if (batch.first > runs_.end()) runs_.append({batch.first.value - 1}, {});
    runs_.append(batch.last, run_of(batch));
  }
  drop_done();
}

std::uint32_t SharePartition::number_of(std::string_view member) {
  const auto [found, is_new] = members_.try_emplace(std::string(member), last_member_ + 1);
  if (is_new) ++last_member_;
  return found->second;
}

std::optional<std::uint32_t> SharePartition::find_member(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? std::nullopt : std::optional(found->second);
}

bool SharePartition::may_be_acquired(const RecordRun& run, SteadyTime now) const {
  return run.state == DeliveryState::available && run.change == 0 && run.until <= now;
}

std::optional<Offset> SharePartition::next_to_fetch(SteadyTime now) const {
  for (const auto& [first, run] : runs_.all())
    if (may_be_acquired(run.common, now)) return first;
  if (runs_.size() >= settings_.record_locks_max) return std::nullopt;
  return runs_.end();
}

std::int32_t SharePartition::complete_count(const ShareChange& change) const {
  std::int64_t count = 0;
  for (const auto& [first, run] : runs_.all())
    if (is_final(run.common.state) ||
        (change.id != 0 && run.common.change == change.id && is_final(run.common.next)))
      count += count_of(first, run.last);
  return static_cast<std::int32_t>(std::min<std::int64_t>(count, INT32_MAX));
}

std::int64_t SharePartition::acquired_count() const {
  std::int64_t count = 0;
  for (const auto& [first, run] : runs_.all())
    if (run.common.state == DeliveryState::acquired) count += count_of(first, run.last);
  return count;
}

bool SharePartition::has_acquired(std::string_view member) const {
  const auto number = find_member(member);
  return number && std::ranges::any_of(runs_.all(), [&](const auto& run) {
           return run.second.common.state == DeliveryState::acquired && run.second.common.member == *number;
         });
}

/// The last record of those from `first` to `last` that may be acquired when `left` more are wanted.
Offset SharePartition::last_to_acquire(Offset first, Offset last, std::int64_t left,
                                       std::span<const FetchedBatch> fetched, bool exactly) const {
  if (count_of(first, last) <= left) return last;
  const Offset wanted{first.value + left - 1};
  if (exactly) return wanted;
  const auto batch = std::ranges::lower_bound(fetched, wanted, {}, &FetchedBatch::last);
  return batch == fetched.end() ? wanted : std::min(batch->last, last);
}

void SharePartition::lock(Offset first, Offset last, std::uint32_t member, SteadyTime now) {
  const auto run = runs_.cut_out(first, last);
  RecordRun& common = run->second.common;
  common.state = DeliveryState::acquired;
  ++common.delivery_count;
  common.member = member;
  common.until = now + settings_.lock_duration;
}

std::vector<AcquiredRange> SharePartition::acquire(std::string_view member, SteadyTime now, Offset from,
                                                   std::span<const FetchedBatch> fetched, AcquireLimits limits) {
  std::vector<AcquiredRange> acquired;
  if (fetched.empty()) return acquired;
  const std::uint32_t number = number_of(member);
  const Offset fetched_last = fetched.back().last;
  const Offset first = std::max({from, start(), fetched.front().first});
  pass_over(std::max(from, start()), first, now);
  std::int64_t left = limits.records_max;
  for (Offset at = first; at <= fetched_last && left > 0;) {
    std::int64_t room = left;
    if (at >= end()) {
      room = std::min(room, settings_.record_locks_max - runs_.size());
      if (room <= 0) break;
      runs_.append(last_to_acquire(at, fetched_last, room, fetched, limits.exactly), {});
    }
    const auto run = runs_.at(at);
    const Offset run_last = std::min(run->second.last, fetched_last);
    if (!may_be_acquired(run->second.common, now)) {
      at = {run->second.last.value + 1};
      continue;
    }
    const Offset last = last_to_acquire(at, run_last, room, fetched, limits.exactly);
    const auto count = static_cast<std::int16_t>(run->second.common.delivery_count + 1);
    lock(at, last, number, now);
    add_ranges(acquired, {at, last, count}, fetched, limits.range_records);
    left -= count_of(at, last);
    at = {last.value + 1};
  }
  drop_done();
  return acquired;
}

/// A fetch from `from` found its first batch at `to`: what lies between does not exist any more.
void SharePartition::pass_over(Offset from, Offset to, SteadyTime now) {
  for (Offset at = from; at < to && at < end();) {
    const auto run = runs_.cut_out(at, std::min(Offset{to.value - 1}, runs_.at(at)->second.last));
    at = {run->second.last.value + 1};
    if (may_be_acquired(run->second.common, now)) run->second.common.state = DeliveryState::archived;
  }
  if (to > end()) runs_.append({to.value - 1}, {.state = DeliveryState::archived});
}

std::vector<AcquiredRange> SharePartition::exclude(std::vector<AcquiredRange> acquired,
                                                   std::span<const FetchedBatch> excluded) {
  std::vector<AcquiredRange> left;
  for (AcquiredRange range : acquired) {
    for (const FetchedBatch& batch : excluded) {
      if (batch.last < range.first || batch.first > range.last) continue;
      const Offset first = std::max(batch.first, range.first);
      const Offset last = std::min(batch.last, range.last);
      for (Offset at = first; at <= last;) {
        const auto run = runs_.cut_out(at, std::min(last, runs_.at(at)->second.last));
        at = {run->second.last.value + 1};
        run->second.common = {.state = DeliveryState::archived, .delivery_count = range.delivery_count};
      }
      if (range.first < first) left.push_back({range.first, {first.value - 1}, range.delivery_count});
      range.first = {last.value + 1};
    }
    if (range.first <= range.last) left.push_back(range);
  }
  drop_done();
  return left;
}

DeliveryState SharePartition::state_after(Acknowledgement word, std::int16_t delivery_count) const {
  switch (word) {
    case Acknowledgement::accept: return DeliveryState::acknowledged;
    case Acknowledgement::gap:
    case Acknowledgement::reject: return DeliveryState::archived;
    case Acknowledgement::renew: return DeliveryState::acquired;
    case Acknowledgement::release: break;
  }
  return delivery_count >= settings_.delivery_count_max ? DeliveryState::archived : DeliveryState::available;
}

std::optional<ErrorCode> SharePartition::check(std::uint32_t member, const AcknowledgedRange& said) const {
  if (said.first > said.last || said.last >= end()) return ErrorCode::invalid_request;
  const bool one_each = std::cmp_equal(said.words.size(), count_of(said.first, said.last));
  if (said.words.size() != 1 && !one_each) return ErrorCode::invalid_request;
  // What is gone by now, with the start, needs no word any more.
  for (Offset at = std::max(said.first, start()); at <= said.last;) {
    const auto run = runs_.at(at);
    const RecordRun& common = run->second.common;
    if (common.state != DeliveryState::acquired || common.member != member || common.change != 0)
      return ErrorCode::invalid_record_state;
    at = {run->second.last.value + 1};
  }
  return std::nullopt;
}

void SharePartition::begin_change(ShareChange& change, RecordRuns::iterator run, DeliveryState next) {
  RecordRun& common = run->second.common;
  common.change = change.id;
  common.next = next;
  const ShareStateBatch batch{run->first, run->second.last, static_cast<std::int8_t>(next), common.delivery_count};
  ShareStateBatches& batches = change.batches;
  const bool goes_on = !batches.empty() && batches.back().last.value + 1 == batch.first.value &&
                       batches.back().delivery_state == batch.delivery_state &&
                       batches.back().delivery_count == batch.delivery_count;
  if (goes_on)
    batches.back().last = batch.last;
  else
    batches.push_back(batch);
}

std::expected<ShareChange, ErrorCode> SharePartition::acknowledge(std::string_view member, SteadyTime now,
                                                                  std::span<const AcknowledgedRange> said) {
  const auto number = find_member(member);
  if (!number) return std::unexpected(ErrorCode::invalid_record_state);
  Offset behind{-1};
  for (const AcknowledgedRange& range : said) {
    if (const auto error = check(*number, range)) return std::unexpected(*error);
    // In their order and apart, so that no record is spoken of twice.
    if (range.first < behind) return std::unexpected(ErrorCode::invalid_request);
    behind = {range.last.value + 1};
  }
  ShareChange change{.id = ++last_change_, .batches = {}};
  for (const AcknowledgedRange& range : said)
    for (Offset at = std::max(range.first, start()); at <= range.last;) {
      const bool one_for_all = range.words.size() == 1;
      const Acknowledgement word =
          range.words[one_for_all ? 0 : static_cast<std::size_t>(at.value - range.first.value)];
      const Offset last = one_for_all ? std::min(range.last, runs_.at(at)->second.last) : at;
      const auto run = runs_.cut_out(at, last);
      const DeliveryState next = state_after(word, run->second.common.delivery_count);
      if (next == DeliveryState::acquired)
        run->second.common.until = now + settings_.lock_duration;
      else
        begin_change(change, run, next);
      at = {last.value + 1};
    }
  return change;
}

/// Gives back those runs that `which` is true for.
template <class Which>
ShareChange SharePartition::give_back(Which which) {
  ShareChange change{.id = ++last_change_, .batches = {}};
  for (auto run = runs_.all().begin(); run != runs_.all().end(); ++run) {
    const RecordRun& common = run->second.common;
    if (common.state == DeliveryState::acquired && common.change == 0 && which(common))
      begin_change(change, run, state_after(Acknowledgement::release, common.delivery_count));
  }
  return change;
}

ShareChange SharePartition::release(std::string_view member, SteadyTime) {
  const auto number = find_member(member);
  if (!number) return {};
  ShareChange change = give_back([&](const RecordRun& run) { return run.member == *number; });
  members_.erase(std::string(member));
  return change;
}

ShareChange SharePartition::expire(SteadyTime now) {
  return give_back([&](const RecordRun& run) { return run.until <= now; });
}

std::optional<SteadyTime> SharePartition::next_due(SteadyTime now) const {
  std::optional<SteadyTime> next;
  for (const auto& [first, run] : runs_.all()) {
    const RecordRun& common = run.common;
    const bool waits = common.change == 0 && (common.state == DeliveryState::acquired ||
                                              (common.state == DeliveryState::available && common.until > now));
    if (waits && (!next || common.until < *next)) next = common.until;
  }
  return next;
}

void SharePartition::settle(const ShareChange& change, bool written, SteadyTime now) {
  for (const ShareStateBatch& batch : change.batches)
    for (Offset at = std::max(batch.first, start()); at <= batch.last && at < end();) {
      auto run = runs_.at(at);
      at = {run->second.last.value + 1};
      RecordRun& common = run->second.common;
      if (common.change != change.id) continue;
      common.change = 0;
      if (!written) continue;  // Still with the member, or given back when its lock ends.
      common.state = common.next;
      common.member = 0;
      common.until = {};
      if (common.state == DeliveryState::available && settings_.backoff.count() > 0) {
        const int doublings = std::clamp(common.delivery_count - 1, 0, 30);
        common.until = now + std::min(settings_.backoff * (std::int64_t{1} << doublings), settings_.backoff_max);
      }
      common.next = {};
      runs_.join(run);
    }
  drop_done();
}

void SharePartition::log_started_at(Offset log_start) {
  runs_.drop_before(log_start);
  drop_done();
}

void SharePartition::drop_done() {
  while (runs_.size() > 0) {
    const auto first = runs_.all().begin();
    if (!is_final(first->second.common.state)) return;
    runs_.drop_before({first->second.last.value + 1});
  }
}

}  // namespace sluice
