// server/handlers/streams_group_describe.cc: StreamsGroupDescribe (API key 89, KIP-1071).
#include "wire/api/streams_group_describe.h"

#include "server/handlers/describe_groups_of_kind.h"
#include "server/handlers/handlers.h"
#include "server/handlers/streams_protocol.h"

namespace sluice::handlers {
namespace {

using wire::StreamsGroupDescribeRequest;
using wire::StreamsGroupDescribeResponse;
using Described = StreamsGroupDescribeResponse::DescribedGroup;

/// No description of the topology is stored: there is nothing that would store it.
constexpr std::int8_t kNoDescriptionStored = 1;

std::vector<std::string_view> copied(Arena& arena, const std::vector<std::string>& names) {
  std::vector<std::string_view> copies;
  for (const std::string& name : names) copies.push_back(arena.copy(name));
  return copies;
}

std::vector<StreamsGroupDescribeResponse::TopicInfo> infos_of(Arena& arena,
                                                              const std::vector<StreamsTopic>& topics) {
  std::vector<StreamsGroupDescribeResponse::TopicInfo> infos;
  for (const StreamsTopic& topic : topics) {
    auto& info = infos.emplace_back();
    info.name = arena.copy(topic.name);
    info.partitions = topic.partitions;
    info.replication_factor = topic.replication_factor;
    for (const auto& [key, value] : topic.configs)
      info.topic_configs.push_back({.key = arena.copy(key), .value = arena.copy(value), .unknown_tags = {}});
  }
  return infos;
}

StreamsGroupDescribeResponse::Topology topology_of(Arena& arena, const DescribedTopology& topology) {
  StreamsGroupDescribeResponse::Topology shown;
  shown.epoch = topology.epoch;
  shown.subtopologies.emplace();
  for (const DescribedSubtopology& from : topology.subtopologies) {
    auto& subtopology = shown.subtopologies->emplace_back();
    subtopology.subtopology_id = arena.copy(from.id);
    subtopology.source_topics = copied(arena, from.source_topics);
    subtopology.repartition_sink_topics = copied(arena, from.repartition_sinks);
    subtopology.state_changelog_topics = infos_of(arena, from.changelogs);
    subtopology.repartition_source_topics = infos_of(arena, from.repartition_sources);
  }
  return shown;
}

std::vector<StreamsGroupDescribeResponse::TaskIds> ids_of(Arena& arena, const Tasks& tasks) {
  std::vector<StreamsGroupDescribeResponse::TaskIds> ids;
  for (const auto& [subtopology, partitions] : tasks)
    ids.push_back({.subtopology_id = arena.copy(subtopology),
                   .partitions = {partitions.begin(), partitions.end()},
                   .unknown_tags = {}});
  return ids;
}

StreamsGroupDescribeResponse::Assignment assignment_of(Arena& arena, const TaskRoles& tasks) {
  return {.active_tasks = ids_of(arena, tasks.active),
          .standby_tasks = ids_of(arena, tasks.standby),
          .warmup_tasks = ids_of(arena, tasks.warmup),
          .unknown_tags = {}};
}

std::vector<StreamsGroupDescribeResponse::TaskOffset> offsets_of(Arena& arena,
                                                                 const TaskOffsets::Offsets& offsets) {
  std::vector<StreamsGroupDescribeResponse::TaskOffset> all;
  for (const auto& [subtopology, partitions] : offsets)
    for (const auto& [partition, offset] : partitions)
      all.push_back({.subtopology_id = arena.copy(subtopology),
                     .partition = partition,
                     .offset = offset,
                     .unknown_tags = {}});
  return all;
}

StreamsGroupDescribeResponse::Member member_of(Arena& arena, const DescribedStreamsMember& described) {
  const StreamsMember& member = described.member;
  StreamsGroupDescribeResponse::Member shown;
  shown.member_id = arena.copy(member.id);
  shown.member_epoch = member.epoch;
  if (member.instance_id) shown.instance_id = arena.copy(*member.instance_id);
  if (member.rack_id) shown.rack_id = arena.copy(*member.rack_id);
  shown.client_id = arena.copy(member.client_id);
  shown.client_host = arena.copy(member.client_host);
  shown.topology_epoch = member.topology_epoch;
  shown.process_id = arena.copy(member.process_id);
  if (member.endpoint)
    shown.user_endpoint = {
        .host = arena.copy(member.endpoint->host), .port = member.endpoint->port, .unknown_tags = {}};
  for (const auto& [key, value] : member.client_tags)
    shown.client_tags.push_back({.key = arena.copy(key), .value = arena.copy(value), .unknown_tags = {}});
  shown.task_offsets = offsets_of(arena, described.offsets.offsets);
  shown.task_end_offsets = offsets_of(arena, described.offsets.end_offsets);
  shown.assignment = assignment_of(arena, without_epochs(member.assigned));
  shown.target_assignment = assignment_of(arena, described.target);
  return shown;
}

Described response_of(Arena& arena, const DescribedStreamsGroup& group) {
  Described response;
  response.error_code = group.error;
  if (!group.error_message.empty()) response.error_message = arena.copy(group.error_message);
  response.group_id = arena.copy(group.id);
  if (group.error != ErrorCode::none) return response;
  response.group_state = arena.copy(group.state);
  response.group_epoch = group.epoch;
  response.assignment_epoch = group.assignment_epoch;
  response.assignor_name = arena.copy(group.assignor);
  if (group.topology) response.topology = topology_of(arena, *group.topology);
  for (const DescribedStreamsMember& member : group.members) response.members.push_back(member_of(arena, member));
  return response;
}

Task<StreamsGroupDescribeResponse> answer(RequestContext& context, const StreamsGroupDescribeRequest& request) {
  auto ask = [](GroupCoordinator& groups, std::string_view group) { return groups.describe_streams_group(group); };
  const auto described = co_await describe_all<DescribedStreamsGroup>(context, request.group_ids,
                                                                      serves_streams_groups(context), ask);
  StreamsGroupDescribeResponse response;
  for (const DescribedStreamsGroup& group : described) {
    Described& shown = response.groups.emplace_back(response_of(context.arena, group));
    if (group.error != ErrorCode::none) continue;
    if (request.include_authorized_operations) shown.authorized_operations = kAllGroupOperations;
    if (request.include_topology_description) shown.topology_description_status = kNoDescriptionStored;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> streams_group_describe(RequestContext& context) {
  return serve<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse>(context, answer);
}

}  // namespace sluice::handlers
