// coordinator/share_state.h: what is kept of a share group's progress on one partition (KIP-932).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

/// What has its own state in the share coordinator: a partition as one share group sees it.
struct SharePartitionKey {
  std::string group;
  Uuid topic_id;
  PartitionIndex partition;

  friend auto operator<=>(const SharePartitionKey&, const SharePartitionKey&) = default;
};

/// As clients and logs spell it, "group:topic-id:partition"; also what the key's coordinator is found by.
std::string text_of(const SharePartitionKey& key);

/// Records that are in the same state, the first and the last one included. States and counts are opaque here.
struct ShareStateBatch {
  Offset first;
  Offset last;
  std::int8_t delivery_state = 0;
  std::int16_t delivery_count = 0;

  friend bool operator==(const ShareStateBatch&, const ShareStateBatch&) = default;
};

using ShareStateBatches = std::vector<ShareStateBatch>;

/// Both lists together, in the order of offsets, without overlaps and without what lies before `start` (-1: keeps
/// all). Where batches overlap, that with the higher delivery count counts, then that with the higher state.
/// Neighbours in the same state become one.
ShareStateBatches combine(const ShareStateBatches& known, const ShareStateBatches& newer, Offset start);

struct ShareState {
  std::int32_t snapshot_epoch = 0;  ///< Counts the snapshots in the log.
  std::int32_t state_epoch = 0;     ///< Counts the initialisations: older ones' writers are locked out.
  LeaderEpoch leader_epoch{0};      ///< Of the partition's leader that has read it last.
  Offset start{-1};                 ///< Where the group's work begins; -1: not known yet.
  /// Records at and behind the start that are done with; -1: not known.
  std::int32_t delivery_complete_count = -1;
  WallTime created{};
  WallTime written{};
  ShareStateBatches batches;

  friend bool operator==(const ShareState&, const ShareState&) = default;
};

/// A change that is not worth a snapshot.
struct ShareUpdate {
  std::int32_t snapshot_epoch = 0;
  LeaderEpoch leader_epoch{-1};  ///< -1: as before.
  Offset start{-1};              ///< -1: as before.
  std::int32_t delivery_complete_count = -1;
  ShareStateBatches batches;
};

/// `state` with the update.
ShareState updated(ShareState state, const ShareUpdate& update);

// Records as Kafka writes them. Errors: too_large, invalid_argument (the group's id is too long).
Result<CoordinatorRecord> share_snapshot_record(const SharePartitionKey& key, const ShareState& state);
Result<CoordinatorRecord> share_update_record(const SharePartitionKey& key, const ShareUpdate& update);
Result<CoordinatorRecord> share_tombstone(const SharePartitionKey& key);

// What the records say. Errors: those of decode_value().
Result<ShareState> parse_share_snapshot(Bytes value);
Result<ShareUpdate> parse_share_update(Bytes value);

}  // namespace sluice
