// server/handlers/streams_group_heartbeat.cc: StreamsGroupHeartbeat (API key 88, KIP-1071). Internal topics that
// the application needs and does not have yet are created beside it; the member is told when they are there.
#include "wire/api/streams_group_heartbeat.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "controller/topic_names.h"
#include "coordinator/internal_topics.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"
#include "server/handlers/streams_protocol.h"

namespace sluice::handlers {
namespace {

using wire::StreamsGroupHeartbeatRequest;
using wire::StreamsGroupHeartbeatResponse;

std::vector<std::string_view> topics_of(const StreamsGroupHeartbeatRequest::Topology& topology) {
  std::vector<std::string_view> topics;
  std::set<std::string_view> seen;
  const auto add = [&](std::string_view topic) {
    if (seen.insert(topic).second) topics.push_back(topic);
  };
  for (const auto& subtopology : topology.subtopologies) {
    for (const std::string_view topic : subtopology.source_topics) add(topic);
    for (const std::string_view topic : subtopology.repartition_sink_topics) add(topic);
    for (const auto& topic : subtopology.repartition_source_topics) add(topic.name);
    for (const auto& topic : subtopology.state_changelog_topics) add(topic.name);
  }
  return topics;
}

/// What is wrong with the names of a topology's topics; empty if nothing.
std::string complaint(const StreamsGroupHeartbeatRequest::Topology& topology) {
  std::vector<std::string_view> internal, invalid;
  for (const std::string_view topic : topics_of(topology)) {
    if (is_internal_topic(topic)) internal.push_back(topic);
    if (!check_topic_name(topic)) invalid.push_back(topic);
  }
  if (!internal.empty())
    return fmt::format("Use of Kafka internal topics {} in a Kafka Streams topology is prohibited.",
                       fmt::join(internal, ","));
  if (!invalid.empty()) return fmt::format("Topic names {} are not valid topic names.", fmt::join(invalid, ","));
  return {};
}

std::vector<StreamsGroupHeartbeatResponse::TaskIds> ids_of(Arena& arena, const Tasks& tasks) {
  std::vector<StreamsGroupHeartbeatResponse::TaskIds> ids;
  for (const auto& [subtopology, partitions] : tasks)
    ids.push_back({.subtopology_id = arena.copy(subtopology),
                   .partitions = {partitions.begin(), partitions.end()},
                   .unknown_tags = {}});
  return ids;
}

std::vector<StreamsGroupHeartbeatResponse::TopicPartition> partitions_of(Arena& arena,
                                                                         const TopicPartitions& topics) {
  std::vector<StreamsGroupHeartbeatResponse::TopicPartition> all;
  for (const auto& [topic, partitions] : topics)
    all.push_back({.topic = arena.copy(topic), .partitions = partitions, .unknown_tags = {}});
  return all;
}

StreamsGroupHeartbeatResponse response_of(Arena& arena, const StreamsHeartbeatAnswer& answered) {
  StreamsGroupHeartbeatResponse response;
  response.error_code = answered.error;
  if (!answered.error_message.empty()) response.error_message = arena.copy(answered.error_message);
  if (answered.error != ErrorCode::none) return response;
  response.member_id = arena.copy(answered.member_id);
  response.member_epoch = answered.member_epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(answered.heartbeat_interval.count());
  response.task_offset_interval_ms = static_cast<std::int32_t>(answered.task_offset_interval.count());
  response.acceptable_recovery_lag = answered.acceptable_recovery_lag;
  response.status.emplace();
  for (const StreamsStatusNote& note : answered.notes)
    response.status->push_back({.status_code = static_cast<std::int8_t>(note.status),
                                .status_detail = arena.copy(note.detail),
                                .unknown_tags = {}});
  if (answered.tasks) {
    response.active_tasks = ids_of(arena, answered.tasks->active);
    response.standby_tasks = ids_of(arena, answered.tasks->standby);
    response.warmup_tasks = ids_of(arena, answered.tasks->warmup);
  }
  response.topology_description_required = answered.description_required;
  response.endpoint_information_epoch = answered.endpoint_epoch;
  if (!answered.endpoints) return response;
  auto& endpoints = response.partitions_by_user_endpoint.emplace();
  for (const EndpointPartitions& endpoint : *answered.endpoints)
    endpoints.push_back({.user_endpoint = {.host = arena.copy(endpoint.endpoint.host),
                                           .port = endpoint.endpoint.port,
                                           .unknown_tags = {}},
                         .active_partitions = partitions_of(arena, endpoint.active),
                         .standby_partitions = partitions_of(arena, endpoint.standby),
                         .unknown_tags = {}});
  return response;
}

/// Begins to create what is missing, and adds to the answer why that did not work the last time.
Task<void> create_missing_topics(RequestContext& context, StreamsHeartbeatAnswer& answered) {
  // What has failed is not tried again with every heartbeat.
  const std::chrono::milliseconds pause = 2 * answered.heartbeat_interval;
  const std::map<std::string, std::string> failures =
      co_await context.broker.create_streams_topics(std::move(answered.missing_topics), pause);
  if (failures.empty()) co_return;
  constexpr std::size_t kShown = 3;
  std::vector<std::string> shown;
  for (const auto& [topic, why] : failures)
    if (shown.size() < kShown) shown.push_back(fmt::format("{} ({})", topic, why));
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (failures.size() > kShown) text += fmt::format(" and {} more", failures.size() - kShown);
  for (StreamsStatusNote& note : answered.notes)
    if (note.status == StreamsStatus::missing_internal_topics) note.detail += "; Creation failed: " + text + ".";
}

Task<StreamsGroupHeartbeatResponse> answer(RequestContext& context, const StreamsGroupHeartbeatRequest& request) {
  StreamsGroupHeartbeatResponse refusal;
  if (!serves_streams_groups(context)) {
    refusal.error_code = ErrorCode::unsupported_version;
    co_return refusal;
  }
  if (const std::string wrong = request.topology ? complaint(*request.topology) : ""; !wrong.empty()) {
    refusal.error_code = ErrorCode::streams_invalid_topology;
    refusal.error_message = context.arena.copy(wrong);
    co_return refusal;
  }
  const GroupClient client = client_of(context);
  auto beat = [&request, client](GroupCoordinator& groups) { return groups.streams_heartbeat(request, client); };
  auto refuse = [](ErrorCode error) { return StreamsHeartbeatAnswer::failed({error, {}}); };
  StreamsHeartbeatAnswer answered = co_await on_coordinator(context, request.group_id, beat, refuse);
  if (!answered.missing_topics.empty()) co_await create_missing_topics(context, answered);
  co_return response_of(context.arena, answered);
}

}  // namespace

Task<Result<Reply>> streams_group_heartbeat(RequestContext& context) {
  return serve<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse>(context, answer);
}

}  // namespace sluice::handlers
