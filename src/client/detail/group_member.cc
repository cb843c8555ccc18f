#include "client/detail/group_member.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/api/heartbeat.h"
#include "wire/api/leave_group.h"
#include "wire/api/sync_group.h"

namespace sluice::client::detail {
namespace {

using wire::JoinGroupRequest;
using wire::SyncGroupRequest;

std::int32_t in_ms(milliseconds time) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(time.count(), std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

GroupMember::GroupMember(GroupClient& group, const ConsumerConfig& config, Event& news)
    : group_(group),
      config_(config),
      news_(news),
      tasks_(group.cluster().loop()),
      beat_wanted_(group.cluster().loop()) {
  for (const std::string& name : config.partition_assignment_strategy) assignors_.push_back(find_assignor(name));
  cooperative_ = std::ranges::all_of(assignors_, &Assignor::cooperative);
  membership_.instance_id = config.group_instance_id;
  polled();
}

void GroupMember::subscribe(std::set<std::string> topics) {
  if (topics == topics_) return;
  topics_ = std::move(topics);
  request_join();
}

void GroupMember::request_join() {
  needs_join_ = true;
  news_.notify_all();
}

void GroupMember::lose_membership(bool forget_id) {
  lost_ = lost_ || is_member();
  membership_.generation = -1;
  if (forget_id) membership_.member_id.clear();
  assigned_sizes_.reset();
  request_join();
}

/// Makes of a failure what it means for the membership. False where trying again is of no use.
bool GroupMember::settle(const Failure& failure) {
  group_.note(failure);
  switch (failure.code) {
    case ErrorCode::unknown_member_id: lose_membership(true); return true;
    case ErrorCode::illegal_generation: lose_membership(false); return true;
    case ErrorCode::rebalance_in_progress: request_join(); return true;
    case ErrorCode::member_id_required: return true;
    default: return failure.retriable();
  }
}

void GroupMember::start_join(std::vector<TopicPartition> owned) {
  SLUICE_ASSERT(!joining_);
  joining_ = true;
  needs_join_ = false;
  tasks_.start(join(std::move(owned)));
}

std::optional<Outcome<std::set<TopicPartition>>> GroupMember::take_joined() {
  return std::exchange(joined_, std::nullopt);
}

Task<void> GroupMember::join(std::vector<TopicPartition> owned) {
  Loop& loop = group_.cluster().loop();
  Backoff backoff = group_.cluster().retry_backoff();
  while (!tasks_.stopping()) {
    needs_join_ = false;
    if (lost_) owned.clear();
    Outcome<std::set<TopicPartition>> joined = co_await join_once(owned);
    if (joined) {
      joined_ = std::move(joined);
      break;
    }
    const ErrorCode code = joined.error().code;
    if (!settle(joined.error())) {
      joined_ = std::move(joined);
      break;
    }
    const bool at_once = code == ErrorCode::member_id_required || code == ErrorCode::rebalance_in_progress;
    if (!at_once) (void)co_await tasks_.sleep_until(loop.now() + backoff.next(loop));
  }
  joining_ = false;
  if (is_member() && !beating_ && !tasks_.stopping()) {
    beating_ = true;
    tasks_.start(beat());
  }
  beat_wanted_.notify_all();
  news_.notify_all();
}

Task<Outcome<std::set<TopicPartition>>> GroupMember::join_once(const std::vector<TopicPartition>& owned) {
  const Outcome<Answer<JoinResponse>> answer = co_await send_join(owned);
  if (!answer) co_return failed(answer.error());
  const JoinResponse& joined = **answer;
  if (joined.error_code == ErrorCode::member_id_required) membership_.member_id = joined.member_id;
  const Outcome<void> said = outcome_of(joined.error_code, "joining group " + group_.group_id());
  if (!said) co_return failed(said.error());
  membership_.member_id = joined.member_id;
  Outcome<std::set<TopicPartition>> synced = co_await sync(joined);
  if (!synced) co_return synced;
  membership_.generation = joined.generation_id;
  last_assigned_ = {{synced->begin(), synced->end()}, joined.generation_id};
  co_return synced;
}

Result<Buffer> GroupMember::subscription_for(const Assignor& assignor,
                                             const std::vector<TopicPartition>& owned) const {
  ConsumerSubscription subscription;
  subscription.topics.assign(topics_.begin(), topics_.end());
  subscription.generation = membership_.generation;
  if (!config_.client.client_rack.empty()) subscription.rack_id = config_.client.client_rack;
  subscription.owned = owned;
  if (assignor.tells_owned_as_data) {
    subscription.user_data = encode(last_assigned_);
    subscription.has_user_data = true;
  } else if (assignor.cooperative) {
    // Its own note of the generation, for brokers that do not carry the subscription's newest version.
    subscription.user_data = Buffer(sizeof(std::int32_t));
    store(subscription.user_data.bytes(), 0, membership_.generation);
    subscription.has_user_data = true;
  }
  return encode(subscription);
}

Task<Outcome<Answer<wire::JoinGroupResponse>>> GroupMember::send_join(const std::vector<TopicPartition>& owned) {
  Cluster& cluster = group_.cluster();
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(cluster.request_deadline());
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::join_group);
  if (!version) co_return failed(version.error());

  JoinGroupRequest request;
  request.group_id = group_.group_id();
  request.session_timeout_ms = in_ms(config_.session_timeout);
  request.rebalance_timeout_ms = in_ms(config_.max_poll_interval);
  request.member_id = membership_.member_id;
  if (*version >= 5 && membership_.instance_id) request.group_instance_id = *membership_.instance_id;
  request.protocol_type = kConsumerProtocol;
  std::vector<Buffer> subscriptions;
  for (const Assignor* assignor : assignors_) {
    Result<Buffer> subscription = subscription_for(*assignor, owned);
    if (!subscription) co_return failed(failure_of(subscription.error()));
    subscriptions.push_back(std::move(*subscription));
  }
  for (std::size_t i = 0; i < assignors_.size(); ++i) {
    JoinGroupRequest::JoinGroupRequestProtocol protocol;
    protocol.name = assignors_[i]->name;
    protocol.metadata = subscriptions[i].bytes();
    request.protocols.push_back(protocol);
  }
  // The coordinator answers when all members have come, for which it gives them the rebalance timeout.
  const SteadyTime deadline = cluster.loop().now() + std::max(config_.client.request_timeout,
                                                              config_.max_poll_interval + milliseconds(5'000));
  co_return co_await (*node)->call(request, *version, deadline);
}

Task<Outcome<std::set<TopicPartition>>> GroupMember::sync(const JoinResponse& joined) {
  Cluster& cluster = group_.cluster();
  GroupAssignment assignment;
  assigned_sizes_.reset();
  if (joined.leader == joined.member_id && !joined.skip_assignment) {
    Outcome<GroupAssignment> made = co_await assign_as_leader(joined);
    if (!made) co_return failed(std::move(made.error()));
    assignment = std::move(*made);
  }
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(cluster.request_deadline());
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::sync_group);
  if (!version) co_return failed(version.error());

  SyncGroupRequest request;
  request.group_id = group_.group_id();
  request.generation_id = joined.generation_id;
  request.member_id = joined.member_id;
  if (*version >= 3 && membership_.instance_id) request.group_instance_id = *membership_.instance_id;
  request.protocol_type = kConsumerProtocol;
  request.protocol_name = joined.protocol_name;
  std::vector<Buffer> encoded;
  for (const auto& [member, partitions] : assignment) {
    Result<Buffer> bytes = encode_assignment(partitions);
    if (!bytes) co_return failed(failure_of(bytes.error()));
    encoded.push_back(std::move(*bytes));
  }
  std::size_t next = 0;
  for (const auto& [member, partitions] : assignment) {
    SyncGroupRequest::SyncGroupRequestAssignment item;
    item.member_id = member;
    item.assignment = encoded[next++].bytes();
    request.assignments.push_back(item);
  }
  const SteadyTime deadline = cluster.loop().now() + std::max(config_.client.request_timeout,
                                                              config_.max_poll_interval + milliseconds(5'000));
  const auto answer = co_await (*node)->call(request, *version, deadline);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "syncing group " + group_.group_id());
  if (!said) co_return failed(said.error());
  Result<std::vector<TopicPartition>> mine = decode_assignment((*answer)->assignment);
  if (!mine) co_return failed(failure_of(mine.error()));
  co_return std::set<TopicPartition>(mine->begin(), mine->end());
}

Task<Outcome<GroupAssignment>> GroupMember::assign_as_leader(const JoinResponse& joined) {
  const Assignor* assignor = find_assignor(joined.protocol_name.value_or(""));
  if (assignor == nullptr)
    co_return failed(ErrorCode::inconsistent_group_protocol,
                     "the group has chosen the assignor {}, which is unknown",
                     joined.protocol_name.value_or("null"));
  GroupSubscription members;
  std::set<std::string> topics;
  for (const auto& member : joined.members) {
    Result<ConsumerSubscription> told = decode_subscription(member.metadata);
    if (!told) co_return failed(failure_of(told.error()));
    MemberSubscription subscription{.topics = std::move(told->topics),
                                    .instance_id = std::nullopt,
                                    .owned = std::move(told->owned),
                                    .generation = told->generation};
    if (member.group_instance_id) subscription.instance_id = *member.group_instance_id;
    const Bytes data = told->user_data.bytes();
    if (assignor->tells_owned_as_data && told->has_user_data) {
      if (Result<StickyUserData> sticky = decode_sticky_user_data(data)) {
        subscription.owned = std::move(sticky->owned);
        subscription.generation = sticky->generation;
      }
    } else if (assignor->cooperative && subscription.generation < 0 && data.size() >= sizeof(std::int32_t)) {
      subscription.generation = load<std::int32_t>(data, 0);
    }
    topics.insert(subscription.topics.begin(), subscription.topics.end());
    members.emplace(std::string(member.member_id), std::move(subscription));
  }
  // Also of topics that only others want: whoever leads watches them all.
  Cluster& cluster = group_.cluster();
  for (const std::string& topic : topics) cluster.want_topic(topic);
  const auto described =
      co_await cluster.describe_topics(std::vector<std::string>(topics.begin(), topics.end()),
                                       config_.client.allow_auto_create_topics, cluster.request_deadline());
  if (!described) co_return failed(described.error());
  TopicSizes sizes;
  for (const TopicInfo& topic : topics_of(**described))
    if (topic.error == ErrorCode::none)
      sizes.emplace(topic.name, static_cast<std::int32_t>(topic.partitions.size()));
  assigned_sizes_ = sizes;
  for (const std::string& topic : topics) assigned_sizes_->try_emplace(topic, 0);
  co_return assignor->assign(sizes, members);
}

void GroupMember::look_at_metadata() {
  if (!assigned_sizes_ || !is_member() || needs_join_ || joining_) return;
  for (const auto& [name, size] : *assigned_sizes_) {
    const TopicInfo* topic = group_.cluster().view().find_topic(name);
    if (topic == nullptr) continue;
    // A topic that cannot be described now may be back soon; it is gone for good when a broker says so.
    const bool gone = topic->error == ErrorCode::unknown_topic_or_partition;
    if (topic->error != ErrorCode::none && !gone) continue;
    const auto now = gone ? 0 : static_cast<std::int32_t>(topic->partitions.size());
    if (now == size) continue;
    assigned_sizes_.reset();
    request_join();
    return;
  }
}

Task<void> GroupMember::beat() {
  Loop& loop = group_.cluster().loop();
  SteadyTime last_answer = loop.now();
  SteadyTime next = loop.now() + config_.heartbeat_interval;
  while (!tasks_.stopping()) {
    if (joining_ || !is_member()) {
      co_await beat_wanted_.wait();
      last_answer = loop.now();
      next = loop.now() + config_.heartbeat_interval;
      continue;
    }
    const bool stopped = co_await tasks_.sleep_until(next);
    if (stopped || joining_ || !is_member()) continue;
    if (loop.now() - last_poll_ > config_.max_poll_interval) {
      // Whoever owns the consumer is stuck: others shall read on.
      co_await leave(group_.cluster().request_deadline());
      lose_membership(true);
      continue;
    }
    const Outcome<void> done = co_await beat_once();
    if (joining_ || tasks_.stopping()) continue;
    if (done) {
      last_answer = loop.now();
    } else if (done.error().code == ErrorCode::fenced_instance_id) {
      lose_membership(true);
      joined_ = failed(done.error());  // For the next poll: another process runs under the same instance id.
    } else {
      (void)settle(done.error());
      if (loop.now() - last_answer > config_.session_timeout) lose_membership(false);
    }
    const milliseconds wait =
        done || !done.error().retriable() ? config_.heartbeat_interval : config_.client.retry_backoff;
    next = loop.now() + wait;
  }
  beating_ = false;
}

Task<Outcome<void>> GroupMember::beat_once() {
  wire::HeartbeatRequest request;
  const Membership as = membership_;
  request.group_id = group_.group_id();
  request.generation_id = as.generation;
  request.member_id = as.member_id;
  Cluster& cluster = group_.cluster();
  const SteadyTime deadline = cluster.request_deadline(cluster.loop().now() + config_.session_timeout);
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::heartbeat);
  if (!version) co_return failed(version.error());
  if (*version >= 3 && as.instance_id) request.group_instance_id = *as.instance_id;
  const auto answer = co_await (*node)->call(request, *version, deadline);
  if (!answer) co_return failed(answer.error());
  if (as != membership_) co_return Outcome<void>{};  // About a membership that is over.
  co_return outcome_of((*answer)->error_code, "heartbeat to group " + group_.group_id());
}

Task<void> GroupMember::leave(SteadyTime deadline) {
  const Membership as = membership_;
  membership_.generation = -1;
  if (as.member_id.empty() || as.instance_id) co_return;
  membership_.member_id.clear();
  const Outcome<std::shared_ptr<Node>> node = co_await group_.coordinator(deadline);
  if (!node) co_return;
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::leave_group);
  if (!version) co_return;
  wire::LeaveGroupRequest request;
  request.group_id = group_.group_id();
  if (*version >= 3) {
    wire::LeaveGroupRequest::MemberIdentity member;
    member.member_id = as.member_id;
    request.members.push_back(member);
  } else {
    request.member_id = as.member_id;
  }
  // Without an answer the coordinator finds out by itself, when the session is over.
  (void)co_await (*node)->call(request, *version, deadline);
}

Task<void> GroupMember::close() {
  tasks_.stop();
  beat_wanted_.notify_all();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
