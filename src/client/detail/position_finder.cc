#include "client/detail/position_finder.h"

#include <utility>

#include "client/list_offsets.h"

namespace sluice::client::detail {

PositionFinder::PositionFinder(Cluster& cluster, const ConsumerConfig& config, Assigned& assigned,
                               GroupClient* group, Event& news)
    : cluster_(cluster),
      config_(config),
      assigned_(assigned),
      group_(group),
      tasks_(cluster.loop()),
      news_(news) {}

void PositionFinder::start() {
  if (tasks_.stopping() || cluster_.loop().now() < not_before_) return;
  std::map<TopicPartition, std::uint64_t> lost;
  std::map<TopicPartition, std::int64_t> times;
  std::map<TopicPartition, std::uint64_t> incarnations;
  std::map<TopicPartition, LeaderEpoch> doubtful;
  std::map<TopicPartition, std::uint64_t> doubtful_incarnations;
  for (auto& [partition, state] : assigned_.partitions()) {
    if (state.revoked) continue;
    if (state.position) {
      const PartitionInfo* info = cluster_.view().find_partition(partition);
      if (info == nullptr || !state.needs_validation(info->leader_epoch)) continue;
      doubtful.emplace(partition, state.position_epoch);
      doubtful_incarnations.emplace(partition, state.incarnation);
      continue;
    }
    if (!state.reset_to && group_ != nullptr) {
      lost.emplace(partition, state.incarnation);
      continue;
    }
    if (!state.reset_to) reset_by_policy(partition, state);
    if (!state.reset_to) continue;
    times.emplace(partition, *state.reset_to);
    incarnations.emplace(partition, state.incarnation);
  }
  if (!lost.empty() && !looking_up_) {
    looking_up_ = true;
    tasks_.start(look_up_committed(std::move(lost)));
  }
  if (!times.empty() && !resetting_) {
    resetting_ = true;
    tasks_.start(reset(std::move(times), std::move(incarnations)));
  }
  if (!doubtful.empty() && !validating_) {
    validating_ = true;
    tasks_.start(validate(std::move(doubtful), std::move(doubtful_incarnations)));
  }
}

void PositionFinder::reset_by_policy(const TopicPartition& partition, AssignedPartition& state) {
  if (const auto target = reset_target(config_.auto_offset_reset, cluster_.loop()))
    assigned_.reset(state, *target);
  else
    failed_with(
        Failure{ErrorCode::offset_out_of_range,
                fmt::format("{} has no committed offset and auto.offset.reset is none", to_string(partition))});
}

void PositionFinder::failed_with(Failure failure) {
  not_before_ = cluster_.loop().now() + config_.client.retry_backoff;
  if (!failure.retriable() || failure.code == ErrorCode::offset_out_of_range)
    failures_.push_back(std::move(failure));
}

std::optional<Failure> PositionFinder::take_failure() {
  if (failures_.empty()) return std::nullopt;
  Failure failure = std::move(failures_.front());
  failures_.pop_front();
  return failure;
}

Task<void> PositionFinder::look_up_committed(std::map<TopicPartition, std::uint64_t> partitions) {
  std::set<TopicPartition> names;
  for (const auto& [partition, incarnation] : partitions) names.insert(partition);
  const bool stable = config_.isolation_level == IsolationLevel::read_committed;
  const SteadyTime deadline = cluster_.loop().now() + config_.client.default_api_timeout;
  const Outcome<Offsets> committed = co_await group_->committed(std::move(names), stable, deadline);
  if (committed) {
    for (const auto& [partition, incarnation] : partitions) {
      AssignedPartition* state = assigned_.find(partition);
      if (state == nullptr || state->incarnation != incarnation || state->position || state->reset_to) continue;
      const auto offset = committed->find(partition);
      if (offset == committed->end())
        reset_by_policy(partition, *state);
      else
        assigned_.seek(*state, offset->second.offset, offset->second.leader_epoch);
    }
  } else if (!tasks_.stopping()) {
    failed_with(committed.error());
  }
  looking_up_ = false;
  start();  // Those without a committed offset are to be reset.
  news_.notify_all();
}

Task<void> PositionFinder::reset(std::map<TopicPartition, std::int64_t> times,
                                 std::map<TopicPartition, std::uint64_t> incarnations) {
  const SteadyTime deadline = cluster_.loop().now() + config_.client.default_api_timeout;
  const auto listed = co_await list_offsets(cluster_, std::move(times), config_.isolation_level, deadline);
  for (const auto& [partition, outcome] : listed) {
    AssignedPartition* state = assigned_.find(partition);
    if (state == nullptr || state->incarnation != incarnations.at(partition) || !state->reset_to) continue;
    if (!outcome) {
      if (!tasks_.stopping()) failed_with(outcome.error());
    } else if (outcome->offset.value < 0) {
      assigned_.reset(*state, offset_at::kLatest);  // Nothing is as late as that time.
    } else {
      assigned_.seek(*state, outcome->offset, outcome->leader_epoch);
    }
  }
  resetting_ = false;
  if (!tasks_.stopping()) start();
  news_.notify_all();
}

Task<void> PositionFinder::validate(std::map<TopicPartition, LeaderEpoch> epochs,
                                    std::map<TopicPartition, std::uint64_t> incarnations) {
  const SteadyTime deadline = cluster_.loop().now() + config_.client.default_api_timeout;
  const auto ends = co_await epoch_ends(cluster_, epochs, deadline);
  for (const auto& [partition, outcome] : ends) {
    AssignedPartition* state = assigned_.find(partition);
    const PartitionInfo* info = cluster_.view().find_partition(partition);
    if (state == nullptr || info == nullptr || state->incarnation != incarnations.at(partition)) continue;
    // Records that had come before were taken meanwhile, up into another epoch: that one is asked about next. Held
    // against the old epoch's end, the position would seem to be beyond what the leader has.
    if (outcome && state->position_epoch != epochs.at(partition)) continue;
    // A leader that cannot tell is believed.
    const bool untold = !outcome && outcome.error().code == ErrorCode::unsupported_version;
    if (outcome || untold) state->validated_epoch = info->leader_epoch;
    if (outcome)
      compare(partition, *state, *outcome);
    else if (!untold && !tasks_.stopping())
      failed_with(outcome.error());
  }
  validating_ = false;
  if (!tasks_.stopping()) start();
  news_.notify_all();
}

void PositionFinder::compare(const TopicPartition& partition, AssignedPartition& state, const EpochEnd& end) {
  if (!state.position || (end.end.value >= 0 && end.end >= *state.position)) return;
  const Offset position = *state.position;
  config_.client.warn(
      fmt::format("{}: the new leader has lost records before offset {}, to which this consumer has "
                  "read; its log ends at {} in epoch {}",
                  to_string(partition), position.value, end.end.value, end.epoch.value));
  if (config_.auto_offset_reset.kind == OffsetReset::Kind::none)
    failed_with(Failure{ErrorCode::offset_out_of_range,
                        fmt::format("{} was cut off before offset {} and auto.offset.reset is none",
                                    to_string(partition), position.value)});
  else if (end.end.value >= 0)
    assigned_.seek(state, end.end, end.epoch);
  else
    reset_by_policy(partition, state);
}

Task<void> PositionFinder::close() {
  tasks_.stop();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
