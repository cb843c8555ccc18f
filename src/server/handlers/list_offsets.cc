// server/handlers/list_offsets.cc: ListOffsets (API key 2).
#include "wire/api/list_offsets.h"
#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::ListOffsetsRequest;
using wire::ListOffsetsResponse;
using Answer = ListOffsetsResponse::ListOffsetsPartitionResponse;

/// Version 0 answers with a list of offsets before a time, newest first, and has no word for "none".
void put_old_style(const Result<ListedOffset>& found, Answer& answer) {
  if (found && found->offset.value >= 0) answer.old_style_offsets.push_back(found->offset);
}

Task<Answer> list_one(RequestContext& context, std::string_view topic,
                      const ListOffsetsRequest::ListOffsetsPartition& asked, Isolation isolation) {
  const auto list = [&asked, isolation](Partition& partition) {
    return partition.list_offset(asked.timestamp, isolation, asked.current_leader_epoch);
  };
  const Result<ListedOffset> found =
      co_await on_partition<ListedOffset>(context, topic, asked.partition_index, list);
  Answer answer;
  answer.partition_index = asked.partition_index;
  if (!found) answer.error_code = wire_code(found.error().code);
  if (context.version == 0) {
    put_old_style(found, answer);
  } else if (found) {
    answer.timestamp = found->timestamp;
    answer.offset = found->offset;
    if (context.version >= 4) answer.leader_epoch = found->epoch;
  }
  co_return answer;
}

Task<ListOffsetsResponse> answer(RequestContext& context, const ListOffsetsRequest& request) {
  const Isolation isolation =
      request.isolation_level == 1 ? Isolation::read_committed : Isolation::read_uncommitted;
  ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    std::vector<Task<Answer>> asked;
    for (const auto& partition : topic.partitions)
      asked.push_back(list_one(context, topic.name, partition, isolation));
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    answered.partitions = co_await when_all(std::move(asked));
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> list_offsets(RequestContext& context) {
  return serve<ListOffsetsRequest, ListOffsetsResponse>(context, answer);
}

}  // namespace sluice::handlers
