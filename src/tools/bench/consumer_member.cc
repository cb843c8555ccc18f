#include "tools/bench/group_member.h"
#include "wire/api/consumer_group_heartbeat.h"

namespace sluice::tools::bench {
namespace {

using wire::ConsumerGroupHeartbeatRequest;

constexpr std::int16_t kVersion = 1;
constexpr std::int32_t kRebalanceTimeoutMs = 300'000;
constexpr std::int32_t kLeaveEpoch = -1;

}  // namespace

void ConsumerMember::leave() {
  step_ = Step::leave;
  not_before_ = {};
}

const PreparedRequest& ConsumerMember::next(Time) {
  ConsumerGroupHeartbeatRequest request{.group_id = progress_.id(), .member_id = id_};
  if (step_ == Step::join) {
    request.rebalance_timeout_ms = kRebalanceTimeoutMs;
    request.subscribed_topic_names = std::vector<std::string_view>{target_.topic};
    request.topic_partitions.emplace();
  } else {
    request.member_epoch = step_ == Step::leave ? kLeaveEpoch : epoch();
  }
  if (step_ == Step::tell) {
    request.topic_partitions.emplace();
    if (!owned_.empty()) request.topic_partitions->push_back({.topic_id = target_.topic_id, .partitions = owned_});
  }
  return request_.encode(request, kVersion);
}

Result<Work> ConsumerMember::take(Bytes frame, Time now) {
  const auto response = open_answer<wire::ConsumerGroupHeartbeatResponse>(frame, kVersion);
  if (!response) return fail(response.error());
  if (comes_later(response->error_code)) {
    not_before_ = now + kSoon;
    return Work{};
  }
  if (response->error_code != ErrorCode::none)
    return refused("heartbeat", response->error_code, response->error_message.value_or(""));
  if (step_ == Step::leave) return gone();
  step_ = response->assignment ? Step::tell : Step::heartbeat;
  not_before_ = response->assignment ? Time{} : now + interval_;
  if (!response->assignment && response->member_epoch == epoch()) return Work{};
  if (response->assignment) {
    owned_.clear();
    for (const auto& topic : response->assignment->topic_partitions)
      owned_.insert(owned_.end(), topic.partitions.begin(), topic.partitions.end());
  }
  return moved_to({.epoch = response->member_epoch, .partitions = owned_.size()});
}

}  // namespace sluice::tools::bench
