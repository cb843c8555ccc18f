// server/handlers/offset_delete.cc: OffsetDelete (API key 47).
#include "wire/api/offset_delete.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::OffsetDeleteRequest;
using wire::OffsetDeleteResponse;

bool exists(const MetadataImage& image, std::string_view name, PartitionIndex partition) {
  const TopicImage* topic = image.topic(name);
  return topic != nullptr && topic->partition(partition) != nullptr;
}

Task<OffsetDeleteResponse> answer(RequestContext& context, const OffsetDeleteRequest& request) {
  const std::shared_ptr<const MetadataImage>& image = context.image;
  OffsetDeleteRequest known = request;
  for (auto& topic : known.topics)
    std::erase_if(topic.partitions,
                  [&](const auto& asked) { return !exists(*image, topic.name, asked.partition_index); });
  std::erase_if(known.topics, [](const auto& topic) { return topic.partitions.empty(); });
  auto remove = [&known](GroupCoordinator& groups) { return groups.delete_offsets(known); };
  auto refuse = [](ErrorCode error) { return OffsetsAnswer{error, {}}; };
  const OffsetsAnswer deleted = co_await on_coordinator(context, request.group_id, remove, refuse);

  OffsetDeleteResponse response;
  response.error_code = deleted.error;
  if (deleted.error != ErrorCode::none) co_return response;
  auto result = deleted.partitions.begin();
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions) {
      const bool there = exists(*image, topic.name, partition.partition_index);
      answered.partitions.push_back({.partition_index = partition.partition_index,
                                     .error_code = there ? *result++ : ErrorCode::unknown_topic_or_partition});
    }
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> offset_delete(RequestContext& context) {
  return serve<OffsetDeleteRequest, OffsetDeleteResponse>(context, answer);
}

}  // namespace sluice::handlers
