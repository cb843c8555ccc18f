// coordinator/streams_groups_leave.cc: how members of a streams group go, of their own will or not, what time does
// to the group, what members may commit, and how the group is described and buried.
#include <algorithm>

#include "coordinator/streams_groups.h"

namespace sluice {
namespace {

constexpr std::int32_t kLeavingForAWhile = -2;

}  // namespace

Granted<StreamsHeartbeatAnswer> StreamsGroups::leave(GroupStep& step, const Request& request, bool name_taken) {
  StreamsGroup* group = find_to_change(request.group_id);
  if (name_taken)
    return refused(ErrorCode::group_id_not_found, "Group {} is not a streams group.", request.group_id);
  if (group == nullptr) return refused(ErrorCode::group_id_not_found, "Group {} not found.", request.group_id);
  const StreamsMember* member =
      request.instance_id ? group->by_instance(request.instance_id) : group->find(request.member_id);
  if (member == nullptr && request.instance_id)
    return refused(ErrorCode::unknown_member_id, "Instance id {} is unknown.", *request.instance_id);
  if (member == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", request.member_id,
                   request.group_id);
  if (request.instance_id && member->id != request.member_id)
    return refused(ErrorCode::fenced_instance_id, "Static member {} with instance id {} was fenced by member {}.",
                   request.member_id, *request.instance_id, member->id);
  if (request.shutdown_application && !group->shutdown_requested_by) group->shutdown_requested_by = member->id;
  StreamsHeartbeatAnswer answer;
  answer.member_id = request.member_id;
  answer.member_epoch = request.member_epoch;
  if (request.member_epoch != kLeavingForAWhile) {
    fence(step, *group, member->id);
    return answer;
  }
  // Its tasks wait for it until its session ends.
  StreamsMember away = *member;
  away.epoch = kLeavingForAWhile;
  away.pending_release = {};
  for (auto& [subtopology, partitions] : away.assigned.active)
    for (auto& [partition, epoch] : partitions) epoch = 0;
  group->timers.rebalances.cancel(away.id);
  emit(step, streams_records::assignment(group->id(), away));
  watch(request.group_id);
  return answer;
}

void StreamsGroups::fence(GroupStep& step, StreamsGroup& group, const std::string& member) {
  const std::string fenced = member;  // The member's own id may be what was given.
  const std::string& id = group.id();
  emit(step, streams_records::no_assignment(id, fenced));
  emit(step, streams_records::no_target(id, fenced));
  emit(step, streams_records::no_member(id, fenced));
  StreamsGroupEpoch next = group.epoch();
  ++next.epoch;
  emit(step, streams_records::group_epoch(id, next));
  // Who joins an empty group need not wait for others.
  if (group.empty()) emit(step, streams_records::target_epoch(id, {.epoch = group.epoch().epoch, .computed = {}}));
  watch(id);
}

void StreamsGroups::resume(const GroupStep& step) {
  for (auto& [id, group] : groups_) {
    const std::chrono::milliseconds timeout = cluster_.settings->of(id).streams.times.session_timeout;
    for (const auto& [member_id, member] : group.members()) {
      group.timers.sessions.set(member_id, step.now + timeout);
      if (member.state == StreamsMemberState::unrevoked_tasks)
        group.timers.rebalances.set(member_id, step.now + member.rebalance_timeout());
    }
    watch(id);
  }
}

void StreamsGroups::set_cluster(GroupCluster cluster, const GroupClusterChange& change) {
  cluster_ = std::move(cluster);
  if (change.topics.empty()) return;
  for (auto& [id, group] : groups_) {
    if (!group.topology() || group.is_metadata_stale) continue;
    const std::set<std::string, std::less<>> required = group.topology()->required_topics();
    group.is_metadata_stale =
        std::ranges::any_of(change.topics, [&](const std::string& topic) { return required.contains(topic); });
  }
}

void StreamsGroups::compute_first_target(GroupStep& step, StreamsGroup& group) {
  group.timers.first_target.reset();
  if (group.empty() || !group.configured) return;
  std::vector<StreamsStatusNote> nobody_to_tell;
  update_targets(step, group, nobody_to_tell);
}

void StreamsGroups::expire(GroupStep& step) {
  while (const std::optional<std::string> id = deadlines_.take_due(step.now)) {
    StreamsGroup& group = *find_to_change(*id);
    for (Deadlines* deadlines : {&group.timers.sessions, &group.timers.rebalances})
      while (const std::optional<std::string> member = deadlines->take_due(step.now)) fence(step, group, *member);
    if (group.timers.first_target && *group.timers.first_target <= step.now) compute_first_target(step, group);
    watch(*id);
  }
}

void StreamsGroups::bury(GroupStep& step, std::string_view group) {
  const StreamsGroup* found = find(group);
  if (found == nullptr) return;
  const std::string id(group);
  std::vector<std::string> members;
  for (const auto& [member, state] : found->members()) members.push_back(member);
  for (const std::string& member : members) emit(step, streams_records::no_assignment(id, member));
  for (const std::string& member : members) emit(step, streams_records::no_target(id, member));
  emit(step, streams_records::no_target_epoch(id));
  for (const std::string& member : members) emit(step, streams_records::no_member(id, member));
  emit(step, streams_records::no_group_epoch(id));
  emit(step, streams_records::no_topology(id));
}

Granted<const StreamsMember*> StreamsGroups::committing_member(const StreamsGroup& group,
                                                               std::string_view member_id,
                                                               std::int32_t epoch) const {
  if (epoch < 0 && group.empty()) return nullptr;
  const StreamsMember* member = group.find(member_id);
  if (member == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", member_id, group.id());
  if (epoch > member->epoch)
    return refused(ErrorCode::stale_member_epoch,
                   "Received member epoch {} is newer than current member epoch {}.", epoch, member->epoch);
  return member;
}

ErrorCode StreamsGroups::may_commit(const StreamsGroup& group, const StreamsMember* member, std::int32_t epoch,
                                    std::string_view topic, PartitionIndex partition) {
  if (member == nullptr || epoch == member->epoch) return ErrorCode::none;
  const StreamsSubtopology* reader = group.topology() ? group.topology()->reader_of(topic) : nullptr;
  if (reader == nullptr) return ErrorCode::stale_member_epoch;
  for (const HeldTasks* tasks : {&member->assigned, &member->pending_release}) {
    const auto found = tasks->active.find(reader->id);
    if (found == tasks->active.end()) continue;
    if (const auto assigned = found->second.find(partition); assigned != found->second.end())
      return epoch < assigned->second ? ErrorCode::stale_member_epoch : ErrorCode::none;
  }
  return ErrorCode::stale_member_epoch;
}

namespace {

std::vector<std::string> sorted(const auto& names) {
  std::vector<std::string> all(names.begin(), names.end());
  std::ranges::sort(all);
  return all;
}

std::vector<StreamsTopic> sorted_topics(std::vector<StreamsTopic> topics) {
  std::ranges::sort(topics, {}, &StreamsTopic::name);
  return topics;
}

DescribedSubtopology described(std::string_view id, const auto& subtopology) {
  return {.id = std::string(id),
          .source_topics = sorted(subtopology.source_topics),
          .repartition_sinks = sorted(subtopology.repartition_sinks),
          .repartition_sources = sorted_topics(subtopology.repartition_sources),
          .changelogs = sorted_topics(subtopology.changelogs)};
}

std::optional<DescribedTopology> topology_of(const StreamsGroup& group) {
  DescribedTopology shown;
  if (group.configured && group.configured->is_ready()) {
    shown.epoch = group.configured->epoch;
    for (const auto& [id, subtopology] : *group.configured->subtopologies)
      shown.subtopologies.push_back(described(id, subtopology));
    return shown;
  }
  if (!group.topology()) return std::nullopt;
  shown.epoch = group.topology()->epoch;
  for (const StreamsSubtopology& subtopology : group.topology()->subtopologies)
    shown.subtopologies.push_back(described(subtopology.id, subtopology));
  std::ranges::sort(shown.subtopologies, {}, &DescribedSubtopology::id);
  return shown;
}

}  // namespace

DescribedStreamsGroup StreamsGroups::describe(std::string_view id, bool name_taken) const {
  DescribedStreamsGroup shown;
  shown.id = id;
  const StreamsGroup* group = find(id);
  if (group == nullptr) {
    shown.error = ErrorCode::group_id_not_found;
    shown.error_message =
        name_taken ? fmt::format("Group {} is not a streams group.", id) : fmt::format("Group {} not found.", id);
    return shown;
  }
  shown.state = name(group->state());
  shown.epoch = group->epoch().epoch;
  shown.assignment_epoch = group->target_epoch().epoch;
  shown.assignor = "sticky";
  shown.topology = topology_of(*group);
  if (group->topology()) shown.description = group->description.find(group->topology()->epoch);
  for (const auto& [member_id, member] : group->members()) {
    DescribedStreamsMember& seen = shown.members.emplace_back();
    seen.member = member;
    seen.target = group->target(member_id);
    if (const auto offsets = group->task_offsets.find(member_id); offsets != group->task_offsets.end())
      seen.offsets = offsets->second;
  }
  return shown;
}

Granted<void> StreamsGroups::take_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request,
                                              bool name_taken) {
  StreamsGroup* group = find_to_change(request.group_id);
  if (name_taken)
    return refused(ErrorCode::group_id_not_found, "Group {} is not a streams group.", request.group_id);
  if (group == nullptr) return refused(ErrorCode::group_id_not_found, "Group {} not found.", request.group_id);
  if (group->find(request.member_id) == nullptr)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", request.member_id,
                   request.group_id);
  const std::int32_t epoch = group->topology() ? group->topology()->epoch : -1;
  if (request.topology_epoch != epoch)
    return refused(ErrorCode::invalid_request,
                   "Topology epoch {} does not match the group's current topology epoch {}.",
                   request.topology_epoch, epoch);
  Granted<TopologyDescription> description = description_of(request.topology_description);
  if (!description) {
    // Whoever is asked next would send the same; only what is no description at all may be one's own mistake.
    if (description.error().code != ErrorCode::invalid_request) group->description.refuse(epoch);
    return refused(std::move(description.error()));
  }
  group->description.keep(epoch, std::move(*description));
  return {};
}

}  // namespace sluice
