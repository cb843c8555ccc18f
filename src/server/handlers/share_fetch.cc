// server/handlers/share_fetch.cc: ShareFetch (API key 78, KIP-932): takes what the member says of records that it
// has, and acquires more for it.
#include "wire/api/share_fetch.h"

#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/handlers/share_acknowledgements.h"
#include "server/handlers/share_protocol.h"
#include "server/request_context.h"
#include "server/share_acquirer.h"

namespace sluice::handlers {
namespace {

using wire::ShareFetchRequest;
using wire::ShareFetchResponse;
using PartitionData = ShareFetchResponse::PartitionData;

constexpr std::int8_t kRecordLimit = 1;  // ShareAcquireMode

struct Work {
  RequestContext& context;
  const ShareFetchRequest& request;
  std::string_view group;
  std::string_view member;
  ShareGroupConfig config;
  std::vector<RecordsSource> sources;
};

/// The session, brought up to date with what the request says.
std::expected<std::shared_ptr<ShareSession>, ErrorCode> session_of(Work& work) {
  ShareSessionCache& cache = work.context.shard.share_sessions();
  const ShareFetchRequest& request = work.request;
  const bool opens = request.share_session_epoch == ShareSessionCache::kInitialEpoch;
  auto session = opens ? cache.open(work.group, work.member, work.context.peer)
                       : cache.next(work.group, work.member, request.share_session_epoch);
  if (!session) return session;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) (*session)->add({topic.topic_id, partition.partition_index});
  for (const auto& topic : request.forgotten_topics_data)
    for (const PartitionIndex partition : topic.partitions) (*session)->forget({topic.topic_id, partition});
  return session;
}

AcquireLimits limits_of(const ShareFetchRequest& request) {
  return {.records_max = std::max(request.max_records, 0),
          .range_records = std::max(request.batch_size, 1),
          .exactly = request.share_acquire_mode == kRecordLimit};
}

/// Those of the session that exist; the others get an error.
std::vector<PartitionKey> existing(const Work& work, const ShareSession& session,
                                   std::map<PartitionKey, PartitionData>& answers) {
  std::vector<PartitionKey> keys;
  for (const PartitionKey& key : session.partitions) {
    const TopicImage* topic = work.context.image->topic(key.topic_id);
    if (topic != nullptr && topic->partition(key.partition) != nullptr)
      keys.push_back(key);
    else
      answers[key].error_code =
          topic == nullptr ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition;
  }
  return keys;
}

Task<void> fetch(Work& work, ShareSession& session, bool wait, std::map<PartitionKey, PartitionData>& answers) {
  const ShareFetchRequest& request = work.request;
  const auto patience = std::chrono::milliseconds(wait ? std::max(request.max_wait_ms, 0) : 0);
  const std::size_t bytes_max = std::min<std::size_t>(static_cast<std::size_t>(std::max(request.max_bytes, 0)),
                                                      work.context.broker.config().fetch.bytes_max);
  ShareFetchOptions options{.group = work.group,
                            .member = work.member,
                            .config = work.config,
                            .limits = limits_of(request),
                            .bytes_max = bytes_max,
                            .deadline = work.context.received + patience};
  std::vector<PartitionKey> keys = existing(work, session, answers);
  session.rotate();
  for (AcquiredRecords& found : co_await acquire_records(work.context, std::move(keys), std::move(options))) {
    PartitionData& data = answers[found.key];
    data.error_code = found.error;
    for (const AcquiredRange& range : found.acquired)
      data.acquired_records.push_back({.first_offset = range.first,
                                       .last_offset = range.last,
                                       .delivery_count = range.delivery_count,
                                       .unknown_tags = {}});
    if (found.bytes == 0) continue;
    data.records = wire::Records::external(found.bytes, work.sources.size());
    work.sources.push_back(std::move(found.records));
  }
}

void put(ShareFetchResponse& response, std::map<PartitionKey, PartitionData> answers) {
  for (auto& [key, data] : answers) {
    if (response.responses.empty() || response.responses.back().topic_id != key.topic_id)
      response.responses.emplace_back().topic_id = key.topic_id;
    data.partition_index = key.partition;
    data.current_leader.leader_id = NodeId{-1};
    data.current_leader.leader_epoch = LeaderEpoch{-1};
    if (!data.records) data.records = wire::Records(Bytes{});
    response.responses.back().partitions.push_back(std::move(data));
  }
}

Task<ShareFetchResponse> answer(Work& work) {
  ShareFetchResponse response;
  const ShareFetchRequest& request = work.request;
  if (!is_share_member(work.group, work.member)) {
    response.error_code = ErrorCode::invalid_request;
    co_return response;
  }
  ShareErrors errors;
  const SaidByPartition said =
      collect_said(request.topics, request.is_renew_ack && work.config.renew_acknowledge, errors);
  const bool opens = request.share_session_epoch == ShareSessionCache::kInitialEpoch;
  if (opens && !(said.empty() && errors.empty())) {
    response.error_code = ErrorCode::invalid_request;
    response.error_message = "The first request of a session acknowledges nothing.";
    co_return response;
  }
  // Shared: the session may be replaced by another request while this one waits.
  const auto session = session_of(work);
  if (!session) {
    response.error_code = session.error();
    co_return response;
  }
  response.acquisition_lock_timeout_ms = static_cast<std::int32_t>(work.config.record_lock_duration.count());
  co_await acknowledge(work.context, work.group, work.member, said, errors);
  std::map<PartitionKey, PartitionData> answers;
  for (const auto& [key, error] : errors) answers[key].acknowledge_error_code = error;
  // What a member gives back or renews it wants to know of at once.
  const bool waits = answers.empty();
  if (request.share_session_epoch == ShareSessionCache::kFinalEpoch)
    co_await release_share_member(work.context.broker, std::string(work.group), std::string(work.member));
  else if (!request.is_renew_ack)
    co_await fetch(work, **session, waits, answers);
  put(response, std::move(answers));
  co_return response;
}

}  // namespace

Task<Result<Reply>> share_fetch(RequestContext& context) {
  wire::Reader in(context.body, wire::kRequestMemory);
  const Result<ShareFetchRequest> request = ShareFetchRequest::decode(in, context.version);
  if (!request) co_return fail(request.error());
  const std::string_view group = request->group_id.value_or("");
  Work work{.context = context,
            .request = *request,
            .group = group,
            .member = request->member_id.value_or(""),
            .config = share_config_of(context, group),
            .sources = {}};
  const ShareFetchResponse response = co_await answer(work);
  co_return make_reply(response, context.version, context.correlation_id, std::move(work.sources));
}

}  // namespace sluice::handlers
