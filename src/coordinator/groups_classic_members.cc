// coordinator/groups_classic_members.cc: members of the classic protocol in a consumer group. To them the member
// epoch is the generation; a rebalance is theirs alone: a heartbeat tells the member to join again, the JoinGroup
// is answered at once, and the SyncGroup fetches what it has been assigned.
#include <algorithm>
#include <utility>

#include "coordinator/consumer_embedding.h"
#include "coordinator/consumer_records.h"
#include "coordinator/groups.h"

namespace sluice {
namespace {

constexpr std::int16_t kMemberIdRequiredFrom = 4;  // KIP-394

std::chrono::milliseconds milliseconds(std::int32_t ms) { return std::chrono::milliseconds(std::max(ms, 0)); }

Granted<const ConsumerMember*> classic_member(const ConsumerGroup& group, std::string_view member_id,
                                              std::optional<std::string_view> instance_id) {
  const ConsumerMember* member = instance_id ? group.by_instance(instance_id) : group.find(member_id);
  if (member == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", member_id, group.id());
  if (instance_id && member->id != member_id)
    return refused(ErrorCode::fenced_instance_id, "Static member {} with instance id {} was fenced by member {}.",
                   member_id, *instance_id, member->id);
  if (!member->classic)
    return refused(ErrorCode::unknown_member_id, "Member {} does not use the classic protocol.", member_id);
  return member;
}

void expect_join(const GroupStep& step, ConsumerGroup& group, const ConsumerMember& member) {
  if (!group.timers.joins.contains(member.id))
    group.timers.joins.set(member.id, step.now + member.rebalance_timeout());
}

void expect_heartbeat(const GroupStep& step, ConsumerGroup& group, const ConsumerMember& member) {
  group.timers.sessions.set(member.id, step.now + milliseconds(member.classic->session_timeout_ms));
}

/// Whether what the member waits for is still held by others.
bool waits_for_others(const ConsumerGroup& group, const ConsumerMember& member) {
  for (const auto& [topic, partitions] : group.target(member.id))
    for (const PartitionIndex partition : partitions)
      if (!contains(member.assigned, topic, partition) && contains(group.held(), topic, partition)) return true;
  return false;
}

std::vector<GroupProtocol> protocols_of(const wire::JoinGroupRequest& request) {
  std::vector<GroupProtocol> protocols;
  for (const auto& protocol : request.protocols)
    protocols.push_back({std::string(protocol.name), std::string(as_text(protocol.metadata))});
  return protocols;
}

}  // namespace

void Groups::join_consumer_group(GroupStep& step, ConsumerGroup& group, const wire::JoinGroupRequest& request,
                                 const GroupClient& client, WaitId wait, std::string new_member_id) {
  const std::string id = request.member_id.empty() ? std::move(new_member_id) : std::string(request.member_id);
  const std::string group_id = group.id();
  Granted<JoinAnswer> joined = join_as_classic(step, group, request, client, id);
  step.end(wait, joined ? std::move(*joined) : JoinAnswer::failed(joined.error().code, request.member_id));
  watch(group_id);
}

Granted<JoinAnswer> Groups::join_as_classic(GroupStep& step, ConsumerGroup& group,
                                            const wire::JoinGroupRequest& request, const GroupClient& client,
                                            std::string member_id) {
  const bool is_unknown = request.member_id.empty();
  const ConsumerMember* holder = group.by_instance(request.group_instance_id);
  if (step.options.consumer.migration == MigrationPolicy::disabled)
    return refused(ErrorCode::inconsistent_group_protocol,
                   "Cannot join the consumer group {} with the classic protocol because the group migration is "
                   "disabled.",
                   group.id());
  if (holder == nullptr && group.members().size() >= step.options.consumer.size_max &&
      group.find(member_id) == nullptr)
    return refused(ErrorCode::group_max_size_reached, "The consumer group has reached its maximum capacity.");
  const bool speaks =
      request.protocol_type == "consumer" && std::ranges::any_of(request.protocols, [&](const auto& protocol) {
        return group.supports_classic_protocol(protocol.name);
      });
  if (!speaks)
    return refused(ErrorCode::inconsistent_group_protocol, "Member {}'s protocols are not supported.", member_id);
  if (is_unknown && !request.group_instance_id && client.version >= kMemberIdRequiredFrom)
    return JoinAnswer::failed(ErrorCode::member_id_required, member_id);
  if (request.group_instance_id && !is_unknown && holder == nullptr)
    return refused(ErrorCode::unknown_member_id, "Instance id {} is unknown.", *request.group_instance_id);
  if (request.group_instance_id && !is_unknown && holder->id != member_id)
    return refused(ErrorCode::fenced_instance_id, "Static member {} was fenced by member {}.", member_id,
                   holder->id);
  const Result<EmbeddedSubscription> subscription =
      read_subscription(as_text(request.protocols.front().metadata), cluster_.image->topics);
  if (!subscription)
    return refused(ErrorCode::unknown_server_error, "The subscription cannot be read: {}",
                   subscription.error().what);

  ConsumerMember before;
  std::optional<std::string> replaces;
  bool downgrades = false;
  if (holder != nullptr) {
    before = *holder;
    downgrades = may_downgrade(step, group, {holder->id}, group.members().size());
    if (is_unknown) {
      before.epoch = before.previous_epoch = kJoiningEpoch;
      replaces = std::exchange(before.id, member_id);
    }
  } else if (const ConsumerMember* present = group.find(member_id); present != nullptr) {
    before = *present;
  } else {
    before.id = member_id;
  }
  ConsumerMember after = before;
  if (request.group_instance_id) after.instance_id = *request.group_instance_id;
  if (subscription->rack_id) after.rack_id = subscription->rack_id;
  if (request.rebalance_timeout_ms != -1) after.rebalance_timeout_ms = request.rebalance_timeout_ms;
  after.topics = subscription->topics;
  after.pattern.clear();
  after.client_id = client.client_id;
  after.client_host = client.host;
  after.classic = {.session_timeout_ms = request.session_timeout_ms, .protocols = protocols_of(request)};
  if (const Result<CoordinatorRecord> record = consumer_records::member(group.id(), after);
      !record || record->size() > step.options.record_bytes_max)
    return refused(ErrorCode::invalid_request, "What the member says does not fit into a record.");

  if (replaces) replace_member(step, group, *replaces, before);
  const bool subscription_changed = put_subscriptions(step, group, before, after);
  JoinAnswer answer;
  answer.member_id = after.id;
  answer.protocol_type = "consumer";
  answer.protocol = after.classic->protocols.front().name;
  if (downgrades) {
    const bool is_stale = group.target_epoch().epoch < group.epoch();
    if (!is_stale) after = reconcile_member(step, group, after, subscription_changed, subscription->owned);
    answer.generation = after.epoch;
    downgrade(step, group, {}, is_stale);
    return answer;
  }
  update_targets(step, group);
  after = reconcile_member(step, group, after, subscription_changed, subscription->owned);
  answer.generation = after.epoch;
  group.timers.joins.cancel(after.id);
  expect_heartbeat(step, group, after);
  group.timers.syncs.set(after.id, step.now + milliseconds(request.rebalance_timeout_ms));
  return answer;
}

Granted<SyncAnswer> Groups::sync_in_consumer_group(GroupStep& step, ConsumerGroup& group,
                                                   const wire::SyncGroupRequest& request) {
  const Granted<const ConsumerMember*> found = classic_member(group, request.member_id, request.group_instance_id);
  if (!found) return refused(found.error());
  const ConsumerMember& member = **found;
  if (member.epoch != request.generation_id)
    return refused(ErrorCode::illegal_generation, "Generation {} is not the member's, which is {}.",
                   request.generation_id, member.epoch);
  const GroupProtocol* spoken = member.classic->protocols.empty() ? nullptr : &member.classic->protocols.front();
  if (spoken == nullptr || (request.protocol_type && *request.protocol_type != "consumer") ||
      (request.protocol_name && *request.protocol_name != spoken->name))
    return refused(ErrorCode::inconsistent_group_protocol, "The protocol is not that of the join.");
  if (group.epoch() > member.epoch && member.state != MemberState::unrevoked_partitions) {
    expect_join(step, group, member);
    return refused(ErrorCode::rebalance_in_progress, "Member {} should rejoin to catch up.", member.id);
  }
  const Result<std::int16_t> version = leading_number(as_bytes(spoken->metadata));
  Result<std::string> assignment =
      write_assignment(without_epochs(member.assigned), cluster_.image->topics, version.value_or(0));
  if (!assignment)
    return refused(ErrorCode::unknown_server_error, "The assignment cannot be written: {}",
                   assignment.error().what);
  group.timers.syncs.cancel(member.id);
  expect_heartbeat(step, group, member);
  SyncAnswer answer;
  if (request.protocol_type) answer.protocol_type = *request.protocol_type;
  if (request.protocol_name) answer.protocol = *request.protocol_name;
  answer.assignment = std::move(*assignment);
  return answer;
}

Granted<void> Groups::heartbeat_in_consumer_group(GroupStep& step, ConsumerGroup& group,
                                                  const wire::HeartbeatRequest& request) {
  const Granted<const ConsumerMember*> found = classic_member(group, request.member_id, request.group_instance_id);
  if (!found) return refused(found.error());
  const ConsumerMember& member = **found;
  if (member.epoch != request.generation_id)
    return refused(ErrorCode::illegal_generation, "Generation {} is not the member's, which is {}.",
                   request.generation_id, member.epoch);
  expect_heartbeat(step, group, member);
  const bool should_join =
      member.epoch < group.epoch() || member.state == MemberState::unrevoked_partitions ||
      (member.state == MemberState::unreleased_partitions && !waits_for_others(group, member));
  if (!should_join) return {};
  expect_join(step, group, member);
  return refused(ErrorCode::rebalance_in_progress, "Member {} should rejoin.", member.id);
}

LeaveAnswer Groups::leave_as_classic(GroupStep& step, ConsumerGroup& group,
                                     const std::vector<wire::LeaveGroupRequest::MemberIdentity>& members) {
  LeaveAnswer answer;
  std::set<std::string> leaving;
  for (const auto& identity : members) {
    const auto& instance_id = identity.group_instance_id;
    const ConsumerMember* member = instance_id ? group.by_instance(instance_id) : group.find(identity.member_id);
    // An administrator knows static members by their instance id only.
    const bool is_fenced =
        member != nullptr && instance_id && !identity.member_id.empty() && member->id != identity.member_id;
    answer.members.push_back(member == nullptr ? ErrorCode::unknown_member_id
                             : is_fenced       ? ErrorCode::fenced_instance_id
                                               : ErrorCode::none);
    if (answer.members.back() == ErrorCode::none) leaving.insert(member->id);
  }
  fence(step, group, leaving);
  return answer;
}

}  // namespace sluice
