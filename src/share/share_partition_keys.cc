// What a member may have where records of one key go to one consumer at a time, in their order: a record waits as
// long as another member has one with its key, or an earlier one with its key is to be delivered again.
#include <algorithm>
#include <set>

#include "share/share_partition.h"

namespace sluice {

/// Calls `visit(offset)` for each record in flight that `member` may have, in their order; it returns whether the
/// member takes it. What is not taken keeps the later ones of its key back. Records that were never read have no
/// key here, but then nothing behind them is in flight with one that matters: who fetches begins with the first
/// that is free. `visit` may cut runs, and change what it takes.
template <class Visit>
void SharePartition::walk_by_key(std::uint32_t member, SteadyTime now, Visit visit) const {
  std::set<std::uint64_t> closed;
  for (const auto& [offset, key] : keys_) {
    if (offset < start() || offset >= end()) continue;
    const RecordRun& common = runs_.at(offset)->second.common;
    if (common.state == DeliveryState::acquired && common.member != member) closed.insert(key);
  }
  for (Offset at = start(); at < end();) {
    const auto run = runs_.at(at);
    const RecordRun common = run->second.common;
    const Offset last = run->second.last;
    // It may have the next ones, too, unless it has just said something of this one.
    const bool holds = common.state == DeliveryState::acquired && common.member == member && common.change == 0;
    const bool free = may_be_acquired(common, now);
    for (; at <= last; ++at.value) {
      if (is_final(common.state) || holds) continue;
      const auto key = keys_.find(at);
      const bool is_open = key == keys_.end() || !closed.contains(key->second);
      const bool taken = free && is_open && visit(at);
      if (!taken && key != keys_.end()) closed.insert(key->second);
    }
  }
}

std::optional<Offset> SharePartition::next_to_fetch(std::string_view member, SteadyTime now) const {
  std::optional<Offset> found;
  if (settings_.ordered_by_key) {
    const auto note = [&found](Offset offset) {
      if (!found) found = offset;
      return false;
    };
    walk_by_key(find_member(member).value_or(0), now, note);
  } else {
    for (const auto& [first, run] : runs_.all())
      if (!found && may_be_acquired(run.common, now)) found = first;
  }
  if (found) return found;
  if (runs_.size() >= settings_.record_locks_max) return std::nullopt;
  return runs_.end();
}

std::vector<AcquiredRange> SharePartition::acquire_by_key(std::uint32_t member, SteadyTime now, Offset first,
                                                          std::span<const FetchedBatch> fetched,
                                                          AcquireLimits limits, std::span<const RecordKey> keys) {
  // What was read is in flight from now on: it must be known which keys wait before others go ahead of them.
  const std::int64_t room = settings_.record_locks_max - runs_.size();
  const Offset fetched_last = fetched.back().last;
  if (fetched_last >= end() && room > 0) runs_.append(std::min(fetched_last, {end().value + room - 1}), {});
  for (const RecordKey& key : keys)
    if (key.offset >= start() && key.offset < end()) keys_[key.offset] = key.number;

  std::vector<AcquiredRange> acquired;
  std::int64_t taken = 0, records_max = limits.records_max;
  const auto take = [&](Offset at) {
    if (at < first || at > fetched_last || taken >= records_max) return false;
    const std::int16_t before = runs_.at(at)->second.common.delivery_count;
    records_max = std::min(records_max, together_max(before, batch_records(at, fetched)));
    if (taken >= records_max) return false;
    lock(at, at, member, now);
    runs_.join(runs_.at(at));
    const auto count = static_cast<std::int16_t>(before + 1);
    const bool goes_on =
        !acquired.empty() && acquired.back().last.value + 1 == at.value && acquired.back().delivery_count == count;
    if (goes_on)
      acquired.back().last = at;
    else
      acquired.push_back({at, at, count});
    ++taken;
    return true;
  };
  walk_by_key(member, now, take);
  drop_done();
  return acquired;
}

}  // namespace sluice
