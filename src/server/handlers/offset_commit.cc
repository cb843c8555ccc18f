// server/handlers/offset_commit.cc: OffsetCommit (API key 8). Topics and partitions that do not exist are refused
// here; what is left goes to the group's coordinator, with the topics' names and ids.
#include "wire/api/offset_commit.h"

#include "server/handlers/handlers.h"
#include "server/handlers/offset_selection.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::OffsetCommitRequest;
using wire::OffsetCommitResponse;

constexpr std::int16_t kTopicIdsFrom = 10;

Task<OffsetCommitResponse> answer(RequestContext& context, const OffsetCommitRequest& request) {
  OffsetCommitResponse response;
  const auto selection = select_offsets(context, request, context.version >= kTopicIdsFrom, response);
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
