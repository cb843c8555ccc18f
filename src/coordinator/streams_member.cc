#include "coordinator/streams_member.h"

namespace sluice {
namespace {

using AssignmentValue = wire::StreamsGroupCurrentMemberAssignmentValue;

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

StreamsMemberState state_of(std::int8_t number) {
  switch (number) {
    case 1: return StreamsMemberState::stable;
    case 2: return StreamsMemberState::unrevoked_tasks;
    case 3: return StreamsMemberState::unreleased_tasks;
    default: return StreamsMemberState::unknown;
  }
}

/// Before KIP-1251 records did not tell in which epoch a task was assigned: the member's stands for it.
TaskEpochs epochs_of(const std::vector<AssignmentValue::TaskIds>& ids, std::int32_t member_epoch) {
  TaskEpochs tasks;
  for (const auto& subtopology : ids) {
    const bool has_epochs =
        subtopology.assignment_epochs && subtopology.assignment_epochs->size() == subtopology.partitions.size();
    for (std::size_t i = 0; i < subtopology.partitions.size(); ++i)
      tasks[std::string(subtopology.subtopology_id)][subtopology.partitions[i]] =
          has_epochs ? (*subtopology.assignment_epochs)[i] : member_epoch;
  }
  return tasks;
}

Tasks tasks_of(const std::vector<AssignmentValue::TaskIds>& ids) {
  Tasks tasks;
  for (const auto& subtopology : ids)
    if (!subtopology.partitions.empty())
      tasks[std::string(subtopology.subtopology_id)].insert(subtopology.partitions.begin(),
                                                            subtopology.partitions.end());
  return tasks;
}

}  // namespace

void StreamsMember::update(const wire::StreamsGroupMemberMetadataValue& value) {
  instance_id = owned(value.instance_id);
  rack_id = owned(value.rack_id);
  client_id = value.client_id;
  client_host = value.client_host;
  rebalance_timeout_ms = value.rebalance_timeout_ms;
  topology_epoch = value.topology_epoch;
  process_id = value.process_id;
  endpoint.reset();
  if (value.user_endpoint)
    endpoint = StreamsEndpoint{.host = std::string(value.user_endpoint->host), .port = value.user_endpoint->port};
  client_tags.clear();
  for (const auto& tag : value.client_tags) client_tags.emplace(tag.key, tag.value);
}

void StreamsMember::update(const AssignmentValue& value) {
  epoch = value.member_epoch;
  previous_epoch = value.previous_member_epoch;
  state = state_of(value.state);
  assigned = {.active = epochs_of(value.active_tasks, epoch),
              .standby = tasks_of(value.standby_tasks),
              .warmup = tasks_of(value.warmup_tasks)};
  pending_release = {.active = epochs_of(value.active_tasks_pending_revocation, epoch),
                     .standby = tasks_of(value.standby_tasks_pending_revocation),
                     .warmup = tasks_of(value.warmup_tasks_pending_revocation)};
}

}  // namespace sluice
