#include "coordinator/share_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "wire/coordinator/share_snapshot.h"
#include "wire/coordinator/share_update.h"

namespace sluice {
namespace {

/// The higher one counts where batches overlap.
using Rank = std::pair<std::int16_t, std::int8_t>;

Rank rank_of(const ShareStateBatch& batch) { return {batch.delivery_count, batch.delivery_state}; }

/// What begins and ends at each offset.
using Edges = std::map<std::int64_t, std::vector<std::pair<Rank, int>>>;

void add_edges(Edges& edges, const ShareStateBatches& batches, Offset start) {
  for (const ShareStateBatch& batch : batches) {
    const std::int64_t first = std::max(batch.first.value, start.value);
    if (batch.last.value < first || batch.last.value == INT64_MAX) continue;
    edges[first].emplace_back(rank_of(batch), 1);
    edges[batch.last.value + 1].emplace_back(rank_of(batch), -1);
  }
}

void append(ShareStateBatches& batches, std::int64_t first, std::int64_t last, Rank rank) {
  if (!batches.empty() && batches.back().last.value + 1 == first && rank_of(batches.back()) == rank)
    batches.back().last.value = last;
  else
    batches.push_back({{first}, {last}, rank.second, rank.first});
}

template <class Value>
ShareStateBatches batches_of(const Value& value) {
  ShareStateBatches batches;
  batches.reserve(value.state_batches.size());
  for (const auto& batch : value.state_batches)
    batches.push_back({batch.first_offset, batch.last_offset, batch.delivery_state, batch.delivery_count});
  return batches;
}

template <class Value>
void set_batches(Value& value, const ShareStateBatches& batches) {
  value.state_batches.reserve(batches.size());
  for (const ShareStateBatch& batch : batches) {
    auto& to = value.state_batches.emplace_back();
    to.first_offset = batch.first;
    to.last_offset = batch.last;
    to.delivery_state = batch.delivery_state;
    to.delivery_count = batch.delivery_count;
  }
}

template <class Key>
Key record_key(const SharePartitionKey& key) {
  Key record;
  record.group_id = key.group;
  record.topic_id = key.topic_id;
  record.partition = key.partition;
  return record;
}

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall_time(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

}  // namespace

std::string text_of(const SharePartitionKey& key) {
  return fmt::format("{}:{}:{}", key.group, key.topic_id.text(), key.partition.value);
}

ShareStateBatches combine(const ShareStateBatches& known, const ShareStateBatches& newer, Offset start) {
  Edges edges;
  add_edges(edges, known, start);
  add_edges(edges, newer, start);
  ShareStateBatches combined;
  std::map<Rank, int> open;
  std::int64_t from = 0;
  for (const auto& [offset, changes] : edges) {
    if (!open.empty() && from < offset) append(combined, from, offset - 1, open.rbegin()->first);
    for (const auto& [rank, change] : changes)
      if ((open[rank] += change) == 0) open.erase(rank);
    from = offset;
  }
  return combined;
}

ShareState updated(ShareState state, const ShareUpdate& update) {
  if (update.start.value >= 0) state.start = update.start;
  if (update.leader_epoch.value >= 0) state.leader_epoch = update.leader_epoch;
  state.delivery_complete_count = update.delivery_complete_count;
  state.batches = combine(state.batches, update.batches, state.start);
  return state;
}

Result<CoordinatorRecord> share_snapshot_record(const SharePartitionKey& key, const ShareState& state) {
  wire::ShareSnapshotValue value;
  value.snapshot_epoch = state.snapshot_epoch;
  value.state_epoch = state.state_epoch;
  value.leader_epoch = state.leader_epoch;
  value.start_offset = state.start;
  value.delivery_complete_count = state.delivery_complete_count;
  value.create_timestamp = milliseconds(state.created);
  value.write_timestamp = milliseconds(state.written);
  set_batches(value, state.batches);
  return coordinator_record(record_key<wire::ShareSnapshotKey>(key), value, 0);
}

Result<CoordinatorRecord> share_update_record(const SharePartitionKey& key, const ShareUpdate& update) {
  wire::ShareUpdateValue value;
  value.snapshot_epoch = update.snapshot_epoch;
  value.leader_epoch = update.leader_epoch;
  value.start_offset = update.start;
  value.delivery_complete_count = update.delivery_complete_count;
  set_batches(value, update.batches);
  return coordinator_record(record_key<wire::ShareUpdateKey>(key), value, 0);
}

Result<CoordinatorRecord> share_tombstone(const SharePartitionKey& key) {
  return coordinator_tombstone(record_key<wire::ShareSnapshotKey>(key));
}

Result<ShareState> parse_share_snapshot(Bytes value) {
  const auto read = decode_value<wire::ShareSnapshotValue>(value);
  if (!read) return fail(read.error());
  return ShareState{.snapshot_epoch = read->snapshot_epoch,
                    .state_epoch = read->state_epoch,
                    .leader_epoch = read->leader_epoch,
                    .start = read->start_offset,
                    .delivery_complete_count = read->delivery_complete_count,
                    .created = wall_time(read->create_timestamp),
                    .written = wall_time(read->write_timestamp),
                    .batches = batches_of(*read)};
}

Result<ShareUpdate> parse_share_update(Bytes value) {
  const auto read = decode_value<wire::ShareUpdateValue>(value);
  if (!read) return fail(read.error());
  return ShareUpdate{.snapshot_epoch = read->snapshot_epoch,
                     .leader_epoch = read->leader_epoch,
                     .start = read->start_offset,
                     .delivery_complete_count = read->delivery_complete_count,
                     .batches = batches_of(*read)};
}

}  // namespace sluice
