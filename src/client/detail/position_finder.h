// client/detail/position_finder.h: finds where to begin in partitions that have no position: at the committed
// offset, or where the configuration or a seek says.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "client/cluster.h"
#include "client/consumer_config.h"
#include "client/detail/assigned.h"
#include "client/detail/epoch_end.h"
#include "client/detail/group_client.h"

namespace sluice::client::detail {

class PositionFinder {
 public:
  /// All outlive this. `group` is null where there is none. `news` is notified when something has been found or
  /// has failed.
  PositionFinder(Cluster& cluster, const ConsumerConfig& config, Assigned& assigned, GroupClient* group,
                 Event& news);

  /// Looks for what is missing, in the background, unless it is being looked for already.
  void start();
  /// What could not be found, once: topic_authorization_failed, offset_out_of_range (nothing is committed and
  /// auto.offset.reset is none) …
  std::optional<Failure> take_failure();
  /// When to try again what failed for reasons that pass.
  SteadyTime next_attempt() const { return not_before_; }

  /// Waits until nothing of it is at work; the cluster has been stopped.
  Task<void> close();

 private:
  Task<void> look_up_committed(std::map<TopicPartition, std::uint64_t> partitions);
  Task<void> reset(std::map<TopicPartition, std::int64_t> times,
                   std::map<TopicPartition, std::uint64_t> incarnations);
  Task<void> validate(std::map<TopicPartition, LeaderEpoch> epochs,
                      std::map<TopicPartition, std::uint64_t> incarnations);
  void compare(const TopicPartition& partition, AssignedPartition& state, const EpochEnd& end);
  void reset_by_policy(const TopicPartition& partition, AssignedPartition& state);
  void failed_with(Failure failure);

  Cluster& cluster_;
  const ConsumerConfig& config_;
  Assigned& assigned_;
  GroupClient* group_;
  TaskGroup tasks_;
  Event& news_;
  bool looking_up_ = false;
  bool resetting_ = false;
  bool validating_ = false;
  SteadyTime not_before_{};
  std::deque<Failure> failures_;
};

}  // namespace sluice::client::detail
