// client/detail/protocol_member.h: membership by the consumer protocol (KIP-848): heartbeats that say what the
// consumer wants and has, and answers that say what it is to have.
//
//   outside --request_join()--> joining --answer--> member --fenced--> lost --request_join()--> joining …
// What is to be had is taken with take_target(); when it has been given up and taken up, reconciled() tells the
// coordinator, who only then lets others have what was given up. Everything here happens in the background; the
// consumer calls and is notified.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "client/consumer_config.h"
#include "client/detail/group_membership.h"
#include "wire/api/consumer_group_heartbeat.h"

namespace sluice::client::detail {

class ProtocolMember final : public GroupMembership {
 public:
  /// All outlive this. `config` has a group. `news` is notified when there is a target, a failure or a loss.
  ProtocolMember(GroupClient& group, const ConsumerConfig& config, Event& news);

  void subscribe(std::set<std::string> topics) override;
  /// Topics that the coordinator finds by a regular expression of RE2's; empty: none.
  void subscribe_to_pattern(std::string pattern);
  bool is_member() const override { return membership_.generation > 0; }
  const Membership& membership() const override { return membership_; }
  void request_join() override;
  bool joining() const override { return false; }
  bool take_lost() override { return std::exchange(lost_, false); }
  void polled() override { last_poll_ = group_.cluster().loop().now(); }
  Task<void> leave(SteadyTime deadline) override;
  Task<void> close() override;

  /// What is to be had from now on, or why there is no membership; once.
  std::optional<Outcome<std::set<TopicPartition>>> take_target();
  /// This is what the consumer has now.
  void reconciled(const std::set<TopicPartition>& owned);

 private:
  using Request = wire::ConsumerGroupHeartbeatRequest;
  using Response = wire::ConsumerGroupHeartbeatResponse;

  Task<void> run();
  Task<Outcome<void>> beat();
  Task<Outcome<void>> follow(const Response& response);
  Task<Outcome<std::string>> name_of(const Uuid& id);
  void put_subscription(Request& request) const;
  void settle(const Failure& failure);
  void lose_membership();
  void wake();

  GroupClient& group_;
  const ConsumerConfig& config_;
  Event& news_;
  TaskGroup tasks_;
  Event wanted_;  ///< A heartbeat is wanted before its time.
  Membership membership_;
  std::set<std::string> topics_;
  std::string pattern_;
  bool wants_in_ = false;
  bool running_ = false;
  bool woken_ = false;
  bool asked_ = false;  ///< The coordinator may know this member.
  int departures_ = 0;
  bool lost_ = false;
  bool subscription_changed_ = false;  ///< Since the coordinator was told.
  bool owned_changed_ = false;
  std::set<TopicPartition> owned_;   ///< What the consumer has, as the coordinator is to know it.
  std::map<std::string, Uuid> ids_;  ///< Of topics that were assigned.
  std::optional<Outcome<std::set<TopicPartition>>> target_;
  milliseconds interval_{5'000};
  SteadyTime last_poll_{};
};

}  // namespace sluice::client::detail
