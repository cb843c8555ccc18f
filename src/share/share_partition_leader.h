// share/share_partition_leader.h: one share partition at work where the partition is led: its deliveries, the
// locks that end, and what the share coordinator is told (KIP-932).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "coordinator/share_persister.h"
#include "replica/fetch_waiter.h"
#include "share/dead_letters.h"
#include "share/share_partition.h"

namespace sluice {

/// Lives on the shard of the partition; shared by the requests that use it there. Closed before it is destroyed.
class SharePartitionLeader {
 public:
  /// Where a group begins that has no offset yet: as share.auto.offset.reset says.
  using FindStart = std::function<Task<Result<Offset>>()>;

  /// `persister` and `dead_letters` outlive this. Without `dead_letters` the settings must not ask for any.
  SharePartitionLeader(Loop& loop, SharePartitionKey key, LeaderEpoch epoch, SharePersister& persister,
                       DeliverySettings settings, FindStart find_start, DeadLetters* dead_letters = nullptr);
  ~SharePartitionLeader();

  const SharePartitionKey& key() const { return key_; }
  LeaderEpoch epoch() const { return epoch_; }
  void configure(const DeliverySettings& settings);

  /// Loads the state unless that is done. Everything below needs it to have returned none. Errors: those that a
  /// client understands: not_leader_or_follower, unknown_topic_or_partition (the group has not been told of the
  /// partition yet), coordinator_not_available; a later call tries again.
  Task<ErrorCode> ready();

  const SharePartition& delivery() const { return *delivery_; }
  Offset start() const { return delivery_->start(); }
  /// As those of SharePartition.
  std::optional<Offset> next_to_fetch(std::string_view member) const {
    return delivery_->next_to_fetch(member, loop_.now());
  }
  std::vector<AcquiredRange> acquire(std::string_view member, Offset from, std::span<const FetchedBatch> fetched,
                                     AcquireLimits limits, std::span<const RecordKey> keys = {});
  std::vector<AcquiredRange> exclude(std::vector<AcquiredRange> acquired, std::span<const FetchedBatch> excluded);
  void log_started_at(Offset log_start);

  /// None once what is said is written. Errors: those of SharePartition, and those of ready().
  Task<ErrorCode> acknowledge(std::string_view member, std::span<const AcknowledgedRange> said);
  /// The member has gone.
  Task<void> release(std::string_view member);

  /// Wakes `waiter` when something that could not be acquired may be.
  void add_waiter(std::shared_ptr<FetchWaiter> waiter);

  /// Ends what is at work; waiters are woken.
  Task<void> close();
  bool closed() const { return closed_; }

 private:
  Task<void> load();
  Task<ErrorCode> note_start(std::int32_t state_epoch, Offset start);
  Task<void> look_after_locks();
  Task<ErrorCode> write(ShareChange change);
  /// Sees to it that the records go to the dead letter topic; then they are done with.
  Task<void> bury(GivenUp records);
  Task<void> note_buried(GivenUp records);
  void something_available();

  Loop& loop_;
  SharePartitionKey key_;
  LeaderEpoch epoch_;
  SharePersister& persister_;
  DeliverySettings settings_;
  FindStart find_start_;
  DeadLetters* dead_letters_;
  std::int32_t state_epoch_ = 0;
  std::optional<SharePartition> delivery_;  ///< None until it is loaded.
  ErrorCode load_error_ = ErrorCode::none;  ///< Of the last attempt.
  bool loading_ = false;
  bool closed_ = false;
  Event loaded_;
  Event due_changed_;
  std::vector<std::shared_ptr<FetchWaiter>> waiters_;
  TaskGroup tasks_;
};

}  // namespace sluice
