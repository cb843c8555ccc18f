#include "controller/broker_heartbeat.h"

#include <algorithm>
#include <limits>

#include "controller/leadership.h"
#include "wire/metadata/broker_registration_change_record.h"

namespace sluice {
namespace {

enum class State { fenced, unfenced, controlled_shutdown, ends };

State state_of(const BrokerImage& broker) {
  if (broker.fenced) return State::fenced;
  return broker.in_controlled_shutdown ? State::controlled_shutdown : State::unfenced;
}

/// How far the slowest of the other active brokers has read.
Offset lowest_active_offset(const MetadataImage& image, const BrokerSessions& sessions) {
  Offset lowest{std::numeric_limits<std::int64_t>::max()};
  for (const auto& [id, broker] : image.cluster.brokers())
    if (broker->is_active() && !sessions.is_local(id)) lowest = std::min(lowest, sessions.metadata_offset(id));
  return lowest;
}

State next_state(const DecisionContext& context, const BrokerImage& broker,
                 const wire::BrokerHeartbeatRequest& request, const BrokerSessions& sessions) {
  const State now = state_of(broker);
  switch (now) {
    case State::fenced:
      if (request.want_shut_down) return State::ends;
      // It must have read its own registration, or it would act on what held before.
      return !request.want_fence && request.current_metadata_offset.value >= broker.epoch ? State::unfenced : now;
    case State::unfenced:
      if (request.want_fence) return request.want_shut_down ? State::ends : State::fenced;
      if (!request.want_shut_down) return now;
      return leads_any(context.image, broker.id) ? State::controlled_shutdown : State::ends;
    case State::controlled_shutdown:
      if (leads_any(context.image, broker.id)) return now;
      return sessions.shutdown_offset(broker.id) <= lowest_active_offset(context.image, sessions) ? State::ends
                                                                                                  : now;
    case State::ends: break;
  }
  return State::ends;
}

wire::BrokerRegistrationChangeRecord change_of(const BrokerImage& broker) {
  wire::BrokerRegistrationChangeRecord record;
  record.broker_id = broker.id;
  record.broker_epoch = broker.epoch;
  return record;
}

void add_state_records(const DecisionContext& context, const BrokerImage& broker, State next,
                       RecordList& records) {
  auto record = change_of(broker);
  switch (next) {
    case State::fenced:
    case State::ends: add_fence_records(context, broker, records); return;
    case State::unfenced:
      record.fenced = -1;
      records.add(record, 0);
      add_return_records(context, broker.id, records);
      return;
    case State::controlled_shutdown:
      record.in_controlled_shutdown = 1;
      records.add(record, 1);
      add_leave_records(context, broker.id, records);
      return;
  }
}

/// What a broker says of its directories, where it differs from what is known.
void add_directory_records(const DecisionContext& context, const BrokerImage& broker,
                           const wire::BrokerHeartbeatRequest& request, RecordList& records) {
  const MetadataVersion version = context.metadata_version();
  if (supports_cordoned_log_dirs(version) && request.cordoned_log_dirs &&
      request.cordoned_log_dirs != broker.cordoned_log_dirs) {
    auto record = change_of(broker);
    record.cordoned_log_dirs = request.cordoned_log_dirs;
    records.add(record, 3);
  }
  if (!supports_directory_assignment(version)) return;
  std::vector<Uuid> lost;
  for (const Uuid& directory : request.offline_log_dirs)
    if (broker.has_log_dir(directory)) lost.push_back(directory);
  if (lost.empty()) return;
  add_lost_directory_records(context, broker.id, lost, records);
  auto record = change_of(broker);
  for (const Uuid& directory : broker.log_dirs)
    if (std::ranges::find(lost, directory) == lost.end()) record.log_dirs.push_back(directory);
  records.add(record, 2);
}

}  // namespace

void add_fence_records(const DecisionContext& context, const BrokerImage& broker, RecordList& records) {
  add_leave_records(context, broker.id, records);
  auto record = change_of(broker);
  record.fenced = 1;
  records.add(record, 0);
}

HeartbeatDecision heartbeat_broker(const DecisionContext& context, const wire::BrokerHeartbeatRequest& request,
                                   const BrokerSessions& sessions) {
  HeartbeatDecision result;
  auto& response = result.decision.response();
  const BrokerImage* broker = context.image.broker(request.broker_id);
  if (broker == nullptr || broker->epoch != request.broker_epoch) {
    response.error_code = ErrorCode::stale_broker_epoch;
    return result;
  }
  result.accepted = true;
  const State now = state_of(*broker);
  const State next = next_state(context, *broker, request, sessions);
  RecordList& records = result.decision.records;
  if (next != now && !(next == State::ends && now == State::fenced))
    add_state_records(context, *broker, next, records);
  add_directory_records(context, *broker, request, records);
  result.decision.grouping = raft::Grouping::loose;
  result.begins_shutdown = next == State::controlled_shutdown && now != next;
  response.is_caught_up = request.current_metadata_offset.value >= broker->epoch;
  response.is_fenced = next == State::fenced || next == State::ends;
  response.should_shut_down = next == State::ends;
  return result;
}

}  // namespace sluice
