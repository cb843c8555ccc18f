// coordinator/groups.h: all groups of one partition of __consumer_offsets, with their offsets. A pure state
// machine: requests and time go in; changes of state, records and answers come out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "coordinator/coordinator_record.h"
#include "coordinator/deadlines.h"
#include "coordinator/group_answers.h"
#include "coordinator/group_cluster.h"
#include "coordinator/group_step.h"
#include "coordinator/offset_store.h"
#include "coordinator/refusal.h"
#include "coordinator/share_groups.h"
#include "coordinator/streams_groups.h"
#include "wire/api/consumer_group_heartbeat.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_delete.h"
#include "wire/api/offset_fetch.h"
#include "wire/api/txn_offset_commit.h"

namespace sluice {

struct PendingOffset {
  std::string topic;
  PartitionIndex partition;
  CommittedOffset offset;
};

/// Offsets that are to be committed with a transaction: what to write, and what holds once it is written.
struct PendingCommit {
  OffsetsAnswer answer = {};
  std::string group;
  ProducerId producer_id;
  std::vector<CoordinatorRecord> records = {};
  std::vector<PendingOffset> offsets = {};
};

class Groups {
 public:
  // Replay. The order of records is that of their offsets.
  void reset();
  /// False where the record could not be understood and was passed over.
  bool replay(const LoggedRecord& record);
  void end_transaction(ProducerId producer, bool committed);
  /// Begins to watch members.
  void resume(GroupStep& step);

  // Requests.
  void join(GroupStep& step, const wire::JoinGroupRequest& request, const GroupClient& client, WaitId wait,
            std::string new_member_id);
  void sync(GroupStep& step, const wire::SyncGroupRequest& request, WaitId wait);
  ErrorCode heartbeat(GroupStep& step, const wire::HeartbeatRequest& request);
  /// Also for the versions that name one member only.
  LeaveAnswer leave(GroupStep& step, const wire::LeaveGroupRequest& request, const GroupClient& client);
  /// Topics have names, and ids where those are known.
  OffsetsAnswer commit(GroupStep& step, const wire::OffsetCommitRequest& request, const GroupClient& client);
  /// Changes nothing yet: the log may refuse the records. Topics have names, and ids where those are known.
  PendingCommit commit_transactional(const GroupStep& step, const wire::TxnOffsetCommitRequest& request);
  /// The records of `commit` are in the log.
  void add_pending(WallTime now, PendingCommit commit);
  /// Topics have names, and ids where those are known.
  FetchAnswer fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request, bool require_stable) const;
  OffsetsAnswer delete_offsets(GroupStep& step, const wire::OffsetDeleteRequest& request);
  ErrorCode delete_group(GroupStep& step, std::string_view group);
  std::vector<ListedGroup> list() const;
  DescribedGroup describe(std::string_view group) const;
  /// Of a consumer: that it is there, what it wants and what it has. `new_member_id` is for one that brings none.
  ConsumerHeartbeatAnswer consumer_heartbeat(GroupStep& step, const wire::ConsumerGroupHeartbeatRequest& request,
                                             const GroupClient& client, std::string new_member_id);
  DescribedConsumerGroup describe_consumer_group(const GroupOptions& options, std::string_view group) const;

  ConsumerHeartbeatAnswer share_heartbeat(GroupStep& step, const wire::ShareGroupHeartbeatRequest& request,
                                          const GroupClient& client);
  StreamsHeartbeatAnswer streams_heartbeat(GroupStep& step, const wire::StreamsGroupHeartbeatRequest& request,
                                           const GroupClient& client);
  DescribedStreamsGroup describe_streams_group(std::string_view group) const;
  Granted<void> take_topology_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request);
  /// Whether a group of another kind than share groups has the name.
  NameTaken taken_from_shares(std::string_view group) const;
  /// For what else there is to be done with share groups.
  ShareGroups& shares() { return shares_; }
  const ShareGroups& shares() const { return shares_; }

  // Time and topics.
  /// Groups that subscribe to what has changed look at it with their next heartbeat. Not forgotten by reset().
  void set_cluster(GroupCluster cluster, const GroupClusterChange& change);
  /// When `expire` has something to do.
  std::optional<SteadyTime> next_deadline() const;
  void expire(GroupStep& step);
  /// Removes offsets that are older than they may become, and groups that nothing is left of.
  void expire_offsets(GroupStep& step);
  /// Removes the offsets of topics that exist no more.
  void forget_topics(GroupStep& step, const std::vector<std::string>& topics);

  // For tests and metrics.
  const std::map<std::string, ClassicGroup, std::less<>>& classic_groups() const { return classic_; }
  const std::map<std::string, ConsumerGroup, std::less<>>& consumer_groups() const { return consumers_; }
  const StreamsGroups& streams() const { return streams_; }
  const OffsetStore& offsets() const { return offsets_; }

 private:
  ClassicGroup* find(std::string_view group);
  const ClassicGroup* find(std::string_view group) const;
  ClassicGroup& create(std::string_view group, WallTime now);
  ConsumerGroup* find_consumer_group(std::string_view group);
  const ConsumerGroup* find_consumer_group(std::string_view group) const;
  bool exists(std::string_view group) const {
    return classic_.contains(group) || consumers_.contains(group) || shares_.find(group) != nullptr ||
           streams_.find(group) != nullptr;
  }
  void watch(const ClassicGroup& group) { deadlines_.set(group.id(), group.next_deadline()); }
  /// The group of that name, of any kind; fine if there is none any more.
  void watch(std::string_view group);
  void record_new(GroupStep& step, const ClassicGroup& group);
  /// Ends a classic group whose name a group of another kind takes over.
  void replace_classic(GroupStep& step, ClassicGroup& group);
  void remove(std::string_view group);

  // groups_replay.cc
  Result<void> replay_record(const LoggedRecord& record);
  Result<void> replay_offset(const LoggedRecord& record);
  Result<void> replay_legacy_offset(const LoggedRecord& record);
  Result<void> replay_classic(const LoggedRecord& record);
  Result<void> replay_share(const LoggedRecord& record);
  Result<void> replay_streams(const LoggedRecord& record);

  // groups_consumer_replay.cc
  Result<void> replay_consumer(const LoggedRecord& record);
  template <class Key, class Value>
  Result<void> replay_consumer_record(const LoggedRecord& record);

  // groups_consumer.cc
  using ConsumerRequest = wire::ConsumerGroupHeartbeatRequest;
  struct Joining;
  /// Lets a record take effect and writes it: nothing else changes what a consumer group has recorded.
  void emit(GroupStep& step, Result<CoordinatorRecord> record);
  Granted<ConsumerHeartbeatAnswer> beat(GroupStep& step, const ConsumerRequest& request, const GroupClient& client,
                                        std::string new_member_id);
  Granted<Joining> look_at_group(const GroupStep& step, const ConsumerRequest& request);
  Granted<void> look_at_member(const ConsumerRequest& request, std::string_view member_id, Joining& joining) const;
  ConsumerGroup& establish(GroupStep& step, std::string_view id, Joining& joining);
  void replace_member(GroupStep& step, ConsumerGroup& group, const std::string& old_id,
                      const ConsumerMember& replacement);
  enum class PatternChange { none, unresolved, resolved };
  static PatternChange pattern_change(const ConsumerGroup& group, const ConsumerMember& before,
                                      const ConsumerMember& after);
  bool put_subscriptions(GroupStep& step, ConsumerGroup& group, const ConsumerMember& before,
                         const ConsumerMember& after);
  ConsumerMember reconcile_member(GroupStep& step, ConsumerGroup& group, const ConsumerMember& member,
                                  bool subscription_changed, const std::optional<AssignedPartitions>& reported);

  // groups_consumer_epochs.cc
  std::int64_t hash_of_topics(const ConsumerGroup& group);
  void refresh_metadata(GroupStep& step, ConsumerGroup& group, bool changed);
  void update_targets(GroupStep& step, ConsumerGroup& group);
  bool patterns_need_look(const GroupStep& step, const ConsumerGroup& group) const;
  void resolve_patterns(GroupStep& step, ConsumerGroup& group);
  void expire_consumers(GroupStep& step, ConsumerGroup& group);

  // groups_consumer_leave.cc
  Granted<ConsumerHeartbeatAnswer> leave_consumer_group(GroupStep& step, const ConsumerRequest& request);
  void fence(GroupStep& step, ConsumerGroup& group, const std::set<std::string>& members);
  void bury(GroupStep& step, const ConsumerGroup& group);

  // groups_migration.cc
  Granted<ConsumerGroup> upgraded(const GroupStep& step, const ClassicGroup& group);
  bool may_downgrade(const GroupStep& step, const ConsumerGroup& group, const std::set<std::string>& leaving,
                     std::size_t size_after) const;
  void downgrade(GroupStep& step, ConsumerGroup& group, const std::set<std::string>& leaving, bool rebalance);

  // groups_classic_members.cc
  void join_consumer_group(GroupStep& step, ConsumerGroup& group, const wire::JoinGroupRequest& request,
                           const GroupClient& client, WaitId wait, std::string new_member_id);
  Granted<JoinAnswer> join_as_classic(GroupStep& step, ConsumerGroup& group, const wire::JoinGroupRequest& request,
                                      const GroupClient& client, std::string member_id);
  Granted<SyncAnswer> sync_in_consumer_group(GroupStep& step, ConsumerGroup& group,
                                             const wire::SyncGroupRequest& request);
  Granted<void> heartbeat_in_consumer_group(GroupStep& step, ConsumerGroup& group,
                                            const wire::HeartbeatRequest& request);
  LeaveAnswer leave_as_classic(GroupStep& step, ConsumerGroup& group,
                               const std::vector<wire::LeaveGroupRequest::MemberIdentity>& members);

  // groups_transactions.cc
  ErrorCode check_transactional(const wire::TxnOffsetCommitRequest& request) const;

  // groups_offsets.cc
  /// The member that commits; null: whoever it is, it may.
  Granted<const ConsumerMember*> committing_member(const ConsumerGroup& group,
                                                   const wire::OffsetCommitRequest& request,
                                                   const GroupClient& client) const;
  Granted<const ConsumerMember*> transactional_member(const ConsumerGroup& group,
                                                      const wire::TxnOffsetCommitRequest& request) const;
  /// Who commits offsets, of whichever kind of group; nobody: whoever it is, it may.
  struct Committer {
    const ConsumerMember* consumer = nullptr;
    const StreamsGroup* streams = nullptr;
    const StreamsMember* streams_member = nullptr;
    std::int32_t epoch = -1;
  };
  Granted<Committer> committer_of(GroupStep& step, const wire::OffsetCommitRequest& request,
                                  const GroupClient& client);
  Granted<Committer> committer_of(const wire::TxnOffsetCommitRequest& request) const;
  static ErrorCode may_commit(const Committer& committer, std::string_view topic, const Uuid& topic_id,
                              PartitionIndex partition);
  ErrorCode check_fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request) const;
  ErrorCode check_commit(GroupStep& step, const wire::OffsetCommitRequest& request, const GroupClient& client);
  ErrorCode commit_partition(GroupStep& step, const wire::OffsetCommitRequest& request,
                             const wire::OffsetCommitRequest::OffsetCommitRequestTopic& topic,
                             const wire::OffsetCommitRequest::OffsetCommitRequestPartition& partition);
  FetchedOffset fetched(std::string_view group, std::string_view topic, const Uuid& topic_id,
                        PartitionIndex partition, bool require_stable) const;
  void remove_offset(GroupStep& step, std::string_view group, std::string_view topic, PartitionIndex partition);
  bool expire_group_offsets(GroupStep& step, const std::string& group);
  std::vector<std::string> group_ids() const;

  GroupCluster cluster_;
  std::int64_t topics_version_ = 0;  ///< Of the metadata in which the last new topics came.
  std::map<std::string, std::int64_t, std::less<>> topic_hashes_;  ///< Of topics that groups subscribe to.
  std::map<std::string, ClassicGroup, std::less<>> classic_;
  std::map<std::string, ConsumerGroup, std::less<>> consumers_;
  ShareGroups shares_;
  StreamsGroups streams_;  ///< No name is in two of these.
  OffsetStore offsets_;
  Deadlines deadlines_;  ///< By name of a group.
  std::int64_t next_order_ = 0;
};

}  // namespace sluice
