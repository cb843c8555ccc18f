#include "client/detail/share_member.h"

#include <algorithm>
#include <utility>

#include "wire/random_uuid.h"

namespace sluice::client::detail {
namespace {

constexpr std::int32_t kJoiningEpoch = 0;
constexpr std::int32_t kLeavingEpoch = -1;

}  // namespace

ShareMember::ShareMember(GroupClient& group, const ShareConsumerConfig& config, Event& news)
    : group_(group),
      config_(config),
      news_(news),
      tasks_(group.cluster().loop()),
      wanted_(group.cluster().loop()),
      member_id_(random_uuid(group.cluster().loop()).text()) {
  last_poll_ = group.cluster().loop().now();
}

void ShareMember::subscribe(std::set<std::string> topics) {
  topics_ = std::move(topics);
  subscription_changed_ = true;
  wants_in_ = true;
  if (!std::exchange(running_, true)) tasks_.start(run());
  wake();
}

void ShareMember::polled() {
  last_poll_ = group_.cluster().loop().now();
  // A member that had fallen silent, or was refused, tries again; but first a refusal is told.
  if (!wants_in_ && !topics_.empty() && !target_) subscribe(topics_);
}

void ShareMember::wake() {
  woken_ = true;
  wanted_.notify_all();
}

void ShareMember::settle(const Failure& failure) {
  group_.note(failure);
  if (failure.code == ErrorCode::fenced_member_epoch || failure.code == ErrorCode::unknown_member_id) {
    epoch_ = 0;
    target_ = std::set<TopicPartition>{};  // Until the group has taken it in again.
    news_.notify_all();
    return;
  }
  if (failure.retriable()) return;
  epoch_ = 0;
  wants_in_ = false;  // Until the next poll, whose caller has heard why.
  target_ = failed(failure);
  news_.notify_all();
}

Task<void> ShareMember::run() {
  Loop& loop = group_.cluster().loop();
  Backoff backoff = group_.cluster().retry_backoff();
  SteadyTime next = loop.now();
  while (!tasks_.stopping()) {
    if (!wants_in_) {
      co_await wanted_.wait();
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
      target_ = std::set<TopicPartition>{};
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

Task<Outcome<void>> ShareMember::beat() {
  const SteadyTime deadline = group_.cluster().request_deadline();
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return failed(node.error());
  if (!wants_in_) co_return Outcome<void>{};  // It has left while its coordinator was looked for.
  asked_ = true;
  woken_ = false;  // All that it was woken for is told now.
  const bool joins = !is_member();
  const std::set<std::string> topics = topics_;  // Viewed by the request while its answer is awaited.
  const bool tells = std::exchange(subscription_changed_, false) || joins;
  wire::ShareGroupHeartbeatRequest request;
  request.group_id = group_.group_id();
  request.member_id = member_id_;
  request.member_epoch = joins ? kJoiningEpoch : epoch_;
  if (joins && !config_.client.client_rack.empty()) request.rack_id = config_.client.client_rack;
  if (tells) request.subscribed_topic_names.emplace(topics.begin(), topics.end());
  const int departures = departures_;
  const auto answer = co_await (*node)->ask(request, deadline);
  Outcome<void> said = answer ? outcome_of((*answer)->error_code, "heartbeat to group " + group_.group_id(),
                                           (*answer)->error_message)
                              : Outcome<void>(failed(answer.error()));
  if (!said) {
    subscription_changed_ |= tells;
    co_return said;
  }
  if (departures_ != departures) co_return Outcome<void>{};  // It has left, and nothing of this holds any more.
  co_return co_await follow(**answer);
}

Task<Outcome<void>> ShareMember::follow(const Response& response) {
  Cluster& cluster = group_.cluster();
  epoch_ = response.member_epoch;
  interval_ = std::max(milliseconds(response.heartbeat_interval_ms), milliseconds(1));
  if (!response.assignment) co_return Outcome<void>{};
  const auto unnamed = [&](const auto& topic) { return cluster.view().name_of(topic.topic_id).empty(); };
  if (std::ranges::any_of(response.assignment->topic_partitions, unnamed)) {
    const std::vector<std::string> names(topics_.begin(), topics_.end());
    const auto described = co_await cluster.describe_topics(names, false, cluster.request_deadline());
    if (!described) {
      subscription_changed_ = true;  // A full request is answered with all of it again.
      co_return failed(described.error());
    }
  }
  std::set<TopicPartition> target;
  for (const auto& topic : response.assignment->topic_partitions) {
    const std::string name(cluster.view().name_of(topic.topic_id));
    if (name.empty()) {
      subscription_changed_ = true;
      co_return failed(ErrorCode::unknown_topic_id, "the topic with id {} is not known to the brokers",
                       topic.topic_id.text());
    }
    for (const PartitionIndex partition : topic.partitions) target.insert({name, partition});
  }
  target_ = std::move(target);
  news_.notify_all();
  co_return Outcome<void>{};
}

Task<void> ShareMember::leave(SteadyTime deadline) {
  wants_in_ = false;
  ++departures_;
  epoch_ = 0;
  if (!std::exchange(asked_, false)) co_return;  // A join whose answer is still to come counts.
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return;
  wire::ShareGroupHeartbeatRequest request;
  request.group_id = group_.group_id();
  request.member_id = member_id_;
  request.member_epoch = kLeavingEpoch;
  // Without an answer the coordinator finds out by itself, when the session is over.
  (void)co_await (*node)->ask(request, deadline);
}

Task<void> ShareMember::close() {
  tasks_.stop();
  wanted_.notify_all();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
