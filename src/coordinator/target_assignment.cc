#include "coordinator/target_assignment.h"

namespace sluice {

std::set<Uuid> subscribed_topics(const ConsumerGroup& group, const ConsumerMember& member,
                                 const TopicsImage& topics) {
  std::set<Uuid> ids;
  const auto add = [&](const Subscriptions::Names& names) {
    for (const std::string& name : names)
      if (const TopicImage* topic = topics.topic(std::string_view(name)); topic != nullptr)
        ids.insert(topic->id());
  };
  add(member.topics);
  if (const ResolvedPattern* resolved = group.subscriptions().find_resolved(member.pattern); resolved != nullptr)
    add(resolved->topics);
  return ids;
}

GroupAssignment compute_targets(const ConsumerGroup& group, const TopicsImage& topics, GroupAssignor assignor) {
  AssignorInput input;
  input.members.reserve(group.members().size());
  auto target = group.targets().begin();  // In the same order as the members.
  input.is_homogeneous = group.subscriptions().is_homogeneous(group.members().size());
  for (const auto& [id, member] : group.members()) {
    AssignorMember& seen = input.members.emplace_back();
    seen.id = id;
    if (member.instance_id) seen.instance_id = *member.instance_id;
    while (target != group.targets().end() && target->first < id) ++target;
    if (target != group.targets().end() && target->first == id) seen.assigned = &target->second;
    if (input.is_homogeneous && input.members.size() > 1) {
      seen.topics = input.members.front().topics;
      continue;
    }
    const std::set<Uuid> subscribed = subscribed_topics(group, member, topics);
    seen.topics.assign(subscribed.begin(), subscribed.end());
    for (const Uuid& topic : seen.topics)
      input.partition_counts.emplace(topic, static_cast<std::int32_t>(topics.topic(topic)->partition_count()));
  }
  return assignor(input);
}

}  // namespace sluice
