// server/handlers/delete_records.cc: DeleteRecords (API key 21).
#include "wire/api/delete_records.h"
#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::DeleteRecordsRequest;
using wire::DeleteRecordsResponse;
using Answer = DeleteRecordsResponse::DeleteRecordsPartitionResult;

Task<Answer> delete_from(RequestContext& context, std::string_view topic,
                         const DeleteRecordsRequest::DeleteRecordsPartition& asked) {
  const auto remove = [&asked](Partition& partition) { return partition.delete_records(asked.offset); };
  const Result<Offset> start = co_await on_partition<Offset>(context, topic, asked.partition_index, remove);
  Answer answer;
  answer.partition_index = asked.partition_index;
  answer.low_watermark = start ? *start : Offset{-1};
  if (!start) answer.error_code = wire_code(start.error().code);
  co_return answer;
}

Task<DeleteRecordsResponse> answer(RequestContext& context, const DeleteRecordsRequest& request) {
  DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    std::vector<Task<Answer>> deletions;
    for (const auto& partition : topic.partitions)
      deletions.push_back(delete_from(context, topic.name, partition));
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.partitions = co_await when_all(std::move(deletions));
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> delete_records(RequestContext& context) {
  return serve<DeleteRecordsRequest, DeleteRecordsResponse>(context, answer);
}

}  // namespace sluice::handlers
