// server/handlers/describe_topic_partitions.cc: DescribeTopicPartitions (API key 75, KIP-966): topics page by
// page.
#include <algorithm>

#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/topic_name.h"
#include "wire/api/describe_topic_partitions.h"

namespace sluice::handlers {
namespace {

using wire::DescribeTopicPartitionsRequest;
using wire::DescribeTopicPartitionsResponse;
using Topic = DescribeTopicPartitionsResponse::DescribeTopicPartitionsResponseTopic;
using Partition = DescribeTopicPartitionsResponse::DescribeTopicPartitionsResponsePartition;

/// The topics asked for, all if none were, from the cursor's on; by name, each once.
std::vector<std::string_view> names_of(const RequestContext& context,
                                       const DescribeTopicPartitionsRequest& request) {
  std::vector<std::string_view> names;
  for (const auto& topic : request.topics) names.push_back(topic.name);
  if (names.empty())
    for (const TopicImage* topic : context.image->topics.sorted_by_name()) names.emplace_back(topic->name());
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (request.cursor)
    std::erase_if(names, [&](std::string_view name) { return name < request.cursor->topic_name; });
  return names;
}

Partition describe(const PartitionImage& image, PartitionIndex index) {
  Partition partition;
  partition.partition_index = index;
  partition.leader_id = image.leader;
  partition.leader_epoch = image.leader_epoch;
  partition.replica_nodes = image.replicas;
  partition.isr_nodes = image.isr;
  partition.eligible_leader_replicas = image.elr;
  partition.last_known_elr = image.last_known_elr;
  if (!image.has_leader()) partition.error_code = ErrorCode::leader_not_available;
  return partition;
}

/// Puts partitions from `first` on until `room` is used up; returns the first that found none.
std::size_t put_partitions(const TopicImage& image, std::size_t first, std::size_t& room, Topic& topic) {
  std::size_t index = first;
  for (; index < image.partition_count() && room > 0; ++index, --room)
    topic.partitions.push_back(describe(*image.partitions()[index], {static_cast<std::int32_t>(index)}));
  return index;
}

Task<DescribeTopicPartitionsResponse> answer(RequestContext& context,
                                             const DescribeTopicPartitionsRequest& request) {
  DescribeTopicPartitionsResponse response;
  const auto allowed = static_cast<int>(context.broker.config().fetch.described_partitions_max);
  const int limit = std::min(request.response_partition_limit, allowed);
  auto room = static_cast<std::size_t>(std::max(limit, 1));
  for (const std::string_view name : names_of(context, request)) {
    const bool at_cursor = request.cursor && request.cursor->topic_name == name;
    const std::size_t first =
        at_cursor ? static_cast<std::size_t>(std::max(request.cursor->partition_index.value, 0)) : 0;
    const TopicImage* image = context.image->topic(name);
    if (image != nullptr && room == 0) {
      response.next_cursor = {.topic_name = name, .partition_index = {0}, .unknown_tags = {}};
      co_return response;
    }
    Topic& topic = response.topics.emplace_back();
    topic.name = name;
    if (image == nullptr) {
      topic.error_code =
          is_legal_topic_name(name) ? ErrorCode::unknown_topic_or_partition : ErrorCode::invalid_topic_exception;
      continue;
    }
    topic.topic_id = image->id();
    topic.is_internal = is_internal_topic(name);
    const std::size_t next = put_partitions(*image, first, room, topic);
    if (next < image->partition_count()) {
      response.next_cursor = {
          .topic_name = name, .partition_index = {static_cast<std::int32_t>(next)}, .unknown_tags = {}};
      co_return response;
    }
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_topic_partitions(RequestContext& context) {
  return serve<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(context, answer);
}

}  // namespace sluice::handlers
