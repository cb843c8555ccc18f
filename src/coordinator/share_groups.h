// coordinator/share_groups.h: the share groups of one partition of __consumer_offsets (KIP-932). A pure state
// machine: requests, time and topics go in; changes of state, records and answers come out.
//
// Unlike those of a consumer group, members need give up nothing before others may take it: a member has its
// target at once. A partition is assigned when the share coordinator has state of it for the group.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "coordinator/consumer_answers.h"
#include "coordinator/deadlines.h"
#include "coordinator/group_cluster.h"
#include "coordinator/group_step.h"
#include "coordinator/share_group.h"
#include "coordinator/share_offsets.h"
#include "wire/api/share_group_heartbeat.h"

namespace sluice {

/// Groups that were found here under a name, but are of another kind.
enum class NameTaken : bool { no, yes };

class ShareGroups {
 public:
  using ById = std::map<std::string, ShareGroup, std::less<>>;
  using Request = wire::ShareGroupHeartbeatRequest;

  // Replay. The order of records is that of their offsets.
  void reset();
  Result<void> replay(const ShareGroupKey& key, std::optional<Bytes> value);
  /// Begins to watch members.
  void resume(const GroupStep& step);
  /// A group of another kind has taken the name over.
  void erase(std::string_view group);

  // Requests.
  ConsumerHeartbeatAnswer heartbeat(GroupStep& step, const Request& request, const GroupClient& client,
                                    NameTaken taken);
  /// What a member that has just been heard of would be told now: more than before, if partitions were initialised
  /// meanwhile. unknown_member_id where it has gone.
  ConsumerHeartbeatAnswer look_again(GroupStep& step, std::string_view group, std::string_view member);
  DescribedConsumerGroup describe(std::string_view group, const ShareGroupOptions& options) const;
  /// Before an empty group is buried: the share coordinator has to forget these. Errors: group_id_not_found,
  /// non_empty_group.
  Granted<AssignedPartitions> begin_deletion(GroupStep& step, std::string_view group);
  /// Forgets a group, if it is still empty.
  void bury(GroupStep& step, std::string_view group);

  // What administrators do with offsets.
  /// Those that the share coordinator has state of; none for a group that does not exist.
  AssignedPartitions partitions_with_state(std::string_view group) const;
  /// Before the share coordinator starts partitions of an empty group afresh; what is behind is told to
  /// note_initialized(). Makes the group if there is none. Returns the state epoch to start with. Errors:
  /// group_id_not_found (the name is another kind of group's), non_empty_group.
  Granted<std::int32_t> begin_alteration(GroupStep& step, std::string_view group, NameTaken taken,
                                         const ShareStarts& starts);
  /// Before the share coordinator forgets topics of an empty group. Returns their partitions; topics without an
  /// offset are left out. Errors: group_id_not_found, non_empty_group.
  Granted<AssignedPartitions> begin_offset_deletion(GroupStep& step, std::string_view group, NameTaken taken,
                                                    const std::set<Uuid>& topics);
  /// It has forgotten these.
  void end_offset_deletion(GroupStep& step, std::string_view group, const std::set<Uuid>& topics);

  /// The share coordinator has state of these by now.
  void note_initialized(GroupStep& step, std::string_view group, const AssignedPartitions& partitions);

  /// The share coordinator has no state of `forgotten`, though it had: they are begun anew, unless the group has
  /// another epoch than the check and may have changed more. What is not `complete` is checked again soon.
  void end_check(GroupStep& step, const ShareCheck& check, const AssignedPartitions& forgotten, bool complete);

  // Time and topics.
  void set_cluster(GroupCluster cluster) { cluster_ = std::move(cluster); }
  /// Topics that exist no more are taken out of the groups.
  void forget_topics(GroupStep& step);
  std::optional<SteadyTime> next_deadline() const { return deadlines_.next(); }
  void expire(GroupStep& step);

  const ById& all() const { return groups_; }
  const ShareGroup* find(std::string_view group) const;

 private:
  ShareGroup* find_to_change(std::string_view group);
  void emit(GroupStep& step, Result<CoordinatorRecord> record);
  Granted<ShareMember> look_at(const GroupStep& step, const Request& request, NameTaken taken) const;
  ConsumerHeartbeatAnswer leave(GroupStep& step, const Request& request, NameTaken taken);
  void remove_member(GroupStep& step, const std::string& group, const std::string& member);
  std::int64_t hash_of_topics(const ShareGroup& group) const;
  void refresh_epoch(GroupStep& step, const std::string& id, bool changed);
  void initialize_topics(GroupStep& step, const std::string& id);
  void check_states(GroupStep& step, const std::string& id);
  void update_targets(GroupStep& step, const std::string& id);
  AssignedPartitions assignable(const ShareGroup& group) const;
  bool has_unassigned(const ShareGroup& group) const;
  /// Gives the member its target. Returns whether that is something else than it had.
  bool reconcile(GroupStep& step, const std::string& id, const std::string& member);
  void watch(GroupStep& step, const std::string& id, const std::string& member);
  ConsumerHeartbeatAnswer answer_to(const std::string& id, const std::string& member, bool with_assignment) const;

  GroupCluster cluster_;
  ById groups_;
  // What is not recorded.
  std::map<std::string, Deadlines, std::less<>> sessions_;  ///< By group, then member.
  std::map<std::string, std::map<Uuid, SteadyTime>, std::less<>>
      initialize_;                                             ///< When it was last begun, by topic.
  std::map<std::string, SteadyTime, std::less<>> checks_due_;  ///< By group: when its states are looked for next.
  Deadlines deadlines_;                                        ///< By group.
};

}  // namespace sluice
