#include "coordinator/share_states.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "wire/coordinator/share_snapshot.h"
#include "wire/coordinator/share_update.h"

namespace sluice {
namespace {

template <class Key>
std::optional<SharePartitionKey> parse_key(Bytes bytes) {
  const Result<Key> key = decode_key<Key>(bytes);
  if (!key) return std::nullopt;
  return SharePartitionKey{std::string(key->group_id), key->topic_id, key->partition};
}

/// How many records behind the start are done with, when `newer` comes to a state that begins at `start`.
std::int32_t complete_count(const ShareState& known, const ShareWrite& newer) {
  if (newer.start == known.start) return std::max(newer.delivery_complete_count, known.delivery_complete_count);
  return newer.start < known.start ? known.delivery_complete_count : newer.delivery_complete_count;
}

}  // namespace

ShareStates::Entry* ShareStates::find(const SharePartitionKey& key) {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

const ShareState* ShareStates::find_state(const SharePartitionKey& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second.state;
}

bool ShareStates::replay(const LoggedRecord& record) {
  const Result<std::int16_t> type = leading_number(record.key);
  if (!type) return false;
  if (*type == wire::ShareSnapshotKey::kType) {
    const auto key = parse_key<wire::ShareSnapshotKey>(record.key);
    if (!key) return false;
    if (!record.value) {
      entries_.erase(*key);
      return true;
    }
    Result<ShareState> state = parse_share_snapshot(*record.value);
    if (!state) return false;
    entries_.insert_or_assign(*key, Entry{.state = std::move(*state), .snapshot_at = record.offset});
    return true;
  }
  // A newer version's record: whoever writes it can do without us knowing it.
  if (*type != wire::ShareUpdateKey::kType) return true;
  const auto key = parse_key<wire::ShareUpdateKey>(record.key);
  if (!key || !record.value) return false;
  const Result<ShareUpdate> update = parse_share_update(*record.value);
  if (!update) return false;
  Entry* entry = find(*key);
  // Its snapshot was deleted with what the log no longer needs.
  if (entry == nullptr || entry->state.snapshot_epoch != update->snapshot_epoch) return true;
  entry->state = updated(std::move(entry->state), *update);
  ++entry->updates;
  return true;
}

void ShareStates::snapshot(ShareStep& step, const SharePartitionKey& key, Entry& entry, ShareState next) {
  Result<CoordinatorRecord> record = share_snapshot_record(key, next);
  SLUICE_ASSERT(record.has_value());  // The group's name was checked when it came.
  step.records.push_back(std::move(*record));
  entry.state = std::move(next);
  entry.updates = 0;
}

void ShareStates::update(ShareStep& step, const SharePartitionKey& key, Entry& entry, const ShareUpdate& update) {
  ShareState next = updated(entry.state, update);
  next.written = step.wall;
  if (entry.updates >= step.options.updates_per_snapshot) {
    ++next.snapshot_epoch;
    next.created = step.wall;
    snapshot(step, key, entry, std::move(next));
    return;
  }
  Result<CoordinatorRecord> record = share_update_record(key, update);
  SLUICE_ASSERT(record.has_value());
  step.records.push_back(std::move(*record));
  entry.state = std::move(next);
  ++entry.updates;
}

ErrorCode ShareStates::initialize(ShareStep& step, const SharePartitionKey& key, std::int32_t state_epoch,
                                  Offset start) {
  if (state_epoch < 0) return ErrorCode::invalid_request;
  const Entry* known = find(key);
  if (known != nullptr && known->state.state_epoch > state_epoch) return ErrorCode::fenced_state_epoch;
  ShareState state{.snapshot_epoch = known == nullptr ? 0 : known->state.snapshot_epoch + 1,
                   .state_epoch = state_epoch,
                   .leader_epoch = {0},
                   .start = start,
                   .delivery_complete_count = start.value < 0 ? -1 : 0,
                   .created = step.wall,
                   .written = step.wall,
                   .batches = {}};
  snapshot(step, key, entries_[key], std::move(state));
  return ErrorCode::none;
}

ShareStateAnswer ShareStates::read(ShareStep& step, const SharePartitionKey& key, LeaderEpoch leader_epoch) {
  Entry* entry = find(key);
  if (entry == nullptr || leader_epoch.value < 0) return ShareStateAnswer::failed(ErrorCode::invalid_request);
  const ShareState& known = entry->state;
  if (leader_epoch < known.leader_epoch) return ShareStateAnswer::failed(ErrorCode::fenced_leader_epoch);
  if (leader_epoch > known.leader_epoch)
    update(step, key, *entry,
           {.snapshot_epoch = known.snapshot_epoch,
            .leader_epoch = leader_epoch,
            .start = known.start,
            .delivery_complete_count = known.delivery_complete_count,
            .batches = {}});
  return {.state = entry->state};
}

ErrorCode ShareStates::write(ShareStep& step, const SharePartitionKey& key, const ShareWrite& change) {
  Entry* entry = find(key);
  if (entry == nullptr || change.leader_epoch.value < 0 || change.state_epoch < 0)
    return ErrorCode::invalid_request;
  const ShareState& known = entry->state;
  if (change.leader_epoch < known.leader_epoch) return ErrorCode::fenced_leader_epoch;
  if (change.state_epoch < known.state_epoch) return ErrorCode::fenced_state_epoch;
  const bool sane = std::ranges::all_of(change.batches, [](const ShareStateBatch& batch) {
    return batch.first.value >= 0 && batch.first <= batch.last && batch.delivery_count >= 0;
  });
  if (!sane) return ErrorCode::invalid_request;
  const Offset start = std::max(change.start, known.start);
  update(step, key, *entry,
         {.snapshot_epoch = known.snapshot_epoch,
          .leader_epoch = known.leader_epoch,
          .start = start,
          .delivery_complete_count = complete_count(known, change),
          .batches = combine({}, change.batches, start)});
  return ErrorCode::none;
}

ErrorCode ShareStates::remove(ShareStep& step, const SharePartitionKey& key) {
  if (entries_.erase(key) == 0) return ErrorCode::none;
  Result<CoordinatorRecord> record = share_tombstone(key);
  SLUICE_ASSERT(record.has_value());
  step.records.push_back(std::move(*record));
  return ErrorCode::none;
}

void ShareStates::forget(ShareStep& step,
                         const std::function<bool(const SharePartitionKey&, const ShareState&)>& is_gone) {
  std::vector<SharePartitionKey> gone;
  for (const auto& [key, entry] : entries_)
    if (is_gone(key, entry.state)) gone.push_back(key);
  for (const SharePartitionKey& key : gone) remove(step, key);
}

ShareStateAnswer ShareStates::summarize(const SharePartitionKey& key) const {
  const ShareState* known = find_state(key);
  if (known == nullptr) return {};
  ShareState state = *known;
  state.batches.clear();
  return {.state = std::move(state)};
}

std::map<SharePartitionKey, std::int32_t> ShareStates::snapshot_cold(ShareStep& step) {
  std::map<SharePartitionKey, std::int32_t> epochs;
  const auto is_past = [&step](WallTime time) { return step.wall - time >= step.options.cold_snapshot_interval; };
  // Where nothing is written at all the log does not grow either.
  if (std::ranges::all_of(entries_, [&](const auto& entry) { return is_past(entry.second.state.written); }))
    return epochs;
  for (auto& [key, entry] : entries_) {
    if (!is_past(entry.state.written) || !is_past(entry.state.created)) continue;
    ShareState next = entry.state;
    ++next.snapshot_epoch;
    next.created = step.wall;
    epochs.emplace(key, next.snapshot_epoch);
    snapshot(step, key, entry, std::move(next));
  }
  return epochs;
}

void ShareStates::snapshot_written(const SharePartitionKey& key, std::int32_t epoch, Offset offset) {
  Entry* entry = find(key);
  if (entry != nullptr && entry->state.snapshot_epoch == epoch)
    entry->snapshot_at = std::max(entry->snapshot_at, offset);
}

std::optional<Offset> ShareStates::oldest_needed() const {
  if (entries_.empty()) return std::nullopt;
  const auto oldest =
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.snapshot_at; });
  return oldest->second.snapshot_at;
}

}  // namespace sluice
