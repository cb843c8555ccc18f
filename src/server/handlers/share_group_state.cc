// server/handlers/share_group_state.cc: the APIs of the share coordinator (KIP-932): InitializeShareGroupState
// (83), ReadShareGroupState (84), WriteShareGroupState (85), DeleteShareGroupState (86),
// ReadShareGroupStateSummary (87). Brokers ask each other; no client does.
#include "wire/api/delete_share_group_state.h"
#include "wire/api/initialize_share_group_state.h"
#include "wire/api/read_share_group_state.h"
#include "wire/api/read_share_group_state_summary.h"
#include "wire/api/write_share_group_state.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_share_coordinator.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

ErrorCode refuse(ErrorCode error) { return error; }

/// Answers each partition of the request with `serve_one(key, partition, result)`, which returns a Task<ErrorCode>
/// and fills in the rest of the result.
template <class Response, class Request, class ServeOne>
Task<Response> answer_each(RequestContext& context, const Request& request, ServeOne serve_one) {
  Response response;
  response.results.reserve(request.topics.size());
  for (const auto& topic : request.topics) {
    auto& answered = response.results.emplace_back();
    answered.topic_id = topic.topic_id;
    answered.partitions.reserve(topic.partitions.size());
    const TopicImage* image = context.image->topic(topic.topic_id);
    for (const auto& partition : topic.partitions) {
      auto& result = answered.partitions.emplace_back();
      result.partition = partition.partition;
      const SharePartitionKey key{std::string(request.group_id), topic.topic_id, partition.partition};
      result.error_code = image == nullptr || image->partition(partition.partition) == nullptr
                              ? ErrorCode::unknown_topic_or_partition
                              : co_await serve_one(key, partition, result);
      if (result.error_code != ErrorCode::none) result.error_message = name(result.error_code);
    }
  }
  co_return response;
}

Task<wire::InitializeShareGroupStateResponse> initialize(RequestContext& context,
                                                         const wire::InitializeShareGroupStateRequest& request) {
  auto one = [&context](const SharePartitionKey& key, const auto& partition, auto&) -> Task<ErrorCode> {
    auto work = [&](ShareCoordinator& coordinator) {
      return coordinator.initialize(key, partition.state_epoch, partition.start_offset);
    };
    co_return co_await on_share_coordinator(context.broker, key, work, refuse);
  };
  co_return co_await answer_each<wire::InitializeShareGroupStateResponse>(context, request, one);
}

Task<wire::ReadShareGroupStateResponse> read(RequestContext& context,
                                             const wire::ReadShareGroupStateRequest& request) {
  auto one = [&context](const SharePartitionKey& key, const auto& partition, auto& result) -> Task<ErrorCode> {
    auto work = [&](ShareCoordinator& coordinator) { return coordinator.read(key, partition.leader_epoch); };
    const ShareStateAnswer answer =
        co_await on_share_coordinator(context.broker, key, work, ShareStateAnswer::failed);
    if (answer.error != ErrorCode::none) co_return answer.error;
    result.state_epoch = answer.state.state_epoch;
    result.start_offset = answer.state.start;
    for (const ShareStateBatch& batch : answer.state.batches)
      result.state_batches.push_back({.first_offset = batch.first,
                                      .last_offset = batch.last,
                                      .delivery_state = batch.delivery_state,
                                      .delivery_count = batch.delivery_count,
                                      .unknown_tags = {}});
    co_return ErrorCode::none;
  };
  co_return co_await answer_each<wire::ReadShareGroupStateResponse>(context, request, one);
}

Task<wire::WriteShareGroupStateResponse> write(RequestContext& context,
                                               const wire::WriteShareGroupStateRequest& request) {
  auto one = [&context](const SharePartitionKey& key, const auto& partition, auto&) -> Task<ErrorCode> {
    ShareWrite change{.state_epoch = partition.state_epoch,
                      .leader_epoch = partition.leader_epoch,
                      .start = partition.start_offset,
                      .delivery_complete_count = partition.delivery_complete_count,
                      .batches = {}};
    for (const auto& batch : partition.state_batches)
      change.batches.push_back(
          {batch.first_offset, batch.last_offset, batch.delivery_state, batch.delivery_count});
    auto work = [&](ShareCoordinator& coordinator) { return coordinator.write(key, change); };
    co_return co_await on_share_coordinator(context.broker, key, work, refuse);
  };
  co_return co_await answer_each<wire::WriteShareGroupStateResponse>(context, request, one);
}

Task<wire::DeleteShareGroupStateResponse> remove(RequestContext& context,
                                                 const wire::DeleteShareGroupStateRequest& request) {
  auto one = [&context](const SharePartitionKey& key, const auto&, auto&) -> Task<ErrorCode> {
    auto work = [&](ShareCoordinator& coordinator) { return coordinator.remove(key); };
    co_return co_await on_share_coordinator(context.broker, key, work, refuse);
  };
  co_return co_await answer_each<wire::DeleteShareGroupStateResponse>(context, request, one);
}

Task<wire::ReadShareGroupStateSummaryResponse> summarize(RequestContext& context,
                                                         const wire::ReadShareGroupStateSummaryRequest& request) {
  auto one = [&context](const SharePartitionKey& key, const auto&, auto& result) -> Task<ErrorCode> {
    auto work = [&](ShareCoordinator& coordinator) { return coordinator.summarize(key); };
    const ShareStateAnswer answer =
        co_await on_share_coordinator(context.broker, key, work, ShareStateAnswer::failed);
    if (answer.error != ErrorCode::none) co_return answer.error;
    result.state_epoch = answer.state.state_epoch;
    result.leader_epoch = answer.state.leader_epoch;
    result.start_offset = answer.state.start;
    result.delivery_complete_count = answer.state.delivery_complete_count;
    co_return ErrorCode::none;
  };
  co_return co_await answer_each<wire::ReadShareGroupStateSummaryResponse>(context, request, one);
}

}  // namespace

Task<Result<Reply>> initialize_share_group_state(RequestContext& context) {
  return serve<wire::InitializeShareGroupStateRequest, wire::InitializeShareGroupStateResponse>(context,
                                                                                                initialize);
}

Task<Result<Reply>> read_share_group_state(RequestContext& context) {
  return serve<wire::ReadShareGroupStateRequest, wire::ReadShareGroupStateResponse>(context, read);
}

Task<Result<Reply>> write_share_group_state(RequestContext& context) {
  return serve<wire::WriteShareGroupStateRequest, wire::WriteShareGroupStateResponse>(context, write);
}

Task<Result<Reply>> delete_share_group_state(RequestContext& context) {
  return serve<wire::DeleteShareGroupStateRequest, wire::DeleteShareGroupStateResponse>(context, remove);
}

Task<Result<Reply>> read_share_group_state_summary(RequestContext& context) {
  return serve<wire::ReadShareGroupStateSummaryRequest, wire::ReadShareGroupStateSummaryResponse>(context,
                                                                                                  summarize);
}

}  // namespace sluice::handlers
