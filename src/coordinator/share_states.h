// coordinator/share_states.h: the share partitions of one partition of __share_group_state (KIP-932). A pure state
// machine: requests and time go in; changes of state, records and answers come out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "coordinator/share_state.h"
#include "record/compression.h"
#include "wire/error_code.h"

namespace sluice {

struct ShareCoordinatorOptions {
  int updates_per_snapshot = 500;                  ///< share.coordinator.snapshot.update.records.per.snapshot
  std::chrono::milliseconds write_timeout{5'000};  ///< share.coordinator.write.timeout.ms
  std::chrono::milliseconds cold_snapshot_interval{300'000};  ///< share.coordinator.cold.partition.snapshot…
  std::chrono::milliseconds prune_interval{300'000};          ///< share.coordinator.state.topic.prune.interval.ms
  std::size_t load_bytes = 5 * 1024 * 1024;                   ///< share.coordinator.load.buffer.size
  std::chrono::milliseconds append_linger{0};                 ///< share.coordinator.append.linger.ms
  Compression compression = {};                               ///< share.coordinator.state.topic.compression.codec
};

/// What a partition's leader has to write.
struct ShareWrite {
  std::int32_t state_epoch = 0;
  LeaderEpoch leader_epoch;
  Offset start{-1};
  std::int32_t delivery_complete_count = -1;
  ShareStateBatches batches;
};

/// A state, or why there is none.
struct ShareStateAnswer {
  ErrorCode error = ErrorCode::none;
  ShareState state;

  static ShareStateAnswer failed(ErrorCode error) { return {.error = error, .state = {}}; }
};

/// The surroundings of one step.
struct ShareStep {
  WallTime wall;
  const ShareCoordinatorOptions& options;
  std::vector<CoordinatorRecord>& records;  ///< To be written, in this order.
};

/// Errors are what the API answers. Keys come with partitions that exist and groups that the log can name.
class ShareStates {
 public:
  // Replay. The order of records is that of their offsets.
  void reset() { entries_.clear(); }
  /// False where the record could not be understood and was passed over.
  bool replay(const LoggedRecord& record);

  /// Starts the partition afresh at `start`, -1 where it will be found later. fenced_state_epoch: it was
  /// initialised with a higher epoch.
  ErrorCode initialize(ShareStep& step, const SharePartitionKey& key, std::int32_t state_epoch, Offset start);
  /// For the leader of `leader_epoch`, who locks earlier ones out. invalid_request (never initialised),
  /// fenced_leader_epoch.
  ShareStateAnswer read(ShareStep& step, const SharePartitionKey& key, LeaderEpoch leader_epoch);
  /// invalid_request (never initialised), fenced_leader_epoch, fenced_state_epoch.
  ErrorCode write(ShareStep& step, const SharePartitionKey& key, const ShareWrite& change);
  /// Forgets the partition. Fine if it is not known.
  ErrorCode remove(ShareStep& step, const SharePartitionKey& key);
  /// Forgets all that `is_gone(key, state)` is true for: what is left of topics that were deleted.
  void forget(ShareStep& step, const std::function<bool(const SharePartitionKey&, const ShareState&)>& is_gone);
  /// The state without its batches; that of ShareState{} if it was never initialised.
  ShareStateAnswer summarize(const SharePartitionKey& key) const;

  /// Writes anew what has not changed for long, so that the log before it is needed no more. Returns the epochs of
  /// the snapshots.
  std::map<SharePartitionKey, std::int32_t> snapshot_cold(ShareStep& step);
  /// The snapshot of `epoch` is in the log, at `offset` or behind it.
  void snapshot_written(const SharePartitionKey& key, std::int32_t epoch, Offset offset);
  /// Nothing before this offset is needed any more; none where nothing is kept.
  std::optional<Offset> oldest_needed() const;

  const ShareState* find_state(const SharePartitionKey& key) const;

 private:
  struct Entry {
    ShareState state;
    int updates = 0;        ///< Since the last snapshot.
    Offset snapshot_at{0};  ///< Or before: where the last snapshot is that is known to be in the log.
  };

  Entry* find(const SharePartitionKey& key);
  void snapshot(ShareStep& step, const SharePartitionKey& key, Entry& entry, ShareState next);
  void update(ShareStep& step, const SharePartitionKey& key, Entry& entry, const ShareUpdate& update);

  std::map<SharePartitionKey, Entry> entries_;
};

}  // namespace sluice
