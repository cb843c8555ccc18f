// server/handlers/offset_fetch.cc: OffsetFetch (API key 9): of one group before version 8, of several from then
// on.
#include "wire/api/offset_fetch.h"

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::OffsetFetchRequest;
using wire::OffsetFetchResponse;
using GroupRequest = OffsetFetchRequest::OffsetFetchRequestGroup;
using GroupResponse = OffsetFetchResponse::OffsetFetchResponseGroup;

constexpr std::int16_t kTopLevelErrorFrom = 2;
constexpr std::int16_t kSeveralGroupsFrom = 8;  // KIP-709
constexpr std::int16_t kTopicIdsFrom = 10;

/// The request with the names and ids that the cluster knows. Topics whose id it does not know keep an empty name.
GroupRequest resolve(const RequestContext& context, const GroupRequest& request) {
  GroupRequest resolved = request;
  if (!resolved.topics) return resolved;
  for (auto& topic : *resolved.topics) {
    const TopicImage* image =
        context.version >= kTopicIdsFrom ? context.image->topic(topic.topic_id) : context.image->topic(topic.name);
    if (image == nullptr) continue;
    topic.name = image->name();
    topic.topic_id = image->id();
  }
  return resolved;
}

void put_topic(RequestContext& context, const FetchedTopic& fetched, bool all_were_asked,
               GroupResponse& response) {
  Uuid id = fetched.id;
  ErrorCode unknown = ErrorCode::none;
  if (context.version >= kTopicIdsFrom) {
    const TopicImage* image = context.image->topic(std::string_view(fetched.name));
    if (image == nullptr && all_were_asked) return;  // There is no id to call it by.
    if (image == nullptr) unknown = ErrorCode::unknown_topic_id;
    if (image != nullptr) id = image->id();
  }
  auto& topic = response.topics.emplace_back();
  topic.name = context.arena.copy(fetched.name);
  topic.topic_id = id;
  topic.partitions.reserve(fetched.partitions.size());
  for (const FetchedOffset& offset : fetched.partitions) {
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = offset.partition;
    partition.committed_offset = offset.offset;
    partition.committed_leader_epoch = offset.leader_epoch;
    partition.metadata = context.arena.copy(offset.metadata);
    partition.error_code = unknown != ErrorCode::none ? unknown : offset.error;
  }
}

Task<GroupResponse> fetch_group(RequestContext& context, const GroupRequest& request, bool require_stable) {
  const GroupRequest resolved = resolve(context, request);
  auto fetch = [&resolved, require_stable](GroupCoordinator& groups) {
    return groups.fetch(resolved, require_stable);
  };
  auto refuse = [](ErrorCode error) { return FetchAnswer{error, {}}; };
  const FetchAnswer fetched = co_await on_coordinator(context, request.group_id, fetch, refuse);
  GroupResponse response;
  response.group_id = request.group_id;
  response.error_code = fetched.error;
  for (const FetchedTopic& topic : fetched.topics) put_topic(context, topic, !request.topics, response);
  co_return response;
}

/// The form of the versions that ask for one group.
GroupRequest one_group(const OffsetFetchRequest& request) {
  GroupRequest group;
  group.group_id = request.group_id;
  group.topics.reset();
  if (!request.topics) return group;
  group.topics.emplace();
  for (const auto& topic : *request.topics) {
    auto& asked = group.topics->emplace_back();
    asked.name = topic.name;
    asked.partition_indexes = topic.partition_indexes;
  }
  return group;
}

void put_error_in_partitions(const OffsetFetchRequest& request, ErrorCode error, OffsetFetchResponse& response) {
  if (!request.topics) return;
  for (const auto& asked : *request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = asked.name;
    for (const PartitionIndex index : asked.partition_indexes) {
      auto& partition = topic.partitions.emplace_back();
      partition.partition_index = index;
      partition.committed_offset = Offset{-1};
      partition.error_code = error;
    }
  }
}

void put_group(GroupResponse group, OffsetFetchResponse& response) {
  for (auto& fetched : group.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = fetched.name;
    topic.partitions.reserve(fetched.partitions.size());
    for (const auto& partition : fetched.partitions)
      topic.partitions.push_back({.partition_index = partition.partition_index,
                                  .committed_offset = partition.committed_offset,
                                  .committed_leader_epoch = partition.committed_leader_epoch,
                                  .metadata = partition.metadata,
                                  .error_code = partition.error_code,
                                  .unknown_tags = {}});
  }
}

Task<OffsetFetchResponse> answer(RequestContext& context, const OffsetFetchRequest& request) {
  OffsetFetchResponse response;
  if (context.version < kSeveralGroupsFrom) {
    const GroupRequest group = one_group(request);
    GroupResponse fetched = co_await fetch_group(context, group, request.require_stable);
    if (fetched.error_code == ErrorCode::none)
      put_group(std::move(fetched), response);
    else if (context.version < kTopLevelErrorFrom)
      put_error_in_partitions(request, fetched.error_code, response);
    else
      response.error_code = fetched.error_code;
    co_return response;
  }
  std::vector<Task<GroupResponse>> fetches;
  fetches.reserve(request.groups.size());
  for (const GroupRequest& group : request.groups)
    fetches.push_back(fetch_group(context, group, request.require_stable));
  response.groups = co_await when_all(std::move(fetches));
  co_return response;
}

}  // namespace

Task<Result<Reply>> offset_fetch(RequestContext& context) {
  return serve<OffsetFetchRequest, OffsetFetchResponse>(context, answer);
}

}  // namespace sluice::handlers
