// server/handlers/delete_groups.cc: DeleteGroups (API key 42).
#include "wire/api/delete_groups.h"

#include <set>

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::DeleteGroupsRequest;
using wire::DeleteGroupsResponse;

Task<ErrorCode> remove(RequestContext& context, std::string_view group) {
  auto there = [group](GroupCoordinator& groups) { return groups.delete_group(group); };
  auto refuse = [](ErrorCode error) { return error; };
  co_return co_await on_coordinator(context, group, there, refuse);
}

Task<DeleteGroupsResponse> answer(RequestContext& context, const DeleteGroupsRequest& request) {
  // A group that is named twice is deleted once.
  const std::set<std::string_view> names(request.groups_names.begin(), request.groups_names.end());
  std::vector<Task<ErrorCode>> removals;
  for (const std::string_view group : names) removals.push_back(remove(context, group));
  const std::vector<ErrorCode> outcomes = co_await when_all(std::move(removals));
  DeleteGroupsResponse response;
  auto outcome = outcomes.begin();
  for (const std::string_view group : names) {
    auto& result = response.results.emplace_back();
    result.group_id = group;
    result.error_code = *outcome++;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> delete_groups(RequestContext& context) {
  return serve<DeleteGroupsRequest, DeleteGroupsResponse>(context, answer);
}

}  // namespace sluice::handlers
