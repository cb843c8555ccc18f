// client/detail/share_member.h: membership in a share group (KIP-932): heartbeats that say which topics the member
// wants, and answers that say which partitions it reads. Partitions are shared, so nothing is handed over: what an
// answer says holds at once. Everything here happens in the background; the consumer calls and is notified.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "client/detail/group_client.h"
#include "client/share_consumer_config.h"
#include "wire/api/share_group_heartbeat.h"

namespace sluice::client::detail {

class ShareMember {
 public:
  /// All outlive this. `news` is notified when there is a target.
  ShareMember(GroupClient& group, const ShareConsumerConfig& config, Event& news);

  const std::string& member_id() const { return member_id_; }
  bool is_member() const { return epoch_ > 0; }
  void subscribe(std::set<std::string> topics);
  void polled();
  /// What is read from now on, or why there is no membership; once.
  std::optional<Outcome<std::set<TopicPartition>>> take_target() { return std::exchange(target_, std::nullopt); }
  Task<void> leave(SteadyTime deadline);
  Task<void> close();

 private:
  using Response = wire::ShareGroupHeartbeatResponse;

  Task<void> run();
  Task<Outcome<void>> beat();
  Task<Outcome<void>> follow(const Response& response);
  void settle(const Failure& failure);
  void wake();

  GroupClient& group_;
  const ShareConsumerConfig& config_;
  Event& news_;
  TaskGroup tasks_;
  Event wanted_;  ///< A heartbeat is wanted before its time.
  std::string member_id_;
  std::int32_t epoch_ = 0;
  std::set<std::string> topics_;
  bool wants_in_ = false;
  bool running_ = false;
  bool woken_ = false;
  bool asked_ = false;  ///< The coordinator may know this member.
  int departures_ = 0;
  bool subscription_changed_ = false;  ///< Since the coordinator was told.
  std::optional<Outcome<std::set<TopicPartition>>> target_;
  milliseconds interval_{5'000};
  SteadyTime last_poll_{};
};

}  // namespace sluice::client::detail
