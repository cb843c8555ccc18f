// server/handlers/share_group_offsets.cc: what administrators do with the offsets of share groups (KIP-932, lag by
// KIP-1226): DescribeShareGroupOffsets (90), AlterShareGroupOffsets (91), DeleteShareGroupOffsets (92).
#include "wire/api/alter_share_group_offsets.h"
#include "wire/api/delete_share_group_offsets.h"
#include "wire/api/describe_share_group_offsets.h"

#include <set>

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"
#include "server/handlers/on_share_coordinator.h"
#include "server/handlers/share_protocol.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::AlterShareGroupOffsetsRequest;
using wire::AlterShareGroupOffsetsResponse;
using wire::DeleteShareGroupOffsetsRequest;
using wire::DeleteShareGroupOffsetsResponse;
using wire::DescribeShareGroupOffsetsRequest;
using wire::DescribeShareGroupOffsetsResponse;
using DescribedGroup = DescribeShareGroupOffsetsResponse::DescribeShareGroupOffsetsResponseGroup;
using DescribedPartition = DescribeShareGroupOffsetsResponse::DescribeShareGroupOffsetsResponsePartition;

constexpr std::string_view kUnknownPartition = "This server does not host this topic-partition.";
constexpr std::string_view kNothingToDelete = "There is no offset information to delete.";

std::string_view message_of(ErrorCode error) {
  return error == ErrorCode::unknown_topic_or_partition ? kUnknownPartition : name(error);
}

/// Puts an error that is that of the request as a whole.
template <class Answered>
void put_error(Answered& answered, ErrorCode error, std::string_view message) {
  answered.error_code = error;
  if (error != ErrorCode::none) answered.error_message = message.empty() ? message_of(error) : message;
}

/// What the group has to do on a partition, of which the coordinator has `state`, and the log ends at `end`.
std::int64_t lag_of(const ShareState& state, Offset end) {
  return end - state.start - state.delivery_complete_count;
}

Task<DescribedPartition> describe_partition(RequestContext& context, std::string_view group,
                                            const TopicImage& topic, PartitionIndex index) {
  DescribedPartition described;
  described.partition_index = index;
  described.start_offset = Offset{-1};
  const SharePartitionKey key{std::string(group), topic.id(), index};
  // As with Kafka: what does not exist has no offset, and that is no error.
  if (topic.partition(index) == nullptr) co_return described;
  auto summarize = [&key](ShareCoordinator& coordinator) { return coordinator.summarize(key); };
  const ShareStateAnswer known =
      co_await on_share_coordinator(context.broker, key, summarize, ShareStateAnswer::failed);
  // Without a topic for states there are none.
  if (known.error == ErrorCode::coordinator_not_available) co_return described;
  if (known.error != ErrorCode::none) {
    put_error(described, known.error, {});
    co_return described;
  }
  described.start_offset = known.state.start;
  described.leader_epoch = known.state.leader_epoch;
  if (known.state.start.value < 0 || known.state.delivery_complete_count < 0) co_return described;
  const auto latest = [](Partition& partition) {
    return partition.list_offset(list_offset::kLatest, Isolation::read_uncommitted, LeaderEpoch{-1});
  };
  const Result<ListedOffset> end = co_await on_partition<ListedOffset>(context, topic.name(), index, latest);
  if (end)
    described.lag = lag_of(known.state, end->offset);
  else
    put_error(described, wire_code(end.error().code), {});
  co_return described;
}

using Asked = std::map<Uuid, std::vector<PartitionIndex>>;

Task<void> describe_topics(RequestContext& context, const Asked& asked, DescribedGroup& described) {
  for (const auto& [id, partitions] : asked) {
    const TopicImage* topic = context.image->topic(id);
    if (topic == nullptr) continue;  // Deleted.
    std::vector<Task<DescribedPartition>> tasks;
    for (const PartitionIndex index : partitions)
      tasks.push_back(describe_partition(context, described.group_id, *topic, index));
    auto& answered = described.topics.emplace_back();
    answered.topic_name = topic->name();
    answered.topic_id = id;
    answered.partitions = co_await when_all(std::move(tasks));
  }
}

Task<DescribedGroup> describe_group(
    RequestContext& context,
    const DescribeShareGroupOffsetsRequest::DescribeShareGroupOffsetsRequestGroup& request) {
  DescribedGroup described;
  described.group_id = request.group_id;
  if (!serves_share_groups(context)) {
    put_error(described, ErrorCode::unsupported_version, {});
    co_return described;
  }
  Asked asked;
  if (request.topics) {
    for (const auto& topic : *request.topics) {
      if (const TopicImage* found = context.image->topic(topic.topic_name); found != nullptr) {
        asked[found->id()] = topic.partitions;
        continue;
      }
      auto& unknown = described.topics.emplace_back();
      unknown.topic_name = topic.topic_name;
      for (const PartitionIndex index : topic.partitions) {
        unknown.partitions.emplace_back().partition_index = index;
        unknown.partitions.back().start_offset = Offset{-1};
      }
    }
  } else {
    auto tell = [&request](GroupCoordinator& groups) { return groups.share_partitions(request.group_id); };
    auto refuse = [](ErrorCode error) { return PartitionsAnswer{error, {}}; };
    const PartitionsAnswer known = co_await on_coordinator(context, request.group_id, tell, refuse);
    put_error(described, known.error, {});
    for (const auto& [topic, indexes] : known.partitions) asked[topic] = {indexes.begin(), indexes.end()};
  }
  co_await describe_topics(context, asked, described);
  co_return described;
}

Task<DescribeShareGroupOffsetsResponse> describe(RequestContext& context,
                                                 const DescribeShareGroupOffsetsRequest& request) {
  std::vector<Task<DescribedGroup>> tasks;
  for (const auto& group : request.groups) tasks.push_back(describe_group(context, group));
  DescribeShareGroupOffsetsResponse response;
  response.groups = co_await when_all(std::move(tasks));
  co_return response;
}

/// Those of the request that exist.
ShareStarts starts_of(const RequestContext& context, const AlterShareGroupOffsetsRequest& request) {
  ShareStarts starts;
  for (const auto& topic : request.topics)
    if (const TopicImage* found = context.image->topic(topic.topic_name); found != nullptr)
      for (const auto& partition : topic.partitions)
        if (found->partition(partition.partition_index) != nullptr)
          starts[found->id()][partition.partition_index] = partition.start_offset;
  return starts;
}

Task<AlterShareGroupOffsetsResponse> alter(RequestContext& context, const AlterShareGroupOffsetsRequest& request) {
  AlterShareGroupOffsetsResponse response;
  if (!serves_share_groups(context) || request.group_id.empty()) {
    put_error(response, request.group_id.empty() ? ErrorCode::invalid_group_id : ErrorCode::unsupported_version,
              {});
    co_return response;
  }
  const ShareStarts starts = starts_of(context, request);
  auto work = [&](GroupCoordinator& groups) { return groups.alter_share_offsets(request.group_id, starts); };
  auto refuse = [](ErrorCode error) { return AlteredShareOffsets::failed({error, {}}); };
  const AlteredShareOffsets altered = co_await on_coordinator(context, request.group_id, work, refuse);
  put_error(response, altered.error, context.arena.copy(altered.error_message));
  if (altered.error != ErrorCode::none) co_return response;
  for (const auto& topic : request.topics) {
    auto& answered = response.responses.emplace_back();
    answered.topic_name = topic.topic_name;
    const TopicImage* found = context.image->topic(topic.topic_name);
    if (found != nullptr) answered.topic_id = found->id();
    for (const auto& partition : topic.partitions) {
      const bool exists = found != nullptr && found->partition(partition.partition_index) != nullptr;
      auto& result = answered.partitions.emplace_back();
      result.partition_index = partition.partition_index;
      put_error(result,
                exists ? altered.partitions.at(found->id()).at(partition.partition_index)
                       : ErrorCode::unknown_topic_or_partition,
                {});
    }
  }
  co_return response;
}

Task<DeleteShareGroupOffsetsResponse> remove(RequestContext& context,
                                             const DeleteShareGroupOffsetsRequest& request) {
  DeleteShareGroupOffsetsResponse response;
  if (!serves_share_groups(context) || request.group_id.empty()) {
    put_error(response, request.group_id.empty() ? ErrorCode::invalid_group_id : ErrorCode::unsupported_version,
              {});
    co_return response;
  }
  std::set<Uuid> topics;
  for (const auto& topic : request.topics)
    if (const TopicImage* found = context.image->topic(topic.topic_name); found != nullptr)
      topics.insert(found->id());
  auto work = [&](GroupCoordinator& groups) { return groups.delete_share_offsets(request.group_id, topics); };
  auto refuse = [](ErrorCode error) { return DeletedShareOffsets::failed({error, {}}); };
  const DeletedShareOffsets deleted = co_await on_coordinator(context, request.group_id, work, refuse);
  put_error(response, deleted.error, context.arena.copy(deleted.error_message));
  if (deleted.error != ErrorCode::none) co_return response;
  for (const auto& topic : request.topics) {
    auto& answered = response.responses.emplace_back();
    answered.topic_name = topic.topic_name;
    const TopicImage* found = context.image->topic(topic.topic_name);
    if (found == nullptr) {
      put_error(answered, ErrorCode::unknown_topic_or_partition, {});
      continue;
    }
    const ErrorCode error = deleted.topics.at(found->id());
    const bool has_none = error == ErrorCode::unknown_topic_or_partition;
    if (error == ErrorCode::none) answered.topic_id = found->id();
    put_error(answered, error, has_none ? kNothingToDelete : std::string_view());
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_share_group_offsets(RequestContext& context) {
  return serve<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>(context, describe);
}

Task<Result<Reply>> alter_share_group_offsets(RequestContext& context) {
  return serve<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse>(context, alter);
}

Task<Result<Reply>> delete_share_group_offsets(RequestContext& context) {
  return serve<DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse>(context, remove);
}

}  // namespace sluice::handlers
