// coordinator/group_coordinator.h: the groups whose partitions of __consumer_offsets live on one shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "coordinator/coordinator_log.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/group_answers.h"
#include "coordinator/group_cluster.h"
#include "coordinator/group_step.h"
#include "coordinator/share_offsets.h"
#include "coordinator/transaction_marker.h"
#include "wire/api/consumer_group_heartbeat.h"
#include "wire/api/heartbeat.h"
#include "wire/api/join_group.h"
#include "wire/api/leave_group.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_delete.h"
#include "wire/api/offset_fetch.h"
#include "wire/api/share_group_heartbeat.h"
#include "wire/api/streams_group_heartbeat.h"
#include "wire/api/sync_group.h"
#include "wire/api/txn_offset_commit.h"

namespace sluice {

class GroupPartition;
class SharePersister;

/// One per shard, used on it. Requests and what they view must stay until the answer. Any answer may be
/// coordinator_load_in_progress, coordinator_not_available or not_coordinator.
class GroupCoordinator {
 public:
  /// `persister` outlives this.
  GroupCoordinator(Loop& loop, SharePersister& persister, GroupOptions options,
                   CoordinatorRuntimeOptions runtime_options = {});

  /// Takes over the groups of a partition that this broker has come to lead; `partition_count` is the topic's.
  /// Until they are loaded requests are told to try again.
  void load(PartitionIndex partition, std::int32_t partition_count, std::unique_ptr<CoordinatorLog> log);
  /// Gives up the groups of a partition; what waits ends with not_coordinator. Fine if they are not here.
  Task<void> unload(PartitionIndex partition);
  /// Gives up all, for good. Must be called before it is destroyed.
  Task<void> close();
  /// For what is decided from now on.
  void set_options(GroupOptions options) { *options_ = options; }

  /// Waits for the group to gather: up to its rebalance timeout.
  Task<JoinAnswer> join(const wire::JoinGroupRequest& request, GroupClient client);
  /// Waits for the leader's assignment.
  Task<SyncAnswer> sync(const wire::SyncGroupRequest& request);
  ErrorCode heartbeat(const wire::HeartbeatRequest& request);
  Task<LeaveAnswer> leave(const wire::LeaveGroupRequest& request, GroupClient client);
  Task<ConsumerHeartbeatAnswer> consumer_heartbeat(const wire::ConsumerGroupHeartbeatRequest& request,
                                                   GroupClient client);
  Task<DescribedConsumerGroup> describe_consumer_group(std::string_view group);
  Task<ConsumerHeartbeatAnswer> share_heartbeat(const wire::ShareGroupHeartbeatRequest& request,
                                                GroupClient client);
  Task<DescribedConsumerGroup> describe_share_group(std::string_view group);
  Task<StreamsHeartbeatAnswer> streams_heartbeat(const wire::StreamsGroupHeartbeatRequest& request,
                                                 GroupClient client);
  Task<DescribedStreamsGroup> describe_streams_group(std::string_view group);
  Granted<void> take_topology_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request);
  // As those of GroupPartition.
  Task<PartitionsAnswer> share_partitions(std::string_view group);
  Task<AlteredShareOffsets> alter_share_offsets(std::string_view group, const ShareStarts& starts);
  Task<DeletedShareOffsets> delete_share_offsets(std::string_view group, const std::set<Uuid>& topics);
  /// Topics must have their names; an id that is not zero is kept with the offset.
  Task<OffsetsAnswer> commit(const wire::OffsetCommitRequest& request, GroupClient client);
  /// As that of GroupPartition. Topics must have their names.
  Task<OffsetsAnswer> commit_transactional(const wire::TxnOffsetCommitRequest& request, bool epoch_bump,
                                           TransactionCheck check);
  /// Ends a producer's transaction in a partition of the log.
  Task<ErrorCode> write_marker(PartitionIndex partition, TransactionMarker marker);
  /// Topics must have their names; with an id, offsets of a deleted topic of the same name are not shown.
  Task<FetchAnswer> fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request, bool require_stable);
  Task<OffsetsAnswer> delete_offsets(const wire::OffsetDeleteRequest& request);
  /// group_id_not_found, non_empty_group …
  Task<ErrorCode> delete_group(std::string_view group);
  Task<DescribedGroup> describe(std::string_view group);
  /// All groups here, of every type, in no particular order. An error if some of them cannot be told yet.
  Task<ListAnswer> list();

  /// group.coordinator.cached.buffer.max.bytes
  void set_buffer_bytes_max(std::size_t bytes);
  /// What the groups here know of the cluster from now on, and what of it is new.
  void set_cluster(GroupCluster cluster, const GroupClusterChange& change);
  /// Removes the offsets of topics that were deleted.
  void forget_topics(const std::vector<std::string>& topics);

 private:
  using Partition = std::shared_ptr<GroupPartition>;
  /// Null if the group's partition is not here.
  Partition partition_of(std::string_view group) const;
  Task<void> expire_offsets();

  Loop& loop_;
  SharePersister& persister_;
  std::shared_ptr<GroupOptions> options_;
  CoordinatorRuntimeOptions runtime_options_;
  GroupCluster cluster_;
  std::int32_t partition_count_ = 0;  ///< None before the first load.
  std::map<PartitionIndex, Partition> partitions_;
  TaskGroup tasks_;
};

}  // namespace sluice
