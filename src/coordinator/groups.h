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
#include "coordinator/coordinator_record.h"
#include "coordinator/deadlines.h"
#include "coordinator/group_step.h"
#include "coordinator/offset_store.h"
#include "coordinator/other_group.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_delete.h"
#include "wire/api/offset_fetch.h"
#include "wire/api/txn_offset_commit.h"

namespace sluice {

struct LeaveAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<ErrorCode> members;  ///< In the order of the request; empty with an error.
};

/// Of OffsetCommit and OffsetDelete.
struct OffsetsAnswer {
  ErrorCode error = ErrorCode::none;  ///< Of all partitions.
  std::vector<ErrorCode> partitions;  ///< One behind the other, in the order of the request; empty with an error.
};

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

struct FetchedOffset {
  PartitionIndex partition;
  Offset offset{-1};
  LeaderEpoch leader_epoch{-1};
  std::string metadata;
  ErrorCode error = ErrorCode::none;
};

struct FetchedTopic {
  std::string name;
  Uuid id{};
  std::vector<FetchedOffset> partitions;
};

struct FetchAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<FetchedTopic> topics;  ///< Those of the request in its order, or all that the group has.
};

struct ListedGroup {
  std::string id;
  std::string protocol_type;
  std::string state;
  GroupType type;
};

struct ListAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<ListedGroup> groups;
};

struct DescribedMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::string metadata;  ///< Only of a stable group's members.
  std::string assignment;
};

struct DescribedGroup {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string id;
  std::string state;
  std::string protocol_type;
  std::string protocol;
  std::vector<DescribedMember> members;

  static DescribedGroup failed(ErrorCode error, std::string_view id) {
    DescribedGroup group;
    group.error = error;
    group.id = id;
    return group;
  }
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

  // Time and topics.
  /// When `expire` has something to do.
  std::optional<SteadyTime> next_deadline() const { return deadlines_.next(); }
  void expire(GroupStep& step);
  /// Removes offsets that are older than they may become, and groups that nothing is left of.
  void expire_offsets(GroupStep& step);
  /// Removes the offsets of topics that exist no more.
  void forget_topics(GroupStep& step, const std::vector<std::string>& topics);

  // For tests and metrics.
  const std::map<std::string, ClassicGroup, std::less<>>& classic_groups() const { return classic_; }
  const std::map<std::string, OtherGroup, std::less<>>& other_groups() const { return others_; }
  const OffsetStore& offsets() const { return offsets_; }

 private:
  ClassicGroup* find(std::string_view group);
  const ClassicGroup* find(std::string_view group) const;
  ClassicGroup& create(std::string_view group, WallTime now);
  bool exists(std::string_view group) const { return find(group) != nullptr || others_.contains(group); }
  void watch(const ClassicGroup& group) { deadlines_.set(group.id(), group.next_deadline()); }
  void record_new(GroupStep& step, const ClassicGroup& group);
  void remove(std::string_view group);

  // groups_replay.cc
  Result<void> replay_record(const LoggedRecord& record);
  Result<void> replay_offset(const LoggedRecord& record);
  Result<void> replay_legacy_offset(const LoggedRecord& record);
  Result<void> replay_classic(const LoggedRecord& record);
  Result<void> replay_other(const LoggedRecord& record);

  // groups_transactions.cc
  ErrorCode check_transactional(const wire::TxnOffsetCommitRequest& request) const;

  // groups_offsets.cc
  ErrorCode check_commit(GroupStep& step, const wire::OffsetCommitRequest& request, const GroupClient& client);
  ErrorCode commit_partition(GroupStep& step, const wire::OffsetCommitRequest& request,
                             const wire::OffsetCommitRequest::OffsetCommitRequestTopic& topic,
                             const wire::OffsetCommitRequest::OffsetCommitRequestPartition& partition);
  FetchedOffset fetched(std::string_view group, std::string_view topic, const Uuid& topic_id,
                        PartitionIndex partition, bool require_stable) const;
  void remove_offset(GroupStep& step, std::string_view group, std::string_view topic, PartitionIndex partition);
  bool expire_group_offsets(GroupStep& step, const std::string& group);
  std::vector<std::string> group_ids() const;

  std::map<std::string, ClassicGroup, std::less<>> classic_;
  /// No name is in both.
  std::map<std::string, OtherGroup, std::less<>> others_;
  OffsetStore offsets_;
  Deadlines deadlines_;  ///< By name of a classic group.
  std::int64_t next_order_ = 0;
};

}  // namespace sluice
