#include "client/consumer_protocol.h"
#include "tools/bench/group_member.h"
#include "wire/api/heartbeat.h"
#include "wire/api/join_group.h"
#include "wire/api/leave_group.h"
#include "wire/api/sync_group.h"

namespace sluice::tools::bench {
namespace {

// The versions that clients of Kafka 4 use.
constexpr std::int16_t kJoinVersion = 9;
constexpr std::int16_t kSyncVersion = 5;
constexpr std::int16_t kHeartbeatVersion = 4;
constexpr std::int16_t kLeaveVersion = 5;

constexpr std::int32_t kSessionTimeoutMs = 45'000;
constexpr std::int32_t kRebalanceTimeoutMs = 300'000;
constexpr std::string_view kProtocolType = "consumer";
constexpr std::string_view kProtocol = "range";

}  // namespace

void ClassicMember::leave() {
  step_ = Step::leave;
  not_before_ = {};
}

const PreparedRequest& ClassicMember::join() {
  client::ConsumerSubscription wanted;
  wanted.topics.push_back(target_.topic);
  const Result<Buffer> subscription = client::encode(wanted);
  SLUICE_ASSERT(subscription.has_value());
  wire::JoinGroupRequest request{.group_id = progress_.id(),
                                 .session_timeout_ms = kSessionTimeoutMs,
                                 .rebalance_timeout_ms = kRebalanceTimeoutMs,
                                 .member_id = id_,
                                 .protocol_type = kProtocolType};
  request.protocols.push_back({.name = kProtocol, .metadata = subscription->bytes()});
  return request_.encode(request, kJoinVersion);
}

const PreparedRequest& ClassicMember::sync() {
  wire::SyncGroupRequest request{.group_id = progress_.id(),
                                 .generation_id = generation_,
                                 .member_id = id_,
                                 .protocol_type = kProtocolType,
                                 .protocol_name = kProtocol};
  std::vector<Buffer> assignments;
  for (std::size_t member = 0; member < followers_.size(); ++member) {
    std::vector<client::TopicPartition> partitions;
    for (std::size_t p = member; p < progress_.partitions(); p += followers_.size())
      partitions.push_back({target_.topic, PartitionIndex{static_cast<std::int32_t>(p)}});
    Result<Buffer> assignment = client::encode_assignment(partitions);
    SLUICE_ASSERT(assignment.has_value());
    assignments.push_back(std::move(*assignment));
    request.assignments.push_back({.member_id = followers_[member], .assignment = assignments.back().bytes()});
  }
  return request_.encode(request, kSyncVersion);
}

const PreparedRequest& ClassicMember::next(Time) {
  switch (step_) {
    case Step::join: return join();
    case Step::sync: return sync();
    case Step::heartbeat: break;
    case Step::leave: {
      wire::LeaveGroupRequest request{.group_id = progress_.id()};
      request.members.push_back({.member_id = id_});
      return request_.encode(request, kLeaveVersion);
    }
  }
  const wire::HeartbeatRequest request{.group_id = progress_.id(), .generation_id = generation_, .member_id = id_};
  return request_.encode(request, kHeartbeatVersion);
}

Result<Work> ClassicMember::take(Bytes frame, Time now) {
  switch (step_) {
    case Step::join: return take_join(frame, now);
    case Step::sync: return take_sync(frame, now);
    case Step::heartbeat: return take_heartbeat(frame, now);
    case Step::leave: break;
  }
  return take_leave(frame);
}

Result<Work> ClassicMember::take_join(Bytes frame, Time now) {
  const auto response = open_answer<wire::JoinGroupResponse>(frame, kJoinVersion);
  if (!response) return fail(response.error());
  if (response->error_code == ErrorCode::member_id_required) {
    id_ = response->member_id;
    return Work{};
  }
  if (response->error_code == ErrorCode::rebalance_in_progress) return Work{};
  if (comes_later(response->error_code)) {
    not_before_ = now + kSoon;
    return Work{};
  }
  if (response->error_code != ErrorCode::none) return refused("joining", response->error_code);
  id_ = response->member_id;
  generation_ = response->generation_id;
  followers_.clear();
  for (const auto& member : response->members) followers_.emplace_back(member.member_id);
  step_ = Step::sync;
  return Work{};
}

Result<Work> ClassicMember::take_sync(Bytes frame, Time now) {
  const auto response = open_answer<wire::SyncGroupResponse>(frame, kSyncVersion);
  if (!response) return fail(response.error());
  if (response->error_code == ErrorCode::rebalance_in_progress) {
    step_ = Step::join;
    return Work{};
  }
  if (response->error_code != ErrorCode::none) return refused("syncing", response->error_code);
  const auto partitions = client::decode_assignment(response->assignment);
  if (!partitions) return fail(partitions.error());
  step_ = Step::heartbeat;
  not_before_ = now + interval_;
  return moved_to({.epoch = generation_, .partitions = partitions->size()});
}

Result<Work> ClassicMember::take_heartbeat(Bytes frame, Time now) {
  const auto response = open_answer<wire::HeartbeatResponse>(frame, kHeartbeatVersion);
  if (!response) return fail(response.error());
  if (response->error_code == ErrorCode::rebalance_in_progress) {
    step_ = Step::join;
    not_before_ = {};
    return Work{};
  }
  if (response->error_code != ErrorCode::none) return refused("heartbeat", response->error_code);
  not_before_ = now + interval_;
  return Work{};
}

Result<Work> ClassicMember::take_leave(Bytes frame) {
  const auto response = open_answer<wire::LeaveGroupResponse>(frame, kLeaveVersion);
  if (!response) return fail(response.error());
  if (response->error_code != ErrorCode::none) return refused("leaving", response->error_code);
  return gone();
}

}  // namespace sluice::tools::bench
