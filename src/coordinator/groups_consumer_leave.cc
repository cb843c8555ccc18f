// coordinator/groups_consumer_leave.cc: how members of a consumer group go, of their own will or not, and how the
// group is described and buried.
#include <algorithm>
#include <utility>

#include "coordinator/consumer_records.h"
#include "coordinator/groups.h"

namespace sluice {

Granted<ConsumerHeartbeatAnswer> Groups::leave_consumer_group(GroupStep& step, const ConsumerRequest& request) {
  ConsumerGroup* group = find_consumer_group(request.group_id);
  if (group == nullptr && exists(request.group_id))
    return refused(ErrorCode::group_id_not_found, "Group {} is not a consumer group.", request.group_id);
  if (group == nullptr) return refused(ErrorCode::group_id_not_found, "Group {} not found.", request.group_id);
  const ConsumerMember* member =
      request.instance_id ? group->by_instance(request.instance_id) : group->find(request.member_id);
  if (member == nullptr && request.instance_id)
    return refused(ErrorCode::unknown_member_id, "Instance id {} is unknown.", *request.instance_id);
  if (member == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", request.member_id,
                   request.group_id);
  if (request.instance_id && member->id != request.member_id)
    return refused(ErrorCode::fenced_instance_id, "Static member {} with instance id {} was fenced by member {}.",
                   request.member_id, *request.instance_id, member->id);
  ConsumerHeartbeatAnswer answer;
  answer.member_id = request.member_id;
  answer.member_epoch = request.member_epoch;
  if (request.member_epoch != kStaticLeavingEpoch) {
    fence(step, *group, {member->id});
    return answer;
  }
  // Its partitions wait for it until its session ends.
  ConsumerMember away = *member;
  away.epoch = kStaticLeavingEpoch;
  away.pending_release.clear();
  away.assigned = with_epoch(without_epochs(away.assigned), 0);
  group->timers.rebalances.cancel(away.id);
  emit(step, consumer_records::assignment(group->id(), away));
  return answer;
}

/// Takes members out of the group, which exist.
void Groups::fence(GroupStep& step, ConsumerGroup& group, const std::set<std::string>& members) {
  if (members.empty()) return;
  if (may_downgrade(step, group, members, group.members().size() - members.size())) {
    downgrade(step, group, members, true);
    return;
  }
  std::set<std::string> patterns;
  for (const std::string& id : members) {
    const ConsumerMember* member = group.find(id);
    if (member == nullptr) continue;
    if (!member->pattern.empty()) patterns.insert(member->pattern);
    emit(step, consumer_records::no_assignment(group.id(), id));
    emit(step, consumer_records::no_target(group.id(), id));
    emit(step, consumer_records::no_member(group.id(), id));
  }
  for (const std::string& pattern : patterns)
    if (group.subscriptions().members_with(pattern) == 0)
      emit(step, consumer_records::no_pattern(group.id(), pattern));
  emit(step, consumer_records::group_epoch(group.id(), group.epoch() + 1, hash_of_topics(group)));
  // Who joins an empty group need not wait for others.
  if (group.empty())
    emit(step, consumer_records::target_epoch(group.id(), {.epoch = group.epoch(), .computed = {}}));
}

void Groups::bury(GroupStep& step, const ConsumerGroup& buried) {
  const std::string id = buried.id();
  std::vector<std::string> members;
  std::vector<std::string> patterns;
  for (const auto& [member, state] : buried.members()) members.push_back(member);
  for (const auto& [pattern, resolved] : buried.subscriptions().resolved()) patterns.push_back(pattern);
  for (const std::string& member : members) emit(step, consumer_records::no_assignment(id, member));
  for (const std::string& member : members) emit(step, consumer_records::no_target(id, member));
  emit(step, consumer_records::no_target_epoch(id));
  for (const std::string& member : members) emit(step, consumer_records::no_member(id, member));
  for (const std::string& pattern : patterns) emit(step, consumer_records::no_pattern(id, pattern));
  emit(step, consumer_records::no_topics(id));
  emit(step, consumer_records::no_group_epoch(id));
}

namespace {

std::vector<DescribedPartitions> described(const AssignedPartitions& partitions, const TopicsImage& topics) {
  std::vector<DescribedPartitions> shown;
  for (const auto& [id, indexes] : partitions)
    if (const TopicImage* topic = topics.topic(id); topic != nullptr)
      shown.push_back({.topic_id = id, .topic = topic->name(), .partitions = {indexes.begin(), indexes.end()}});
  return shown;
}

AssignedPartitions everything_of(const ConsumerMember& member) {
  AssignedPartitions all = without_epochs(member.assigned);
  for (const auto& [topic, indexes] : member.pending_release)
    for (const auto& [partition, epoch] : indexes) all[topic].insert(partition);
  return all;
}

}  // namespace

DescribedConsumerGroup Groups::describe_consumer_group(const GroupOptions& options, std::string_view id) const {
  DescribedConsumerGroup shown;
  shown.id = id;
  const ConsumerGroup* group = find_consumer_group(id);
  if (group == nullptr) {
    shown.error = ErrorCode::group_id_not_found;
    shown.error_message =
        exists(id) ? fmt::format("Group {} is not a consumer group.", id) : fmt::format("Group {} not found.", id);
    return shown;
  }
  shown.state = name(group->state());
  shown.epoch = group->epoch();
  shown.assignment_epoch = group->target_epoch().epoch;
  shown.assignor = group->preferred_assignor().value_or(options.consumer.assignors.front());
  const TopicsImage& topics = cluster_.image->topics;
  for (const auto& [member_id, member] : group->members()) {
    DescribedConsumer& seen = shown.members.emplace_back();
    seen.id = member_id;
    seen.instance_id = member.instance_id;
    seen.rack_id = member.rack_id;
    seen.epoch = member.epoch;
    seen.client_id = member.client_id;
    seen.client_host = member.client_host;
    seen.topics.assign(member.topics.begin(), member.topics.end());
    seen.pattern = member.pattern;
    seen.assigned = described(everything_of(member), topics);
    seen.target = described(group->target(member_id), topics);
    seen.is_classic = member.classic.has_value();
  }
  return shown;
}

}  // namespace sluice
