// server/handlers/write_txn_markers.cc: WriteTxnMarkers (API key 27): what transaction coordinators, and
// administrators that end a hanging transaction (KIP-664), tell the leaders of partitions.
#include "wire/api/write_txn_markers.h"

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/transaction_markers.h"

namespace sluice::handlers {
namespace {

using wire::WriteTxnMarkersRequest;
using wire::WriteTxnMarkersResponse;
using MarkerResult = WriteTxnMarkersResponse::WritableTxnMarkerResult;

Task<MarkerResult> write(RequestContext& context, const WriteTxnMarkersRequest::WritableTxnMarker& asked) {
  const TransactionMarker marker{.producer_id = asked.producer_id,
                                 .epoch = asked.producer_epoch,
                                 .commit = asked.transaction_result,
                                 .coordinator_epoch = asked.coordinator_epoch,
                                 .version = asked.transaction_version};
  std::vector<Task<ErrorCode>> writes;
  for (const auto& topic : asked.topics)
    for (const PartitionIndex index : topic.partition_indexes)
      writes.push_back(write_marker(context.broker, topic.name, index, marker));
  const std::vector<ErrorCode> errors = co_await when_all(std::move(writes));

  MarkerResult result;
  result.producer_id = asked.producer_id;
  auto error = errors.begin();
  for (const auto& topic : asked.topics) {
    auto& answered = result.topics.emplace_back();
    answered.name = topic.name;
    for (const PartitionIndex index : topic.partition_indexes)
      answered.partitions.push_back({.partition_index = index, .error_code = *error++, .unknown_tags = {}});
  }
  co_return result;
}

Task<WriteTxnMarkersResponse> answer(RequestContext& context, const WriteTxnMarkersRequest& request) {
  WriteTxnMarkersResponse response;
  for (const auto& marker : request.markers) response.markers.push_back(co_await write(context, marker));
  co_return response;
}

}  // namespace

Task<Result<Reply>> write_txn_markers(RequestContext& context) {
  return serve<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(context, answer);
}

}  // namespace sluice::handlers
