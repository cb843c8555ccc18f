// coordinator/streams_groups_join.cc: what may be refused of a streams group's heartbeat, looked at before
// anything is changed.
#include <algorithm>
#include <utility>

#include "coordinator/streams_groups.h"
#include "coordinator/topic_hash.h"

namespace sluice {
namespace {

using Request = StreamsGroups::Request;

constexpr std::int32_t kJoining = 0;
constexpr std::int32_t kLeavingForAWhile = -2;

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

Granted<void> check_texts(const Request& request) {
  if (is_blank(request.member_id)) return refused(ErrorCode::invalid_request, "MemberId can't be empty.");
  if (is_blank(request.group_id)) return refused(ErrorCode::invalid_request, "GroupId can't be empty.");
  if (request.instance_id && is_blank(*request.instance_id))
    return refused(ErrorCode::invalid_request, "InstanceId can't be empty.");
  if (request.rack_id && is_blank(*request.rack_id))
    return refused(ErrorCode::invalid_request, "RackId can't be empty.");
  return {};
}

Granted<void> check_new_topology(const Request::Topology& topology) {
  for (const auto& subtopology : topology.subtopologies)
    for (const auto& topic : subtopology.state_changelog_topics)
      if (topic.partitions != 0)
        return refused(ErrorCode::streams_invalid_topology,
                       "Changelog topic {} must have an undefined partition count, but it is set to {}.",
                       topic.name, topic.partitions);
  return {};
}

Granted<void> check_joining(const Request& request) {
  if (request.rebalance_timeout_ms == -1)
    return refused(ErrorCode::invalid_request, "RebalanceTimeoutMs must be provided in first request.");
  const auto is_filled = [](const auto& tasks) { return tasks && !tasks->empty(); };
  if (is_filled(request.active_tasks))
    return refused(ErrorCode::invalid_request, "ActiveTasks must be empty when (re-)joining.");
  if (is_filled(request.standby_tasks))
    return refused(ErrorCode::invalid_request, "StandbyTasks must be empty when (re-)joining.");
  if (is_filled(request.warmup_tasks))
    return refused(ErrorCode::invalid_request, "WarmupTasks must be empty when (re-)joining.");
  if (!request.topology)
    return refused(ErrorCode::invalid_request, "Topology must be non-null when (re-)joining.");
  return check_new_topology(*request.topology);
}

}  // namespace

Granted<void> StreamsGroups::check(const Request& request) {
  if (request.topology)
    for (const auto& subtopology : request.topology->subtopologies)
      if (!subtopology.source_topic_regex.empty())
        return refused(ErrorCode::invalid_request, "Regular expressions for source topics are not supported yet.");
  if (Granted<void> texts = check_texts(request); !texts) return texts;
  if (request.member_epoch == kJoining) {
    if (Granted<void> joining = check_joining(request); !joining) return joining;
  } else if (request.member_epoch == kLeavingForAWhile) {
    if (!request.instance_id) return refused(ErrorCode::invalid_request, "InstanceId can't be null.");
  } else if (request.member_epoch < kLeavingForAWhile) {
    return refused(ErrorCode::invalid_request, "MemberEpoch is {}, but must be greater than or equal to -2.",
                   request.member_epoch);
  }
  const int kinds = int{request.active_tasks.has_value()} + int{request.standby_tasks.has_value()} +
                    int{request.warmup_tasks.has_value()};
  if (kinds != 0 && kinds != 3)
    return refused(ErrorCode::invalid_request, "If one task-type is non-null, all must be non-null.");
  if (request.member_epoch != kJoining && request.topology)
    return refused(ErrorCode::invalid_request, "Topology can only be provided when (re-)joining.");
  return {};
}

namespace {

Tasks tasks_of(const std::vector<Request::TaskIds>& all) {
  Tasks tasks;
  for (const auto& ids : all)
    if (!ids.partitions.empty())
      tasks[std::string(ids.subtopology_id)].insert(ids.partitions.begin(), ids.partitions.end());
  return tasks;
}

std::optional<TaskRoles> reported_of(const Request& request) {
  if (!request.active_tasks) return std::nullopt;
  return TaskRoles{.active = tasks_of(*request.active_tasks),
                   .standby = tasks_of(*request.standby_tasks),
                   .warmup = tasks_of(*request.warmup_tasks)};
}

Granted<std::optional<TaskOffsets::Offsets>> offsets_of(
    const std::optional<std::vector<Request::TaskOffset>>& reported) {
  if (!reported) return std::nullopt;
  TaskOffsets::Offsets offsets;
  for (const auto& task : *reported)
    if (!offsets[std::string(task.subtopology_id)].emplace(task.partition, task.offset).second)
      return refused(ErrorCode::invalid_request,
                     "Task offsets contain a duplicate entry for subtopology {} and partition {}.",
                     task.subtopology_id, task.partition.value);
  return offsets;
}

bool lies_within(const Tasks& some, const auto& all) {
  return std::ranges::all_of(some, [&](const auto& entry) {
    return std::ranges::all_of(entry.second,
                               [&](PartitionIndex partition) { return contains(all, entry.first, partition); });
  });
}

// The member may not have got the answer that told it of its epoch. As long as it has nothing that it should not,
// it may go on.
Granted<void> check_epoch(const StreamsMember& member, std::int32_t received,
                          const std::optional<TaskRoles>& reported) {
  if (received == kJoining || received == member.epoch) return {};
  const bool has_only_its_own = reported && lies_within(reported->active, member.assigned.active) &&
                                lies_within(reported->standby, member.assigned.standby) &&
                                lies_within(reported->warmup, member.assigned.warmup);
  if (received < member.epoch && received == member.previous_epoch && has_only_its_own) return {};
  return refused(ErrorCode::fenced_member_epoch,
                 "The streams group member has a {} member epoch ({}) than the one known by the group coordinator "
                 "({}). The member must abandon all its partitions and rejoin.",
                 received > member.epoch ? "greater" : "smaller", received, member.epoch);
}

Granted<void> check_tasks(const Tasks& tasks, const ConfiguredTopology& topology) {
  for (const auto& [id, partitions] : tasks) {
    const auto subtopology = topology.subtopologies->find(id);
    if (subtopology == topology.subtopologies->end())
      return refused(ErrorCode::invalid_request, "Subtopology {} does not exist in the topology.", id);
    const std::int32_t count = subtopology->second.task_count;
    for (const PartitionIndex partition : partitions)
      if (partition.value < 0 || partition.value >= count)
        return refused(ErrorCode::invalid_request,
                       "Task {} for subtopology {} is invalid. Number of tasks for this subtopology: {}",
                       partition.value, id, count);
  }
  return {};
}

StreamsMember updated_by(StreamsMember member, const Request& request, const GroupClient& client) {
  if (request.instance_id) member.instance_id = *request.instance_id;
  if (request.rack_id) member.rack_id = *request.rack_id;
  if (request.rebalance_timeout_ms != -1) member.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.topology) member.topology_epoch = request.topology->epoch;
  if (request.process_id) member.process_id = *request.process_id;
  member.client_id = client.client_id;
  member.client_host = client.host;
  if (request.member_epoch == kJoining) member.endpoint.reset();
  if (request.user_endpoint)
    member.endpoint =
        StreamsEndpoint{.host = std::string(request.user_endpoint->host), .port = request.user_endpoint->port};
  if (request.client_tags) {
    member.client_tags.clear();
    for (const auto& tag : *request.client_tags)
      member.client_tags.insert_or_assign(std::string(tag.key), tag.value);
  }
  return member;
}

}  // namespace

Granted<StreamsGroups::Joining> StreamsGroups::look_at(const GroupStep& step, const Request& request,
                                                       const GroupClient& client, bool name_taken) const {
  const StreamsGroup* group = find(request.group_id);
  if (name_taken)
    return refused(ErrorCode::group_id_not_found, "Group {} is not a streams group.", request.group_id);
  if (group == nullptr && request.member_epoch != kJoining)
    return refused(ErrorCode::group_id_not_found, "Streams group {} not found.", request.group_id);
  if (group != nullptr && request.member_epoch == kJoining && group->by_instance(request.instance_id) == nullptr &&
      group->find(request.member_id) == nullptr && group->members().size() >= step.options.streams.size_max)
    return refused(ErrorCode::group_max_size_reached,
                   "The streams group has reached its maximum capacity of {} members.",
                   step.options.streams.size_max);
  Joining joining;
  joining.reported = reported_of(request);
  if (Granted<void> known = look_at_member(request, group, joining); !known)
    return refused(std::move(known.error()));
  joining.after = updated_by(joining.before, request, client);
  if (const Result<CoordinatorRecord> record = streams_records::member(request.group_id, joining.after);
      !record || record->size() > step.options.record_bytes_max)
    return refused(ErrorCode::invalid_request, "What the member says of itself does not fit into a record.");
  if (Granted<void> fit = look_at_topology(step, request, group, joining); !fit)
    return refused(std::move(fit.error()));
  auto offsets = offsets_of(request.task_offsets), end_offsets = offsets_of(request.task_end_offsets);
  if (!offsets) return refused(std::move(offsets.error()));
  if (!end_offsets) return refused(std::move(end_offsets.error()));
  joining.offsets = std::move(*offsets);
  joining.end_offsets = std::move(*end_offsets);
  return joining;
}

Granted<void> StreamsGroups::look_at_member(const Request& request, const StreamsGroup* group,
                                            Joining& joining) const {
  const bool joins = request.member_epoch == kJoining;
  const StreamsMember* present = group != nullptr ? group->find(request.member_id) : nullptr;
  if (request.instance_id) {
    const StreamsMember* holder = group != nullptr ? group->by_instance(request.instance_id) : nullptr;
    if (joins && holder != nullptr) {
      if (holder->epoch != kLeavingForAWhile)
        return refused(
            ErrorCode::unreleased_instance_id,
            "Static member {} with instance id {} cannot join the group because the instance id is owned "
            "by {} member.",
            request.member_id, *request.instance_id, holder->id);
      joining.before = *holder;
      joining.before.epoch = joining.before.previous_epoch = kJoining;
      joining.replaces = std::exchange(joining.before.id, std::string(request.member_id));
      return {};
    }
    if (!joins && holder == nullptr)
      return refused(ErrorCode::unknown_member_id, "Instance id {} is unknown.", *request.instance_id);
    if (!joins && holder->id != request.member_id)
      return refused(ErrorCode::fenced_instance_id,
                     "Static member {} with instance id {} was fenced by member {}.", request.member_id,
                     *request.instance_id, holder->id);
    if (!joins) present = holder;
  }
  if (present == nullptr && !joins)
    return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", request.member_id,
                   request.group_id);
  joining.is_new = present == nullptr;
  if (present == nullptr) {
    joining.before.id = request.member_id;
    return {};
  }
  joining.before = *present;
  if (Granted<void> current = check_epoch(*present, request.member_epoch, joining.reported); !current)
    return current;
  if (present->state == StreamsMemberState::unknown && (!joining.reported || !joining.reported->empty()))
    return refused(ErrorCode::fenced_member_epoch,
                   "The streams group member is in a unknown state. The member must abandon all its tasks and "
                   "rejoin.");
  return {};
}

/// The topology of the group, or else that of the request, and what it makes of the topics that there are.
Granted<void> StreamsGroups::look_at_topology(const GroupStep& step, const Request& request,
                                              const StreamsGroup* group, Joining& joining) const {
  const StreamsTopology* topology = group != nullptr && group->topology() ? &*group->topology() : nullptr;
  if (request.topology && (topology == nullptr || request.topology->epoch >= topology->epoch)) {
    Granted<StreamsTopology> requested = topology_of(*request.topology);
    if (!requested) return refused(std::move(requested.error()));
    if (topology != nullptr && !is_same(*topology, *requested))
      return refused(ErrorCode::invalid_request, "Topology updates are not supported yet.");
    const Result<CoordinatorRecord> record = streams_records::topology(request.group_id, *requested);
    if (!record || record->size() > step.options.record_bytes_max)
      return refused(ErrorCode::streams_invalid_topology, "The topology does not fit into a record.");
    if (topology == nullptr) topology = &joining.topology.emplace(std::move(*requested));
  } else if (topology == nullptr) {
    return refused(ErrorCode::unknown_server_error, "The group has no topology; the member must rejoin.");
  }
  if (!joining.topology && !group->is_metadata_stale && group->configured) {
    joining.metadata_hash = group->epoch().metadata_hash;
  } else {
    joining.metadata_hash = hash_of_topics(*topology);
    Granted<ConfiguredTopology> configured = configure(*topology, cluster_.image->topics);
    if (!configured) return refused(std::move(configured.error()));
    joining.configured = std::move(*configured);
  }
  const ConfiguredTopology& configured = joining.configured ? *joining.configured : *group->configured;
  if (!configured.is_ready() || !joining.reported) return {};
  for (const Tasks* tasks : {&joining.reported->active, &joining.reported->standby, &joining.reported->warmup})
    if (Granted<void> valid = check_tasks(*tasks, configured); !valid) return valid;
  return {};
}

std::int64_t StreamsGroups::hash_of_topics(const StreamsTopology& topology) const {
  const std::set<std::string, std::less<>> required = topology.required_topics();
  std::map<std::string_view, std::int64_t> hashes;
  for (const std::string& name : required)
    if (const TopicImage* topic = cluster_.image->topics.topic(std::string_view(name)); topic != nullptr)
      hashes.emplace(topic->name(), topic_hash(*topic, cluster_.image->cluster));
  return metadata_hash(hashes);
}

}  // namespace sluice
