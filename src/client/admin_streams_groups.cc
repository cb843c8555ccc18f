// Streams groups (KIP-1071), their topologies and members. Their offsets are those of any group.
#include "client/admin.h"
#include "client/detail/until_done.h"
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

StreamsGroupDescription description_of(const StreamsGroupDescribeResponse::DescribedGroup& from,
                                       NodeId coordinator) {
  StreamsGroupDescription description{.group_id = std::string(from.group_id),
                                      .state = std::string(from.group_state),
                                      .epoch = from.group_epoch,
                                      .assignment_epoch = from.assignment_epoch,
                                      .coordinator = coordinator,
                                      .subtopologies = {},
                                      .members = {}};
  if (from.topology) {
    description.topology_epoch = from.topology->epoch;
    if (from.topology->subtopologies)
      for (const auto& subtopology : *from.topology->subtopologies)
        description.subtopologies.push_back(subtopology_of(subtopology));
  }
  for (const auto& member : from.members) description.members.push_back(member_of(member));
  return description;
}

}  // namespace

Task<Outcomes<StreamsGroupDescription>> Admin::describe_streams_group_once(std::string group_id,
                                                                           SteadyTime until) {
  const std::map<std::string, bool> asked{{group_id, true}};
  const Outcome<std::shared_ptr<Node>> node =
      co_await cluster_.coordinator(CoordinatorType::group, group_id, until);
  if (!node) co_return detail::all_failed<StreamsGroupDescription>(asked, node.error());
  wire::StreamsGroupDescribeRequest request;
  request.group_ids = {group_id};
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
  if (!answer) co_return detail::all_failed<StreamsGroupDescription>(asked, answer.error());
  Outcomes<StreamsGroupDescription> outcomes;
  for (const auto& group : (*answer)->groups) {
    Outcome<void> said = outcome_of(group.error_code, "group " + group_id, group.error_message);
    if (said)
      outcomes.emplace(std::string(group.group_id), description_of(group, (*node)->id()));
    else
      outcomes.emplace(std::string(group.group_id), failed(std::move(said.error())));
  }
  co_return outcomes;
}

Task<Outcomes<StreamsGroupDescription>> Admin::describe_streams_groups(std::vector<std::string> group_ids) {
  const SteadyTime until = deadline();
  Outcomes<StreamsGroupDescription> outcomes;
  for (const std::string& group_id : group_ids) {
    std::map<std::string, bool> wanted{{group_id, true}};
    outcomes.merge(co_await detail::until_done<std::string, bool, StreamsGroupDescription>(
        cluster_, std::move(wanted),
        [this, until](std::map<std::string, bool> left) {
          return describe_streams_group_once(left.begin()->first, until);
        },
        until));
  }
  co_return outcomes;
}

}  // namespace sluice::client
