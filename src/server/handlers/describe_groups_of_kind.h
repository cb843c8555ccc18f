// server/handlers/describe_groups_of_kind.h: what the APIs that describe groups have in common.
#pragma once

#include <string_view>
#include <vector>

#include "base/when_all.h"
#include "server/handlers/on_coordinator.h"

namespace sluice::handlers {

/// What may be done to a group: read, delete, describe, describe and alter its configuration, as bits.
inline constexpr std::int32_t kAllGroupOperations = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

/// One group, asked of its coordinator by `ask(GroupCoordinator&, group)`.
template <class Described, class Ask>
Task<Described> describe_group(RequestContext& context, std::string_view group, Ask ask) {
  auto there = [group, ask](GroupCoordinator& groups) { return ask(groups, group); };
  auto refuse = [group](ErrorCode error) { return Described::failed(error, group); };
  co_return co_await on_coordinator(context, group, there, refuse);
}

/// One group of a kind that the node may not serve.
template <class Described, class Ask>
Task<Described> describe_group_if(bool served, RequestContext& context, std::string_view group, Ask ask) {
  if (!served) co_return Described::failed(ErrorCode::unsupported_version, group);
  if (group.empty()) co_return Described::failed(ErrorCode::invalid_group_id, group);
  co_return co_await describe_group<Described>(context, group, ask);
}

/// All of them at once, in their order; of a kind that the node serves if `served`.
template <class Described, class Ask>
Task<std::vector<Described>> describe_all(RequestContext& context, const std::vector<std::string_view>& groups,
                                          bool served, Ask ask) {
  std::vector<Task<Described>> descriptions;
  for (const std::string_view group : groups)
    descriptions.push_back(describe_group_if<Described>(served, context, group, ask));
  co_return co_await when_all(std::move(descriptions));
}

/// All of them at once, in their order; of the kind that every node serves, and under any name.
template <class Described, class Ask>
Task<std::vector<Described>> describe_all(RequestContext& context, const std::vector<std::string_view>& groups,
                                          Ask ask) {
  std::vector<Task<Described>> descriptions;
  for (const std::string_view group : groups)
    descriptions.push_back(describe_group<Described>(context, group, ask));
  co_return co_await when_all(std::move(descriptions));
}

}  // namespace sluice::handlers
