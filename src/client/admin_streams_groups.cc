// Streams groups (KIP-1071), their topologies and members. Their offsets are those of any group.
#include "client/admin.h"
#include "client/detail/each_group.h"
#include "client/detail/streams_topology.h"
#include "wire/api/streams_group_describe.h"

namespace sluice::client {
namespace {

using wire::StreamsGroupDescribeResponse;

std::vector<StreamsTaskIds> tasks_of(const std::vector<StreamsGroupDescribeResponse::TaskIds>& from) {
  std::vector<StreamsTaskIds> tasks;
  for (const auto& ids : from)
    tasks.push_back({std::string(ids.subtopology_id), {ids.partitions.begin(), ids.partitions.end()}});
  return tasks;
}

StreamsAssignment assignment_of(const StreamsGroupDescribeResponse::Assignment& from) {
  return {.active = tasks_of(from.active_tasks),
          .standby = tasks_of(from.standby_tasks),
          .warmup = tasks_of(from.warmup_tasks)};
}

StreamsGroupMember member_of(const StreamsGroupDescribeResponse::Member& from) {
  StreamsGroupMember member;
  member.member_id = from.member_id;
  member.epoch = from.member_epoch;
  if (from.instance_id) member.instance_id = *from.instance_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  member.topology_epoch = from.topology_epoch;
  member.process_id = from.process_id;
  member.assignment = assignment_of(from.assignment);
  member.target_assignment = assignment_of(from.target_assignment);
  member.classic = from.is_classic;
  return member;
}

std::vector<std::string> names_of(const std::vector<StreamsGroupDescribeResponse::TopicInfo>& topics) {
  std::vector<std::string> names;
  for (const auto& topic : topics) names.emplace_back(topic.name);
  return names;
}

StreamsSubtopology subtopology_of(const StreamsGroupDescribeResponse::Subtopology& from) {
  return {.subtopology_id = std::string(from.subtopology_id),
          .source_topics = {from.source_topics.begin(), from.source_topics.end()},
          .repartition_sink_topics = {from.repartition_sink_topics.begin(), from.repartition_sink_topics.end()},
          .repartition_source_topics = names_of(from.repartition_source_topics),
          .state_changelog_topics = names_of(from.state_changelog_topics)};
}

Outcome<StreamsGroupDescription> description_of(const StreamsGroupDescribeResponse::DescribedGroup& from,
                                                NodeId coordinator) {
  StreamsGroupDescription description{.group_id = std::string(from.group_id),
                                      .state = std::string(from.group_state),
                                      .epoch = from.group_epoch,
                                      .assignment_epoch = from.assignment_epoch,
                                      .coordinator = coordinator,
                                      .subtopologies = {},
                                      .members = {},
                                      .topology = {}};
  if (from.topology) {
    description.topology_epoch = from.topology->epoch;
    if (from.topology->subtopologies)
      for (const auto& subtopology : *from.topology->subtopologies)
        description.subtopologies.push_back(subtopology_of(subtopology));
  }
  for (const auto& member : from.members) description.members.push_back(member_of(member));
  description.topology_status = StreamsTopologyStatus{from.topology_description_status};
  if (description.topology_status != StreamsTopologyStatus::available) return description;
  if (!from.topology_description)
    return failed(ErrorCode::unknown_server_error, "Topology description is missing despite status AVAILABLE");
  auto topology = detail::topology_of(*from.topology_description);
  if (!topology) return failed(std::move(topology.error()));
  description.topology = std::move(*topology);
  return description;
}

}  // namespace

Task<Outcomes<StreamsGroupDescription>> Admin::describe_streams_groups(std::vector<std::string> group_ids,
                                                                       bool with_topology) {
  const SteadyTime until = deadline();
  wire::StreamsGroupDescribeRequest request;
  request.include_topology_description = with_topology;
  auto ask = [this, request, until](std::string group_id) {
    return detail::describe_once<StreamsGroupDescription>(cluster_, std::move(group_id), request, until,
                                                          description_of);
  };
  co_return co_await detail::each_group<StreamsGroupDescription>(cluster_, std::move(group_ids), until,
                                                                 std::move(ask));
}

}  // namespace sluice::client
