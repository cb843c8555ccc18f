// server/handlers/offset_selection.h: what OffsetCommit and TxnOffsetCommit have in common: topics and partitions
// that do not exist are refused here, what is left goes to the group's coordinator.
#pragma once

#include <vector>

#include "metadata/topics_image.h"
#include "server/request_context.h"

namespace sluice::handlers {

/// What is committed, and where its results belong in the response.
template <class Request>
struct OffsetSelection {
  Request request;  ///< With the topics' names and ids.
  std::vector<ErrorCode*> results;
};

/// Fills the response with what is refused; the results that are pointed to are those of the response.
/// `by_id`: the request names topics by their ids.
template <class Request, class Response>
OffsetSelection<Request> select_offsets(const RequestContext& context, const Request& request, bool by_id,
                                        Response& response) {
  const ErrorCode unknown_topic = by_id ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition;
  OffsetSelection<Request> selection{.request = request, .results = {}};
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

}  // namespace sluice::handlers
