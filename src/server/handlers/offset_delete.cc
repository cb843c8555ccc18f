// server/handlers/offset_delete.cc: OffsetDelete (API key 47).
#include "wire/api/offset_delete.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::OffsetDeleteRequest;
using wire::OffsetDeleteResponse;

Task<OffsetDeleteResponse> answer(RequestContext& context, const OffsetDeleteRequest& request) {
  OffsetDeleteRequest known = request;
  std::erase_if(known.topics, [&](const auto& topic) { return context.image->topic(topic.name) == nullptr; });
  auto remove = [&known](GroupCoordinator& groups) { return groups.delete_offsets(known); };
  auto refuse = [](ErrorCode error) { return OffsetsAnswer{error, {}}; };
  const OffsetsAnswer deleted = co_await on_coordinator(context, request.group_id, remove, refuse);

  OffsetDeleteResponse response;
  response.error_code = deleted.error;
  if (deleted.error != ErrorCode::none) co_return response;
  auto result = deleted.partitions.begin();
  for (const auto& topic : request.topics) {
    const bool exists = context.image->topic(topic.name) != nullptr;
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions)
      answered.partitions.push_back({.partition_index = partition.partition_index,
                                     .error_code = exists ? *result++ : ErrorCode::unknown_topic_or_partition});
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> offset_delete(RequestContext& context) {
  return serve<OffsetDeleteRequest, OffsetDeleteResponse>(context, answer);
}

}  // namespace sluice::handlers
