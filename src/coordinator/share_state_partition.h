// coordinator/share_state_partition.h: the share partitions of one partition of __share_group_state at work: their
// state machine and the log that keeps it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/event.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/share_states.h"

namespace sluice {

/// Lives on the shard of its partition. Requests hold it while they wait, so that it may be closed under them;
/// they then end with not_coordinator. What a request views must stay until its answer. Every answer waits until
/// what it may tell of is committed.
class ShareStatePartition final : private CoordinatorState {
 public:
  ShareStatePartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                      std::shared_ptr<const ShareCoordinatorOptions> options,
                      CoordinatorRuntimeOptions runtime_options);

  void start() { runtime_.start(); }
  Task<void> close() { return runtime_.close(); }
  void set_buffer_bytes_max(std::size_t bytes) { runtime_.set_buffer_bytes_max(bytes); }
  ErrorCode unavailable() const { return runtime_.unavailable(); }

  // As those of ShareStates.
  Task<ErrorCode> initialize(const SharePartitionKey& key, std::int32_t state_epoch, Offset start);
  Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch leader_epoch);
  Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change);
  Task<ErrorCode> remove(const SharePartitionKey& key);
  Task<ShareStateAnswer> summarize(const SharePartitionKey& key);

  /// Forgets what `is_gone(key, state)` is true for.
  void forget(const std::function<bool(const SharePartitionKey&, const ShareState&)>& is_gone);
  Task<void> snapshot_cold();
  /// Deletes what the log holds before what is needed.
  Task<void> prune();

 private:
  void reset() override;
  void replay(const LoggedRecord& record) override;
  void end_transaction(ProducerId, bool) override {}  // Nothing in this log is part of a transaction.
  void loaded() override;
  void suspended(ErrorCode) override {}

  template <class Decide>
  Task<ErrorCode> decide(const SharePartitionKey& key, Decide decide);
  std::optional<std::int32_t> snapshot_epoch(const SharePartitionKey& key) const;

  Loop& loop_;
  std::string name_;
  std::shared_ptr<const ShareCoordinatorOptions> options_;
  ShareStates states_;
  std::size_t passed_over_ = 0;  ///< Records that replay did not understand.
  CoordinatorRuntime runtime_;   // Last: it calls what is above.
};

}  // namespace sluice
