// coordinator/classic_group.h: one group of the classic protocol, whose members share out work among themselves.
//
//            join                    all have joined, or time is up          the leader's SyncGroup
//   empty ---------> preparing ---------------------------------> completing -----------------------> stable
//     ^                  |  ^                                         |                                  |
//     +------------------+  +-----------------------------------------+----------------------------------+
//        all have gone          somebody joins anew, changes, leaves or is not heard of any more
//
// In `preparing` JoinGroups wait, in `completing` SyncGroups do. Each passage to `completing` or `empty` is a new
// generation. Members that are not heard of within their session timeout are removed; a wait counts as being
// heard.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/classic_members.h"
#include "coordinator/deadlines.h"
#include "coordinator/group_step.h"
#include "wire/api/heartbeat.h"
#include "wire/api/join_group.h"
#include "wire/api/leave_group.h"
#include "wire/api/sync_group.h"
#include "wire/coordinator/group_metadata.h"

namespace sluice {

enum class ClassicState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

/// As DescribeGroups and ListGroups say it.
std::string_view name(ClassicState state);

/// A pure state machine: each step takes the time, and what it leads to is put into the step's effects. Changes
/// that must survive are recorded when a generation has its assignments, when the group becomes empty, and when a
/// static member comes back under a new id; what happens in between is lost with the coordinator, and members join
/// again.
class ClassicGroup {
 public:
  ClassicGroup(std::string id, WallTime created) : id_(std::move(id)), state_since_(created) {}
  /// As the log has it: stable, or empty if it has no members.
  static ClassicGroup restored(const wire::GroupMetadataKey& key, const wire::GroupMetadataValue& value);
  /// What a consumer group becomes whose members all speak the classic protocol: stable, with the assignments that
  /// the members have. There is a protocol that they all speak.
  static ClassicGroup of_members(std::string id, std::int32_t generation, std::vector<ClassicMember> members,
                                 WallTime now);
  /// Begins to watch the members of a restored group.
  void resume(GroupStep& step);
  /// Lets all members join anew.
  void rebalance(GroupStep& step) { prepare_rebalance(step); }
  /// Sends all that wait away to join anew: the group is about to become another.
  void dissolve(GroupStep& step);

  /// Ends `wait` now or later. `new_member_id` is for a member that has none yet.
  void join(GroupStep& step, const wire::JoinGroupRequest& request, const GroupClient& client, WaitId wait,
            std::string new_member_id);
  /// Ends `wait` now or later.
  void sync(GroupStep& step, const wire::SyncGroupRequest& request, WaitId wait);
  ErrorCode heartbeat(GroupStep& step, const wire::HeartbeatRequest& request);
  /// Returns what became of each member.
  std::vector<ErrorCode> leave(GroupStep& step, std::span<const wire::LeaveGroupRequest::MemberIdentity> members);
  /// Whether who says this of itself may commit offsets. If it may, it has been heard of.
  ErrorCode check_commit(GroupStep& step, std::int32_t generation, std::string_view member_id,
                         std::optional<std::string_view> instance_id);
  /// Whether who says this of itself may commit offsets with a transaction. Who says nothing may: not every
  /// producer can tell (KIP-447).
  ErrorCode check_transactional(std::int32_t generation, std::string_view member_id,
                                std::optional<std::string_view> instance_id) const;

  /// When `expire` has something to do.
  std::optional<SteadyTime> next_deadline() const;
  void expire(GroupStep& step);

  /// The record from which the group can be restored. Errors: too_large (more than a record may have).
  Result<CoordinatorRecord> record(const GroupOptions& options) const;

  const std::string& id() const { return id_; }
  ClassicState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  /// None until somebody joins: an offset store of consumers that do without a group.
  const std::optional<std::string>& protocol_type() const { return protocol_type_; }
  const std::optional<std::string>& protocol() const { return protocol_; }
  /// When the state was entered; none where an old record does not tell.
  std::optional<WallTime> state_since() const { return state_since_; }
  const ClassicMembers& members() const { return members_; }
  /// Neither members nor some that are about to become members.
  bool is_vacant() const { return state_ == ClassicState::empty && pending_joins_.empty(); }
  bool is_consumer_group() const { return protocol_type_ == "consumer"; }
  /// The topics to which members subscribe; none where they are not known.
  const std::optional<std::set<std::string, std::less<>>>& subscribed_topics() const { return subscribed_topics_; }
  /// Whether members read the topic; where that is not known and could be, it is said to be so.
  bool may_be_subscribed_to(std::string_view topic) const;

 private:
  struct InitialDelay {
    std::chrono::milliseconds delay;
    std::chrono::milliseconds remaining;
  };

  // classic_group_join.cc
  void join_new_member(GroupStep&, const wire::JoinGroupRequest&, const GroupClient&, WaitId, std::string new_id);
  void join_known_member(GroupStep&, const wire::JoinGroupRequest&, const GroupClient&, WaitId);
  void add_member(GroupStep&, const wire::JoinGroupRequest&, const GroupClient&, WaitId, std::string id);
  void update_member(GroupStep&, ClassicMember&, const wire::JoinGroupRequest&, WaitId);
  void replace_static_member(GroupStep&, const wire::JoinGroupRequest&, const GroupClient&, WaitId,
                             std::string old_id, std::string new_id);
  void rejoin_same_generation(GroupStep&, const GroupClient&, WaitId, const std::string& old_leader,
                              ClassicMember& member);
  bool accepts(const GroupStep&, std::string_view member_id) const;
  bool supports(const wire::JoinGroupRequest&) const;
  JoinAnswer joined(const ClassicMember& member) const;

  // classic_group_rebalance.cc
  void rebalance_or_complete_join(GroupStep&);
  void prepare_rebalance(GroupStep&);
  void complete_join_if_all_joined(GroupStep&);
  void complete_join(GroupStep&);
  void begin_generation(GroupStep&);
  void extend_or_complete_initial_join(GroupStep&);
  void expire_sync(GroupStep&);
  void expire_session(GroupStep&, std::string_view member_id);
  void fail_syncs(GroupStep&, ErrorCode error);

  // classic_group_sync.cc
  ErrorCode check_sync(const wire::SyncGroupRequest&) const;
  void assign(GroupStep&, const wire::SyncGroupRequest&);
  void heard_in_sync(std::string_view member_id);

  ErrorCode check_member(std::string_view member_id, std::optional<std::string_view> instance_id) const;
  void remove_member(GroupStep&, std::string_view member_id);
  void enter(GroupStep&, ClassicState state);
  void expect_heartbeat(GroupStep&, const ClassicMember& member);
  bool all_joined() const { return members_.size() == members_.awaiting_join_count() && pending_joins_.empty(); }
  std::optional<std::set<std::string, std::less<>>> read_subscriptions() const;

  std::string id_;
  ClassicState state_ = ClassicState::empty;
  ClassicState previous_state_ = ClassicState::empty;
  std::optional<WallTime> state_since_;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_;
  ClassicMembers members_;
  /// Those that were given an id and told to join with it.
  std::set<std::string, std::less<>> pending_joins_;
  /// Those whose SyncGroup has not come in this generation.
  std::set<std::string, std::less<>> pending_syncs_;
  std::optional<std::set<std::string, std::less<>>> subscribed_topics_;
  bool member_added_ = false;  ///< Since the initial delay began or was extended.
  std::optional<InitialDelay> initial_delay_;
  std::optional<SteadyTime> join_due_;
  std::optional<SteadyTime> sync_due_;
  Deadlines sessions_;  ///< By member id; of pending members too.
};

}  // namespace sluice
