#include "client/detail/protocol_member.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/random_uuid.h"

namespace sluice::client::detail {
namespace {

constexpr std::int32_t kJoiningEpoch = 0;
constexpr std::int32_t kLeavingEpoch = -1;
constexpr std::int32_t kStaticLeavingEpoch = -2;
constexpr std::int16_t kPatternFrom = 1;

std::int32_t in_ms(milliseconds time) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(time.count(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

ProtocolMember::ProtocolMember(GroupClient& group, const ConsumerConfig& config, Event& news)
    : group_(group),
      config_(config),
      news_(news),
      tasks_(group.cluster().loop()),
      wanted_(group.cluster().loop()) {
  membership_.member_id = random_uuid(group.cluster().loop()).text();  // Members name themselves, once.
  membership_.instance_id = config.group_instance_id;
  polled();
}

void ProtocolMember::subscribe(std::set<std::string> topics) {
  if (topics == topics_ && wants_in_) return;
  topics_ = std::move(topics);
  subscription_changed_ = true;
  request_join();
}

void ProtocolMember::subscribe_to_pattern(std::string pattern) {
  if (pattern == pattern_ && wants_in_) return;
  pattern_ = std::move(pattern);
  subscription_changed_ = true;
  request_join();
}

void ProtocolMember::request_join() {
  wants_in_ = true;
  if (!std::exchange(running_, true)) tasks_.start(run());
  wake();
}

void ProtocolMember::wake() {
  woken_ = true;
  wanted_.notify_all();
}

std::optional<Outcome<std::set<TopicPartition>>> ProtocolMember::take_target() {
  return std::exchange(target_, std::nullopt);
}

void ProtocolMember::reconciled(const std::set<TopicPartition>& owned) {
  owned_ = owned;
  owned_changed_ = true;
  wake();
}

void ProtocolMember::lose_membership() {
  lost_ = lost_ || is_member();
  membership_.generation = -1;
  owned_.clear();
  target_.reset();
  news_.notify_all();
}

/// Makes of a failure what it means for the membership.
void ProtocolMember::settle(const Failure& failure) {
  group_.note(failure);
  switch (failure.code) {
    case ErrorCode::fenced_member_epoch:
    case ErrorCode::unknown_member_id:
      lose_membership();
      // What others have by now must be given up before anything new is taken.
      if (lost_) wants_in_ = false;
      return;
    case ErrorCode::unreleased_instance_id: return;  // Who was here before may just be going.
    default: break;
  }
  if (failure.retriable()) return;
  lose_membership();
  wants_in_ = false;
  target_ = failed(failure);
  news_.notify_all();
}

Task<void> ProtocolMember::run() {
  Loop& loop = group_.cluster().loop();
  Backoff backoff = group_.cluster().retry_backoff();
  SteadyTime next = loop.now();
  while (!tasks_.stopping()) {
    if (!wants_in_) {
      co_await wanted_.wait();
      woken_ = false;
      next = loop.now();
      continue;
    }
    if (!woken_ && loop.now() < next) {
      (void)co_await wanted_.wait_until(next);
      continue;
    }
    woken_ = false;
    if (is_member() && loop.now() - last_poll_ > config_.max_poll_interval) {
      // Whoever owns the consumer is stuck: others shall read on.
      co_await leave(group_.cluster().request_deadline());
      lost_ = true;
      news_.notify_all();
      continue;
    }
    const Outcome<void> done = co_await beat();
    if (tasks_.stopping()) break;
    if (done) {
      backoff = group_.cluster().retry_backoff();
      next = loop.now() + interval_;
      continue;
    }
    settle(done.error());
    next = loop.now() + backoff.next(loop);
  }
  running_ = false;
}

void ProtocolMember::put_subscription(Request& request) const {
  request.subscribed_topic_names.emplace(topics_.begin(), topics_.end());
  request.rebalance_timeout_ms = in_ms(config_.max_poll_interval);
  if (config_.group_remote_assignor) request.server_assignor = *config_.group_remote_assignor;
}

Task<Outcome<void>> ProtocolMember::beat() {
  Cluster& cluster = group_.cluster();
  const SteadyTime deadline = cluster.request_deadline();
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return failed(node.error());
  if (!wants_in_) co_return Outcome<void>{};  // It has left while its coordinator was looked for.
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::consumer_group_heartbeat);
  if (!version) co_return failed(version.error());
  if (!pattern_.empty() && *version < kPatternFrom)
    co_return failed(ErrorCode::unsupported_version, "the broker does not look for topics by regular expressions");

  const bool joins = !is_member();
  asked_ = true;
  woken_ = false;  // All that it was woken for is told now.
  Request request;
  request.group_id = group_.group_id();
  request.member_id = membership_.member_id;
  request.member_epoch = joins ? kJoiningEpoch : membership_.generation;
  if (membership_.instance_id) request.instance_id = *membership_.instance_id;
  if (joins && !config_.client.client_rack.empty()) request.rack_id = config_.client.client_rack;
  // What is told now is what holds now: a change while the answer is awaited is told by the next one.
  const std::string pattern = pattern_;
  const bool tells_subscription = std::exchange(subscription_changed_, false) || joins;
  const bool tells_owned = std::exchange(owned_changed_, false) || joins;
  if (tells_subscription) put_subscription(request);
  if (tells_subscription && *version >= kPatternFrom) request.subscribed_topic_regex = pattern;
  if (tells_owned) {
    request.topic_partitions.emplace();
    for (const TopicPartition& partition : owned_) {
      const auto id = ids_.find(partition.topic);
      if (id == ids_.end()) continue;
      auto& topics = *request.topic_partitions;
      if (topics.empty() || topics.back().topic_id != id->second) topics.emplace_back().topic_id = id->second;
      topics.back().partitions.push_back(partition.partition);
    }
  }
  const int departures = departures_;
  const auto answer = co_await (*node)->call(request, *version, deadline);
  Outcome<void> said = answer ? outcome_of((*answer)->error_code, "heartbeat to group " + group_.group_id())
                              : Outcome<void>(failed(answer.error()));
  if (!said) {
    subscription_changed_ |= tells_subscription;
    owned_changed_ |= tells_owned;
    if (answer && (*answer)->error_message) said.error().what += ": " + std::string(*(*answer)->error_message);
    co_return said;
  }
  if (departures_ != departures) co_return Outcome<void>{};  // It has left, and nothing of this holds any more.
  co_return co_await follow(**answer);
}

Task<Outcome<void>> ProtocolMember::follow(const Response& response) {
  const bool joined = !is_member();
  membership_.generation = response.member_epoch;
  interval_ = std::max(milliseconds(response.heartbeat_interval_ms), milliseconds(1));
  if (joined) news_.notify_all();
  if (!response.assignment) co_return Outcome<void>{};
  std::set<TopicPartition> target;
  for (const auto& topic : response.assignment->topic_partitions) {
    Outcome<std::string> name = co_await name_of(topic.topic_id);
    if (!name) {
      subscription_changed_ = owned_changed_ = true;  // A full request is answered with all of it again.
      co_return failed(name.error());
    }
    ids_[*name] = topic.topic_id;
    for (const PartitionIndex partition : topic.partitions) target.insert({*name, partition});
  }
  target_ = std::move(target);
  news_.notify_all();
  co_return Outcome<void>{};
}

/// The name of a topic by its id; all topics are looked through for one that is not known.
Task<Outcome<std::string>> ProtocolMember::name_of(const Uuid& id) {
  Cluster& cluster = group_.cluster();
  for (const auto& [name, known] : ids_)
    if (known == id) co_return name;
  if (const std::string_view name = cluster.view().name_of(id); !name.empty()) co_return std::string(name);
  const auto described = co_await cluster.describe_topics(std::nullopt, false, cluster.request_deadline());
  if (!described) co_return failed(described.error());
  for (const auto& topic : (*described)->topics)
    if (topic.topic_id == id && topic.name) co_return std::string(*topic.name);
  co_return failed(ErrorCode::unknown_topic_id, "the topic with id {} is not known to the brokers", id.text());
}

Task<void> ProtocolMember::leave(SteadyTime deadline) {
  wants_in_ = false;
  ++departures_;
  const Membership as = membership_;
  if (!std::exchange(asked_, false)) co_return;  // A join whose answer is still to come counts.
  membership_.generation = -1;
  owned_.clear();
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return;
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::consumer_group_heartbeat);
  if (!version) co_return;
  Request request;
  request.group_id = group_.group_id();
  request.member_id = as.member_id;
  request.member_epoch = as.instance_id ? kStaticLeavingEpoch : kLeavingEpoch;
  if (as.instance_id) request.instance_id = *as.instance_id;
  // Without an answer the coordinator finds out by itself, when the session is over.
  (void)co_await (*node)->call(request, *version, deadline);
}

Task<void> ProtocolMember::close() {
  tasks_.stop();
  wanted_.notify_all();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
