#include "coordinator/streams_groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/streams_reconciliation.h"
#include "coordinator/task_assignor.h"

namespace sluice {
namespace {

constexpr std::int32_t kJoining = 0;

/// Whether what a static member says of itself matters to where tasks should be.
bool matters_to_targets(const StreamsMember& before, const StreamsMember& after) {
  return before.topology_epoch != after.topology_epoch || before.rack_id != after.rack_id ||
         before.client_tags != after.client_tags || before.process_id != after.process_id;
}

void note_missing_tags(const StreamsMember& member, const std::vector<std::string>& tags,
                       std::vector<StreamsStatusNote>& notes) {
  std::vector<std::string_view> missing;
  for (const std::string& tag : tags)
    if (!member.client_tags.contains(tag)) missing.push_back(tag);
  if (missing.empty()) return;
  notes.push_back(
      {StreamsStatus::missing_client_tags,
       fmt::format("Missing required client tags for rack-aware standby assignment: [{}]. Configure them "
                   "via 'client.tag.<tagKey>' in your Streams config.",
                   fmt::join(missing, ", "))});
}

/// The partitions of what a member's tasks read.
TopicPartitions partitions_of(const Tasks& tasks, const ConfiguredTopology& topology, const TopicsImage& topics) {
  TopicPartitions all;
  for (const auto& [id, partitions] : tasks) {
    const auto subtopology = topology.subtopologies->find(id);
    if (subtopology == topology.subtopologies->end()) continue;
    const auto add = [&](std::string_view name) {
      const TopicImage* topic = topics.topic(name);
      if (topic == nullptr) return;
      for (const PartitionIndex partition : partitions)
        if (topic->partition(partition) != nullptr) all[topic->name()].push_back(partition);
    };
    for (const std::string& name : subtopology->second.source_topics) add(name);
    for (const StreamsTopic& topic : subtopology->second.repartition_sources) add(topic.name);
  }
  return all;
}

}  // namespace

const StreamsGroup* StreamsGroups::find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

StreamsGroup* StreamsGroups::find_to_change(std::string_view group) {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

void StreamsGroups::reset() {
  groups_.clear();
  deadlines_.clear();
}

Result<void> StreamsGroups::replay(const StreamsGroupKey& key, std::optional<Bytes> value) {
  StreamsGroup* group = find_to_change(key.group);
  if (group == nullptr) {
    if (!value) return {};
    const std::string id(key.group);
    group = &groups_.emplace(id, StreamsGroup(id)).first->second;
  }
  const Result<void> taken = sluice::replay(*group, key, value);
  // The group exists by this record: what is left of it without it is what compaction has not got to yet.
  if (key.is_group() && !value) erase(key.group);
  return taken;
}

void StreamsGroups::erase(std::string_view group) {
  if (const auto found = groups_.find(group); found != groups_.end()) groups_.erase(found);
  deadlines_.cancel(group);
}

void StreamsGroups::emit(GroupStep& step, Result<CoordinatorRecord> record) {
  // Names came in requests and have been in records' size before, so that what cannot be encoded is a bug.
  SLUICE_ASSERT(record.has_value());
  const auto key = StreamsGroupKey::parse(record->key.bytes());
  SLUICE_ASSERT(key.has_value() && key->has_value());
  const std::optional<Bytes> value = record->value ? std::optional<Bytes>(record->value->bytes()) : std::nullopt;
  SLUICE_ASSERT(replay(**key, value).has_value());
  step.effects.records.push_back(std::move(*record));
}

void StreamsGroups::watch(std::string_view group) {
  const StreamsGroup* found = find(group);
  deadlines_.set(group, found != nullptr ? found->timers.next() : std::nullopt);
}

std::map<std::string, std::string> StreamsGroups::assignment_configs(std::string_view group) const {
  const StreamsGroupConfig& config = cluster_.settings->of(group).streams;
  std::map<std::string, std::string> configs;
  configs.emplace("num.standby.replicas", std::to_string(config.standby_replicas));
  if (!config.rack_aware_tags.empty())
    configs.emplace("rack.aware.assignment.tags", fmt::format("{}", fmt::join(config.rack_aware_tags, ",")));
  return configs;
}

StreamsHeartbeatAnswer StreamsGroups::beat(GroupStep& step, const Request& request, const GroupClient& client,
                                           Joining joining) {
  const std::string id(request.group_id), member_id(request.member_id);
  const StreamsGroupConfig& config = cluster_.settings->of(id).streams;
  const auto found = groups_.try_emplace(id, StreamsGroup(id)).first;
  StreamsGroup& group = found->second;
  const bool was_empty = group.empty();
  StreamsHeartbeatAnswer answer;

  if (joining.replaces) replace_member(step, id, joining);
  bool changed = put_member(step, id, request, joining);
  if (joining.topology) emit(step, streams_records::topology(id, *joining.topology));
  if (joining.after.topology_epoch < group.topology()->epoch)
    answer.notes.push_back({StreamsStatus::stale_topology,
                            fmt::format("The member's topology epoch {} is behind the group's topology epoch {}.",
                                        joining.after.topology_epoch, group.topology()->epoch)});

  StreamsGroupEpoch next = group.epoch();
  next.metadata_hash = joining.metadata_hash;
  if (joining.configured) group.configured = std::move(joining.configured);
  group.is_metadata_stale = false;
  next.validated_topology = group.configured->is_ready() ? group.topology()->epoch : -1;
  next.assignment_configs = assignment_configs(id);
  if (joining.offsets) group.task_offsets[member_id].offsets = std::move(*joining.offsets);
  if (joining.end_offsets) group.task_offsets[member_id].end_offsets = std::move(*joining.end_offsets);
  changed |= next != group.epoch();
  if (changed) {
    ++next.epoch;
    emit(step, streams_records::group_epoch(id, next));
  }

  if (was_empty && config.initial_rebalance_delay > std::chrono::milliseconds(0) && !group.timers.first_target)
    group.timers.first_target = step.now + config.initial_rebalance_delay;
  update_targets(step, group, answer.notes);
  const StreamsMember reconciled = reconcile_member(step, group, member_id, joining.reported);
  group.timers.sessions.set(member_id, step.now + config.times.session_timeout);
  watch(id);
  if (request.shutdown_application && !group.shutdown_requested_by) group.shutdown_requested_by = member_id;

  answer.member_id = member_id;
  answer.member_epoch = reconciled.epoch;
  answer.heartbeat_interval = config.times.heartbeat_interval;
  answer.task_offset_interval = config.task_offset_interval;
  answer.acceptable_recovery_lag = config.acceptable_recovery_lag;
  const bool tasks_changed = reconciled.assigned != joining.before.assigned;
  if (request.member_epoch == kJoining || tasks_changed) answer.tasks = without_epochs(reconciled.assigned);
  if (reconciled.endpoint != joining.before.endpoint || (tasks_changed && reconciled.endpoint))
    ++group.endpoint_epoch;
  tell_endpoints(answer, group, request.endpoint_information_epoch);
  if (const ConfiguredTopology& configured = *group.configured; configured.problem) {
    answer.missing_topics = configured.missing_topics;
    answer.notes.push_back(*configured.problem);
  }
  if (group.shutdown_requested_by)
    answer.notes.push_back(
        {StreamsStatus::shutdown_application,
         fmt::format("Streams group member {} encountered a fatal error and requested a shutdown "
                     "for the entire application.",
                     *group.shutdown_requested_by)});
  // Before version 1 members cannot be told of either.
  if (client.version < 1) return answer;
  note_missing_tags(reconciled, config.rack_aware_tags, answer.notes);
  const std::int32_t topology_epoch = group.topology()->epoch;
  if (step.options.streams.topology_descriptions && reconciled.topology_epoch >= topology_epoch)
    answer.description_required = group.description.ask(topology_epoch, step.now, step.chance);
  return answer;
}

void StreamsGroups::replace_member(GroupStep& step, const std::string& id, const Joining& joining) {
  const TaskRoles target = find(id)->target(*joining.replaces);
  emit(step, streams_records::no_assignment(id, *joining.replaces));
  emit(step, streams_records::no_target(id, *joining.replaces));
  emit(step, streams_records::no_member(id, *joining.replaces));
  emit(step, streams_records::member(id, joining.before));
  emit(step, streams_records::target(id, joining.before.id, target));
  emit(step, streams_records::assignment(id, joining.before));
}

/// Returns whether targets have to be looked at for what the member says of itself.
bool StreamsGroups::put_member(GroupStep& step, const std::string& id, const Request& request,
                               const Joining& joining) {
  if (!joining.is_new && joining.after == joining.before) return false;
  emit(step, streams_records::member(id, joining.after));
  return !request.instance_id || matters_to_targets(joining.before, joining.after);
}

// Who starts a whole application does not want tasks to wander with each member: changes are gathered for a while.
void StreamsGroups::update_targets(GroupStep& step, StreamsGroup& group, std::vector<StreamsStatusNote>& notes) {
  if (group.timers.first_target) {
    notes.push_back(
        {StreamsStatus::assignment_delayed, "Assignment delayed due to the configured initial rebalance delay."});
    return;
  }
  const StreamsTargetEpoch& last = group.target_epoch();
  if (last.epoch >= group.epoch().epoch) return;
  const StreamsGroupConfig& config = cluster_.settings->of(group.id()).streams;
  const std::chrono::milliseconds interval = config.times.assignment_interval;
  if (last.computed != WallTime{} && step.wall >= last.computed && step.wall - last.computed < interval) {
    notes.push_back(
        {StreamsStatus::assignment_delayed, "Assignment delayed due to the configured assignment interval."});
    return;
  }
  TaskAssignorInput input;
  for (const auto& [member_id, member] : group.members()) {
    const auto offsets = group.task_offsets.find(member_id);
    input.members.push_back({.id = member_id,
                             .process = member.process_id,
                             .assigned = &member.assigned,
                             .offsets = offsets == group.task_offsets.end() ? nullptr : &offsets->second.offsets});
  }
  // Before its topics are there an application has nothing to do.
  if (group.configured->is_ready())
    for (const auto& [id, subtopology] : *group.configured->subtopologies)
      input.subtopologies.push_back(
          {.id = id, .task_count = subtopology.task_count, .is_stateful = !subtopology.changelogs.empty()});
  input.standby_replicas = config.standby_replicas;
  const std::vector<TaskRoles> targets = assign_sticky(input);
  std::vector<std::pair<std::string, TaskRoles>> changed;
  auto target = targets.begin();
  for (const auto& [member_id, member] : group.members()) {
    if (!group.targets().contains(member_id) || group.target(member_id) != *target)
      changed.emplace_back(member_id, *target);
    ++target;
  }
  for (const auto& [member_id, tasks] : changed) emit(step, streams_records::target(group.id(), member_id, tasks));
  emit(step, streams_records::target_epoch(group.id(), {.epoch = group.epoch().epoch, .computed = step.wall}));
}

StreamsMember StreamsGroups::reconcile_member(GroupStep& step, StreamsGroup& group, const std::string& member_id,
                                              const std::optional<TaskRoles>& reported) {
  static const TaskRoles kNothing;
  const StreamsMember member = *group.find(member_id);
  const std::int32_t target_epoch = group.target_epoch().epoch;
  if (member.is_reconciled_to(target_epoch)) return member;
  // While members gather, nobody has a target yet.
  const TaskRoles& target = group.timers.first_target ? kNothing : group.target(member_id);
  std::optional<StreamsMember> next =
      reconcile(member, {.target_epoch = target_epoch, .target = target, .group = group, .reported = reported});
  SLUICE_ASSERT(next.has_value());
  if (*next == member) return member;
  emit(step, streams_records::assignment(group.id(), *next));
  if (next->state == StreamsMemberState::unrevoked_tasks)
    group.timers.rebalances.set(member_id, step.now + next->rebalance_timeout());
  else
    group.timers.rebalances.cancel(member_id);
  return std::move(*next);
}

void StreamsGroups::tell_endpoints(StreamsHeartbeatAnswer& answer, const StreamsGroup& group,
                                   std::int32_t known_epoch) const {
  answer.endpoint_epoch = group.endpoint_epoch;
  if (group.endpoint_epoch == known_epoch) return;
  auto& endpoints = answer.endpoints.emplace();
  if (!group.configured->subtopologies) return;
  const TopicsImage& topics = cluster_.image->topics;
  for (const auto& [id, member] : group.members()) {
    if (!member.endpoint) continue;
    Tasks copies = member.assigned.standby;
    for (const auto& [subtopology, partitions] : member.assigned.warmup)
      copies[subtopology].insert(partitions.begin(), partitions.end());
    endpoints.push_back(
        {.endpoint = *member.endpoint,
         .active = partitions_of(without_epochs(member.assigned.active), *group.configured, topics),
         .standby = partitions_of(copies, *group.configured, topics)});
  }
}

}  // namespace sluice
