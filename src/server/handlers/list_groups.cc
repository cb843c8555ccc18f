// server/handlers/list_groups.cc: ListGroups (API key 16): all groups that this broker coordinates.
#include "wire/api/list_groups.h"

#include <algorithm>
#include <cctype>

#include "base/when_all.h"
#include "server/handlers/handlers.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {
namespace {

using wire::ListGroupsRequest;
using wire::ListGroupsResponse;

bool equal_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// An empty filter lets everything through.
bool passes(const std::vector<std::string_view>& filter, std::string_view value) {
  return filter.empty() ||
         std::ranges::any_of(filter, [&](std::string_view wanted) { return equal_but_for_case(wanted, value); });
}

Task<ListAnswer> list_shard(BrokerShard& shard) {
  auto list = [&shard] { return shard.groups().list(); };
  co_return co_await on(shard.loop(), list);
}

Task<ListGroupsResponse> answer(RequestContext& context, const ListGroupsRequest& request) {
  std::vector<Task<ListAnswer>> lists;
  for (const auto& shard : context.broker.shards()) lists.push_back(list_shard(*shard));
  const std::vector<ListAnswer> listed = co_await when_all(std::move(lists));

  ListGroupsResponse response;
  for (const ListAnswer& shard : listed) {
    if (shard.error != ErrorCode::none) response.error_code = shard.error;
    for (const ListedGroup& group : shard.groups) {
      if (!passes(request.states_filter, group.state) || !passes(request.types_filter, name(group.type))) continue;
      response.groups.push_back({.group_id = context.arena.copy(group.id),
                                 .protocol_type = context.arena.copy(group.protocol_type),
                                 .group_state = context.arena.copy(group.state),
                                 .group_type = name(group.type),
                                 .unknown_tags = {}});
    }
  }
  if (response.error_code != ErrorCode::none) response.groups.clear();
  co_return response;
}

}  // namespace

Task<Result<Reply>> list_groups(RequestContext& context) {
  return serve<ListGroupsRequest, ListGroupsResponse>(context, answer);
}

}  // namespace sluice::handlers
