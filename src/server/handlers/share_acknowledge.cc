// server/handlers/share_acknowledge.cc: ShareAcknowledge (API key 79, KIP-932): what a member says of records that
// it has, where it fetches no more just now.
#include "wire/api/share_acknowledge.h"

#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/handlers/share_acknowledgements.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

using wire::ShareAcknowledgeRequest;
using wire::ShareAcknowledgeResponse;

Task<ShareAcknowledgeResponse> answer(RequestContext& context, const ShareAcknowledgeRequest& request) {
  ShareAcknowledgeResponse response;
  const std::string_view group = request.group_id.value_or("");
  const std::string_view member = request.member_id.value_or("");
  const std::int32_t epoch = request.share_session_epoch;
  if (!is_share_member(group, member)) {
    response.error_code = ErrorCode::invalid_request;
    co_return response;
  }
  // A session begins with a fetch.
  if (epoch == ShareSessionCache::kInitialEpoch) {
    response.error_code = ErrorCode::invalid_share_session_epoch;
    co_return response;
  }
  const auto session = context.shard.share_sessions().next(group, member, epoch);
  if (!session) {
    response.error_code = session.error();
    co_return response;
  }
  const ShareGroupConfig config = context.shard.group_settings().of(group).share;
  response.acquisition_lock_timeout_ms = static_cast<std::int32_t>(config.record_lock_duration.count());
  ShareErrors errors;
  const SaidByPartition said =
      collect_said(request.topics, request.is_renew_ack && config.renew_acknowledge, errors);
  co_await acknowledge(context, group, member, said, errors);
  if (epoch == ShareSessionCache::kFinalEpoch)
    co_await release_share_member(context.broker, std::string(group), std::string(member));
  for (const auto& [key, error] : errors) {
    if (response.responses.empty() || response.responses.back().topic_id != key.topic_id)
      response.responses.emplace_back().topic_id = key.topic_id;
    auto& partition = response.responses.back().partitions.emplace_back();
    partition.partition_index = key.partition;
    partition.error_code = error;
    partition.current_leader.leader_id = NodeId{-1};
    partition.current_leader.leader_epoch = LeaderEpoch{-1};
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> share_acknowledge(RequestContext& context) {
  return serve<ShareAcknowledgeRequest, ShareAcknowledgeResponse>(context, answer);
}

}  // namespace sluice::handlers
