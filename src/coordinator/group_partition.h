// coordinator/group_partition.h: the groups of one partition of __consumer_offsets at work: their state machine,
// the log that keeps it, the requests that wait and the timer.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/timer_queue.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/groups.h"
#include "coordinator/share_persister.h"
#include "coordinator/waiting_answers.h"

namespace sluice {

/// Lives on the shard of its partition. Requests hold it while they wait, so that it may be closed under them;
/// they then end with not_coordinator. What a request views must stay until its answer.
///
/// Every answer waits until what it may tell of is committed, so that nobody knows what could be rolled back.
class GroupPartition final : private CoordinatorState {
 public:
  GroupPartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                 std::shared_ptr<const GroupOptions> options, CoordinatorRuntimeOptions runtime_options,
                 SharePersister& persister);

  void start() { runtime_.start(); }
  Task<void> close();
  ErrorCode unavailable() const { return runtime_.unavailable(); }

  Task<JoinAnswer> join(const wire::JoinGroupRequest& request, GroupClient client);
  Task<SyncAnswer> sync(const wire::SyncGroupRequest& request);
  ErrorCode heartbeat(const wire::HeartbeatRequest& request);
  Task<LeaveAnswer> leave(const wire::LeaveGroupRequest& request, GroupClient client);
  Task<ConsumerHeartbeatAnswer> consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                                                   GroupClient client);
  Task<DescribedConsumerGroup> describe_consumer_group(std::string_view group);
  /// If it brings the group to new partitions, waits a little until the share coordinator knows of them, so that
  /// the member need not wait for its next heartbeat.
  Task<ConsumerHeartbeatAnswer> share_heartbeat(const wire::ShareGroupHeartbeatRequest& request,
                                                GroupClient client);
  Task<DescribedConsumerGroup> describe_share_group(std::string_view group);
  Task<StreamsHeartbeatAnswer> streams_heartbeat(const wire::StreamsGroupHeartbeatRequest& request,
                                                 GroupClient client);
  Task<DescribedStreamsGroup> describe_streams_group(std::string_view group);
  /// Keeps what a member says of its topology; it is not logged.
  Granted<void> take_topology_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request);
  /// Those that the share coordinator has state of.
  Task<PartitionsAnswer> share_partitions(std::string_view group);
  /// Topics and partitions must exist.
  Task<AlteredShareOffsets> alter_share_offsets(std::string_view group, const ShareStarts& starts);
  Task<DeletedShareOffsets> delete_share_offsets(std::string_view group, const std::set<Uuid>& topics);
  Task<OffsetsAnswer> commit(const wire::OffsetCommitRequest& request, GroupClient client);
  /// `check` is called if the transaction has written nothing here yet. `epoch_bump`: each of the producer's
  /// transactions has an epoch of its own.
  Task<OffsetsAnswer> commit_transactional(const wire::TxnOffsetCommitRequest& request, bool epoch_bump,
                                           TransactionCheck check);
  /// Ends a producer's transaction. Returns what the log says.
  Task<ErrorCode> write_marker(TransactionMarker marker);
  Task<FetchAnswer> fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request, bool require_stable);
  Task<OffsetsAnswer> delete_offsets(const wire::OffsetDeleteRequest& request);
  Task<ErrorCode> delete_group(std::string_view group);
  Task<DescribedGroup> describe(std::string_view group);
  Task<ListAnswer> list();

  void set_cluster(GroupCluster cluster, const GroupClusterChange& change) {
    groups_.set_cluster(std::move(cluster), change);
  }
  void set_buffer_bytes_max(std::size_t bytes) { runtime_.set_buffer_bytes_max(bytes); }
  void expire_offsets();
  void forget_topics(const std::vector<std::string>& topics);

  const Groups& groups() const { return groups_; }

 private:
  void reset() override;
  void replay(const LoggedRecord& record) override;
  void end_transaction(ProducerId producer, bool committed) override;
  void loaded() override;
  void suspended(ErrorCode error) override;

  struct Deadline final : Timer {
    explicit Deadline(GroupPartition& partition) : partition(partition) {}
    void fire() override { partition.expire(); }
    void set_due(Loop& loop, SteadyTime at) {
      due = at;
      set(loop.timers(), at);
    }
    GroupPartition& partition;
    SteadyTime due{};
  };
  void expire();

  GroupStep step(GroupEffects& effects) const { return {loop_.now(), loop_.wall_now(), *options_, effects}; }
  /// Writes what a step has decided and ends the waits that it ends. Returns what answers must wait for.
  CoordinatorRuntime::Write apply(GroupEffects effects);
  /// None when `write` is committed, otherwise what to answer instead.
  Task<ErrorCode> settled(CoordinatorRuntime::Write write);
  /// Tells the share coordinator of partitions, once `decided` is committed, then notes which ones it knows.
  Task<void> initialize(ShareInitialization initialization, CoordinatorRuntime::Write decided);
  /// Asks the share coordinator for partitions, and begins those anew that it does not know.
  Task<void> check(ShareCheck wanted);
  Task<ErrorCode> delete_share_group(std::string_view group);
  /// Has the share coordinator forget partitions, up to the first that it cannot.
  Task<ErrorCode> forget_states(std::string_view group, const Uuid& topic,
                                const std::set<PartitionIndex>& partitions);
  std::string new_member_id(const wire::JoinGroupRequest& request, const GroupClient& client);

  Loop& loop_;
  std::string name_;
  std::shared_ptr<const GroupOptions> options_;
  Groups groups_;
  WaitingAnswers<JoinAnswer> joins_;
  WaitingAnswers<SyncAnswer> syncs_;
  Deadline deadline_;
  std::size_t passed_over_ = 0;  ///< Records that replay did not understand.
  SharePersister& persister_;
  std::uint64_t loads_ = 0;  ///< By which a task sees that the state is not the one that it began with.
  std::size_t initializing_ = 0;
  Event initialized_;
  TaskGroup tasks_;
  CoordinatorRuntime runtime_;  // Last: it calls what is above.
};

}  // namespace sluice
