// server/handlers/offset_commit.cc: OffsetCommit (API key 8). Topics and partitions that do not exist are refused
// here; what is left goes to the group's coordinator, with the topics' names and ids.
#include "wire/api/offset_commit.h"

#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::OffsetCommitRequest;
using wire::OffsetCommitResponse;

constexpr std::int16_t kTopicIdsFrom = 10;

/// What is committed, and where its results belong in the response.
struct Selection {
  OffsetCommitRequest request;
  std::vector<ErrorCode*> results;
};

/// Fills the response with what is refused. The results that are pointed to are those of the response.
Selection select(const RequestContext& context, const OffsetCommitRequest& request,
                 OffsetCommitResponse& response) {
  const bool by_id = context.version >= kTopicIdsFrom;
  const ErrorCode unknown_topic = by_id ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition;
  Selection selection{.request = request, .results = {}};
  selection.request.topics.clear();
  response.topics.reserve(request.topics.size());
  for (const auto& topic : request.topics) {
    const TopicImage* image = by_id ? context.image->topic(topic.topic_id) : context.image->topic(topic.name);
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    answered.partitions.reserve(topic.partitions.size());
    auto& selected = selection.request.topics.emplace_back();
    if (image != nullptr) {
      selected.name = image->name();
      selected.topic_id = image->id();
    }
    for (const auto& partition : topic.partitions) {
      auto& result = answered.partitions.emplace_back();
      result.partition_index = partition.partition_index;
      if (image == nullptr) {
        result.error_code = unknown_topic;
      } else if (image->partition(partition.partition_index) == nullptr) {
        result.error_code = ErrorCode::unknown_topic_or_partition;
      } else {
        selected.partitions.push_back(partition);
        selection.results.push_back(&result.error_code);
      }
    }
  }
  return selection;
}

Task<OffsetCommitResponse> answer(RequestContext& context, const OffsetCommitRequest& request) {
  OffsetCommitResponse response;
  const Selection selection = select(context, request, response);
  if (selection.results.empty()) co_return response;
  const GroupClient client = client_of(context);
  auto commit = [&selection, client](GroupCoordinator& groups) {
    return groups.commit(selection.request, client);
  };
  auto refuse = [](ErrorCode error) { return OffsetsAnswer{error, {}}; };
  const OffsetsAnswer committed = co_await on_coordinator(context, request.group_id, commit, refuse);
  for (std::size_t i = 0; i < selection.results.size(); ++i)
    *selection.results[i] = committed.error != ErrorCode::none ? committed.error : committed.partitions[i];
  co_return response;
}

}  // namespace

Task<Result<Reply>> offset_commit(RequestContext& context) {
  return serve<OffsetCommitRequest, OffsetCommitResponse>(context, answer);
}

}  // namespace sluice::handlers
