// client/detail/group_member.h: membership in a consumer group, by the classic protocol: join, sync, heartbeats,
// leave.
//
//   outside --start_join()--> joining --JoinGroup, SyncGroup--> member --heartbeats--> member …
// A heartbeat's answer may ask for another join, or say that the coordinator has given up on us: then what was
// assigned is lost, not just to be handed back. Everything here happens in the background; the consumer calls and
// is notified.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/assignor.h"
#include "client/consumer_config.h"
#include "client/consumer_protocol.h"
#include "client/detail/group_membership.h"
#include "wire/api/join_group.h"

namespace sluice::client::detail {

class GroupMember final : public GroupMembership {
 public:
  /// All outlive this. `config` has a group. `news` is notified when a join has ended or another one is needed.
  GroupMember(GroupClient& group, const ConsumerConfig& config, Event& news);

  /// Whether partitions may be read while a join is under way: if all configured assignors are cooperative.
  bool cooperative() const { return cooperative_; }
  /// What it joins for. A change asks for a join.
  void subscribe(std::set<std::string> topics) override;

  bool is_member() const override { return membership_.generation >= 0; }
  const Membership& membership() const override { return membership_; }
  bool needs_join() const { return needs_join_; }
  bool joining() const override { return joining_; }
  void request_join() override;
  /// True once after membership was lost: what was assigned belongs to others by now.
  bool take_lost() override { return std::exchange(lost_, false); }

  /// Joins in the background; `owned` is what is still being read. Not while joining.
  void start_join(std::vector<TopicPartition> owned);
  /// What the last join brought, once.
  std::optional<Outcome<std::set<TopicPartition>>> take_joined();
  /// As the leader, looks whether a topic has got more or fewer partitions since they were assigned.
  void look_at_metadata();
  /// The consumer's owner is alive: he polls.
  void polled() override { last_poll_ = group_.cluster().loop().now(); }

  /// Tells the coordinator that it goes, unless it is a static member, who is expected back.
  Task<void> leave(SteadyTime deadline) override;
  /// Waits until nothing of it is at work; the cluster has been stopped.
  Task<void> close() override;

 private:
  using JoinResponse = wire::JoinGroupResponse;

  Task<void> join(std::vector<TopicPartition> owned);
  Task<Outcome<std::set<TopicPartition>>> join_once(const std::vector<TopicPartition>& owned);
  Task<Outcome<Answer<JoinResponse>>> send_join(const std::vector<TopicPartition>& owned);
  Task<Outcome<std::set<TopicPartition>>> sync(const JoinResponse& joined);
  Task<Outcome<GroupAssignment>> assign_as_leader(const JoinResponse& joined);
  Result<Buffer> subscription_for(const Assignor& assignor, const std::vector<TopicPartition>& owned) const;
  Task<void> beat();
  Task<Outcome<void>> beat_once();
  bool settle(const Failure& failure);
  void lose_membership(bool forget_id);

  GroupClient& group_;
  const ConsumerConfig& config_;
  Event& news_;
  TaskGroup tasks_;
  Event beat_wanted_;
  std::vector<const Assignor*> assignors_;
  bool cooperative_ = false;
  std::set<std::string> topics_;
  Membership membership_;
  bool needs_join_ = false;
  bool joining_ = false;
  bool beating_ = false;
  bool lost_ = false;
  std::optional<Outcome<std::set<TopicPartition>>> joined_;
  std::optional<TopicSizes> assigned_sizes_;  ///< What the assignment was made from, where this is the leader.
  StickyUserData
      last_assigned_;  ///< What the sticky assignor goes by, though an eager member owns nothing when it joins.
  SteadyTime last_poll_{};
};

}  // namespace sluice::client::detail
