// coordinator/groups_consumer.cc: the heartbeat of the consumer protocol (KIP-848): everything that may be refused
// is looked at first; then records are made, each taking effect at once, so that the next one is decided upon what
// the log will say.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/consumer_records.h"
#include "coordinator/groups.h"
#include "coordinator/reconciliation.h"
#include "coordinator/target_assignment.h"
#include "coordinator/topic_pattern.h"

namespace sluice {
namespace {

using wire::ConsumerGroupHeartbeatRequest;

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

Granted<void> check_texts(const ConsumerGroupHeartbeatRequest& request, std::int16_t version) {
  const bool needs_id = version >= 1 || request.member_epoch > 0 || request.member_epoch == kLeavingEpoch;
  if (needs_id && is_blank(request.member_id))
    return refused(ErrorCode::invalid_request, "MemberId can't be empty.");
  if (is_blank(request.group_id)) return refused(ErrorCode::invalid_request, "GroupId can't be empty.");
  if (request.instance_id && is_blank(*request.instance_id))
    return refused(ErrorCode::invalid_request, "InstanceId can't be empty.");
  if (request.rack_id && is_blank(*request.rack_id))
    return refused(ErrorCode::invalid_request, "RackId can't be empty.");
  return {};
}

Granted<void> check_epoch_and_fields(const ConsumerGroupHeartbeatRequest& request) {
  if (request.member_epoch == kJoiningEpoch) {
    if (request.rebalance_timeout_ms == -1)
      return refused(ErrorCode::invalid_request, "RebalanceTimeoutMs must be provided in first request.");
    if (!request.topic_partitions || !request.topic_partitions->empty())
      return refused(ErrorCode::invalid_request, "TopicPartitions must be empty when (re-)joining.");
    if (!request.subscribed_topic_names && !request.subscribed_topic_regex)
      return refused(ErrorCode::invalid_request,
                     "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  } else if (request.member_epoch == kStaticLeavingEpoch) {
    if (!request.instance_id) return refused(ErrorCode::invalid_request, "InstanceId can't be null.");
  } else if (request.member_epoch < kStaticLeavingEpoch) {
    return refused(ErrorCode::invalid_request, "MemberEpoch is invalid.");
  }
  return {};
}

Granted<void> check_assignor(const ConsumerGroupHeartbeatRequest& request, const ConsumerGroupOptions& options) {
  if (!request.server_assignor ||
      std::ranges::find(options.assignors, *request.server_assignor) != options.assignors.end())
    return {};
  return refused(ErrorCode::unsupported_assignor, "ServerAssignor {} is not supported. Supported assignors: {}.",
                 *request.server_assignor, fmt::join(options.assignors, ", "));
}

std::optional<AssignedPartitions> reported_of(const ConsumerGroupHeartbeatRequest& request) {
  if (!request.topic_partitions) return std::nullopt;
  AssignedPartitions reported;
  for (const auto& topic : *request.topic_partitions)
    if (!topic.partitions.empty())
      reported[topic.topic_id].insert(topic.partitions.begin(), topic.partitions.end());
  return reported;
}

bool has_only(const std::optional<AssignedPartitions>& reported, const PartitionEpochs& assigned) {
  return reported && std::ranges::all_of(*reported, [&](const auto& topic) {
           return std::ranges::all_of(topic.second,
                                      [&](PartitionIndex p) { return contains(assigned, topic.first, p); });
         });
}

// The member may not have got the answer that told it of its epoch. As long as it holds nothing that it should
// not, it may go on.
Granted<void> check_epoch(const ConsumerMember& member, const ConsumerGroupHeartbeatRequest& request) {
  const std::int32_t received = request.member_epoch;
  if (received == kJoiningEpoch || received == member.epoch) return {};
  if (received > member.epoch)
    return refused(ErrorCode::fenced_member_epoch,
                   "The consumer group member has a greater member epoch ({}) than the one known by the group "
                   "coordinator ({}). The member must abandon all its partitions and rejoin.",
                   received, member.epoch);
  if (received == member.previous_epoch && has_only(reported_of(request), member.assigned)) return {};
  return refused(ErrorCode::fenced_member_epoch,
                 "The consumer group member has a smaller member epoch ({}) than the one known by the group "
                 "coordinator ({}). The member must abandon all its partitions and rejoin.",
                 received, member.epoch);
}

ConsumerMember updated_by(ConsumerMember member, const ConsumerGroupHeartbeatRequest& request,
                          const GroupClient& client) {
  if (request.instance_id) member.instance_id = *request.instance_id;
  if (request.rack_id) member.rack_id = *request.rack_id;
  if (request.rebalance_timeout_ms != -1) member.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.server_assignor) member.assignor = *request.server_assignor;
  if (request.subscribed_topic_names)
    member.topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  if (request.subscribed_topic_regex) member.pattern = *request.subscribed_topic_regex;
  member.client_id = client.client_id;
  member.client_host = client.host;
  member.classic.reset();
  return member;
}

Granted<void> check_fits(const GroupStep& step, std::string_view group_id, const ConsumerMember& member) {
  const Result<CoordinatorRecord> record = consumer_records::member(group_id, member);
  if (record && record->size() <= step.options.record_bytes_max &&
      consumer_records::no_pattern(group_id, member.pattern))
    return {};
  return refused(ErrorCode::invalid_request, "What the member subscribes to does not fit into a record.");
}

bool is_full_request(const ConsumerGroupHeartbeatRequest& request) {
  return request.rebalance_timeout_ms != -1 &&
         (request.subscribed_topic_names || request.subscribed_topic_regex) && request.topic_partitions;
}

}  // namespace

/// A request that has been looked at, and how things were before it.
struct Groups::Joining {
  std::optional<ConsumerGroup> upgraded;  ///< What the classic group of the name would become.
  const ConsumerGroup* group = nullptr;   ///< Null: there is none yet.
  ConsumerMember member;                  ///< As the group has it, or new.
  std::optional<std::string> replaces;    ///< The id that a static member went by until now.
};

void Groups::emit(GroupStep& step, Result<CoordinatorRecord> record) {
  // Names came in requests and have been in records' size before, so that what cannot be encoded is a bug.
  SLUICE_ASSERT(record.has_value());
  const std::optional<Bytes> value = record->value ? std::optional<Bytes>(record->value->bytes()) : std::nullopt;
  const Result<void> replayed = replay_consumer({{}, std::nullopt, record->key.bytes(), value});
  SLUICE_ASSERT(replayed.has_value());
  step.effects.records.push_back(std::move(*record));
}

ConsumerHeartbeatAnswer Groups::consumer_heartbeat(GroupStep& step, const ConsumerRequest& request,
                                                   const GroupClient& client, std::string new_member_id) {
  Granted<void> valid = check_texts(request, client.version);
  if (valid) valid = check_epoch_and_fields(request);
  if (valid) valid = check_assignor(request, step.options.consumer);
  if (!valid) return ConsumerHeartbeatAnswer::failed(std::move(valid.error()));
  Granted<ConsumerHeartbeatAnswer> answer = request.member_epoch < 0
                                                ? leave_consumer_group(step, request)
                                                : beat(step, request, client, std::move(new_member_id));
  watch(request.group_id);
  if (!answer) return ConsumerHeartbeatAnswer::failed(std::move(answer.error()));
  return std::move(*answer);
}

Granted<Groups::Joining> Groups::look_at_group(const GroupStep& step, const ConsumerRequest& request) {
  Joining joining;
  joining.group = find_consumer_group(request.group_id);
  if (joining.group == nullptr) {
    const ClassicGroup* classic = find(request.group_id);
    const bool joins = request.member_epoch == kJoiningEpoch;
    if (streams_.find(request.group_id) != nullptr || (classic != nullptr && !joins))
      return refused(ErrorCode::group_id_not_found, "Group {} is not a consumer group.", request.group_id);
    if (!joins) return refused(ErrorCode::group_id_not_found, "Consumer group {} not found.", request.group_id);
    if (classic != nullptr && classic->state() != ClassicState::empty) {
      Granted<ConsumerGroup> made = upgraded(step, *classic);
      if (!made) return refused(std::move(made.error()));
      joining.upgraded = std::move(*made);
    }
  }
  return joining;
}

Granted<void> Groups::look_at_member(const ConsumerRequest& request, std::string_view member_id,
                                     Joining& joining) const {
  const bool joins = request.member_epoch == kJoiningEpoch;
  const ConsumerMember* present = joining.group ? joining.group->find(member_id) : nullptr;
  if (request.instance_id) {
    const ConsumerMember* holder = joining.group ? joining.group->by_instance(request.instance_id) : nullptr;
    if (joins && holder != nullptr) {
      if (!holder->classic && holder->epoch != kStaticLeavingEpoch)
        return refused(
            ErrorCode::unreleased_instance_id,
            "Static member {} with instance id {} cannot join the group because the instance id is owned "
            "by {} member.",
            member_id, *request.instance_id, holder->id);
      joining.member = *holder;
      joining.member.epoch = joining.member.previous_epoch = kJoiningEpoch;
      joining.replaces = std::exchange(joining.member.id, std::string(member_id));
      return {};
    }
    if (!joins && holder == nullptr)
      return refused(ErrorCode::unknown_member_id, "Instance id {} is unknown.", *request.instance_id);
    if (!joins && holder->id != member_id)
      return refused(ErrorCode::fenced_instance_id,
                     "Static member {} with instance id {} was fenced by member {}.", member_id,
                     *request.instance_id, holder->id);
    if (!joins) present = holder;
  }
  if (present == nullptr && !joins)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", member_id,
                   request.group_id);
  if (present == nullptr) {
    joining.member.id = member_id;
    return {};
  }
  joining.member = *present;
  return check_epoch(*present, request);
}

/// The group, in memory. A new one is recorded with its first member; a classic one is replaced.
ConsumerGroup& Groups::establish(GroupStep& step, std::string_view id, Joining& joining) {
  if (ConsumerGroup* group = find_consumer_group(id); group != nullptr) return *group;
  if (ClassicGroup* classic = find(id); classic != nullptr) replace_classic(step, *classic);
  ConsumerGroup& group = consumers_.emplace(std::string(id), ConsumerGroup(std::string(id))).first->second;
  if (!joining.upgraded) return group;
  const ConsumerGroup& made = *joining.upgraded;
  for (const auto& [member_id, member] : made.members()) emit(step, consumer_records::member(id, member));
  emit(step, consumer_records::group_epoch(id, made.epoch(), made.metadata_hash()));
  for (const auto& [member_id, target] : made.targets())
    emit(step, consumer_records::target(id, member_id, target));
  emit(step, consumer_records::target_epoch(id, made.target_epoch()));
  for (const auto& [member_id, member] : made.members()) {
    emit(step, consumer_records::assignment(id, member));
    group.timers.sessions.set(member_id, step.now + std::chrono::milliseconds(member.classic->session_timeout_ms));
  }
  return group;
}

void Groups::replace_member(GroupStep& step, ConsumerGroup& group, const std::string& old_id,
                            const ConsumerMember& replacement) {
  const AssignedPartitions target = group.target(old_id);
  emit(step, consumer_records::no_assignment(group.id(), old_id));
  emit(step, consumer_records::no_target(group.id(), old_id));
  emit(step, consumer_records::no_member(group.id(), old_id));
  emit(step, consumer_records::member(group.id(), replacement));
  emit(step, consumer_records::target(group.id(), replacement.id, target));
  emit(step, consumer_records::assignment(group.id(), replacement));
}

Groups::PatternChange Groups::pattern_change(const ConsumerGroup& group, const ConsumerMember& before,
                                             const ConsumerMember& after) {
  if (before.pattern == after.pattern) return PatternChange::none;
  const Subscriptions& subscriptions = group.subscriptions();
  const bool is_known = after.pattern.empty() || (subscriptions.members_with(after.pattern) > 0 &&
                                                  subscriptions.find_resolved(after.pattern) != nullptr);
  return is_known ? PatternChange::resolved : PatternChange::unresolved;
}

/// Returns whether what the member subscribes to has changed.
bool Groups::put_subscriptions(GroupStep& step, ConsumerGroup& group, const ConsumerMember& before,
                               const ConsumerMember& after) {
  const std::string_view fallback = step.options.consumer.assignors.front();
  const std::string assignor(group.preferred_assignor().value_or(fallback));
  const PatternChange pattern = pattern_change(group, before, after);
  const bool is_last = pattern != PatternChange::none && group.subscriptions().members_with(before.pattern) == 1;
  if (after != before) emit(step, consumer_records::member(group.id(), after));
  if (is_last) emit(step, consumer_records::no_pattern(group.id(), before.pattern));
  const bool names_changed = before.topics != after.topics;
  if (!group.timers.patterns && patterns_need_look(step, group)) group.timers.patterns = step.now;
  const bool changed = names_changed || pattern == PatternChange::resolved ||
                       assignor != group.preferred_assignor().value_or(fallback);
  if (changed || group.is_metadata_stale) refresh_metadata(step, group, changed);
  return names_changed || pattern != PatternChange::none;
}

ConsumerMember Groups::reconcile_member(GroupStep& step, ConsumerGroup& group, const ConsumerMember& member,
                                        bool subscription_changed,
                                        const std::optional<AssignedPartitions>& reported) {
  const std::int32_t target_epoch = group.target_epoch().epoch;
  if (!subscription_changed && member.is_reconciled_to(target_epoch)) return member;
  const std::set<Uuid> subscribed = subscribed_topics(group, member, cluster_.image->topics);
  std::optional<ConsumerMember> next = reconcile(member, {.target_epoch = target_epoch,
                                                          .target = group.target(member.id),
                                                          .subscribed = subscribed,
                                                          .subscription_changed = subscription_changed,
                                                          .held = group.held(),
                                                          .reported = reported});
  SLUICE_ASSERT(next.has_value());
  if (*next == member) return member;
  emit(step, consumer_records::assignment(group.id(), *next));
  if (next->classic) return std::move(*next);
  if (next->state == MemberState::unrevoked_partitions)
    group.timers.rebalances.set(next->id, step.now + next->rebalance_timeout());
  else
    group.timers.rebalances.cancel(next->id);
  return std::move(*next);
}

Granted<ConsumerHeartbeatAnswer> Groups::beat(GroupStep& step, const ConsumerRequest& request,
                                              const GroupClient& client, std::string new_member_id) {
  Granted<Joining> looked = look_at_group(step, request);
  if (!looked) return refused(std::move(looked.error()));
  Joining& joining = *looked;
  if (joining.upgraded) joining.group = &*joining.upgraded;
  const std::string member_id =
      request.member_id.empty() ? std::move(new_member_id) : std::string(request.member_id);
  if (const ConsumerGroup* group = joining.group;
      group != nullptr && group->members().size() >= step.options.consumer.size_max &&
      group->by_instance(request.instance_id) == nullptr && group->find(request.member_id) == nullptr)
    return refused(ErrorCode::group_max_size_reached,
                   "The consumer group has reached its maximum capacity of {} members.",
                   step.options.consumer.size_max);
  if (Granted<void> known = look_at_member(request, member_id, joining); !known)
    return refused(std::move(known.error()));
  const ConsumerMember& before = joining.member;
  if (before.state == MemberState::unknown && !(request.topic_partitions && request.topic_partitions->empty()))
    return refused(
        ErrorCode::fenced_member_epoch,
        "The consumer group member is in a unknown state. The member must abandon all its partitions and "
        "rejoin.");
  const ConsumerMember after = updated_by(before, request, client);
  if (const Result<void> valid =
          after.pattern == before.pattern ? Result<void>{} : check_topic_pattern(after.pattern);
      !valid)
    return refused(ErrorCode::invalid_regular_expression,
                   "SubscribedTopicRegex `{}` is not a valid regular expression: {}.", after.pattern,
                   valid.error().what);
  // What is in a record already fits into one.
  if (joining.group == nullptr || joining.upgraded || joining.group->find(member_id) == nullptr || after != before)
    if (Granted<void> fits = check_fits(step, request.group_id, after); !fits)
      return refused(std::move(fits.error()));

  ConsumerGroup& group = establish(step, request.group_id, joining);
  if (joining.replaces) replace_member(step, group, *joining.replaces, before);
  const bool subscription_changed = put_subscriptions(step, group, before, after);
  update_targets(step, group);
  const ConsumerMember reconciled =
      reconcile_member(step, group, after, subscription_changed, reported_of(request));
  const GroupTimes& times = cluster_.settings->of(request.group_id).consumer;
  group.timers.sessions.set(reconciled.id, step.now + times.session_timeout);

  ConsumerHeartbeatAnswer answer;
  answer.member_id = reconciled.id;
  answer.member_epoch = reconciled.epoch;
  answer.heartbeat_interval = times.heartbeat_interval;
  if (request.member_epoch == kJoiningEpoch || is_full_request(request) || reconciled.assigned != before.assigned)
    answer.assignment = without_epochs(reconciled.assigned);
  return answer;
}

}  // namespace sluice
