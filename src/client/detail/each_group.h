// client/detail/each_group.h: questions about several groups, each for its own coordinator.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/admin_types.h"
#include "client/detail/until_done.h"

namespace sluice::client::detail {

/// Asks about one group after the other by `ask(group_id)`, a Task<Outcomes<Value>>, each until it has an answer
/// or `deadline` comes.
template <class Value, class Ask>
Task<Outcomes<Value>> each_group(Cluster& cluster, std::vector<std::string> group_ids, SteadyTime deadline,
                                 Ask ask) {
  Outcomes<Value> outcomes;
  for (const std::string& group_id : group_ids) {
    std::map<std::string, bool> wanted{{group_id, true}};
    auto again = [&ask](std::map<std::string, bool> left) { return ask(left.begin()->first); };
    Outcomes<Value> outcome =
        co_await until_done<std::string, bool, Value>(cluster, std::move(wanted), std::move(again), deadline);
    outcomes.merge(std::move(outcome));
  }
  co_return outcomes;
}

/// Asks the group's coordinator once. `request` is one that describes groups; `take(group, coordinator)` makes the
/// outcome of what the answer says of one.
template <class Value, class Request, class Take>
Task<Outcomes<Value>> describe_once(Cluster& cluster, std::string group_id, Request request, SteadyTime deadline,
                                    Take take) {
  const std::map<std::string, bool> asked{{group_id, true}};
  const Outcome<std::shared_ptr<Node>> node =
      co_await cluster.coordinator(CoordinatorType::group, group_id, deadline);
  if (!node) co_return all_failed<Value>(asked, node.error());
  request.group_ids = {group_id};
  const auto answer = co_await (*node)->ask(request, cluster.request_deadline(deadline));
  if (!answer) co_return all_failed<Value>(asked, answer.error());
  Outcomes<Value> outcomes;
  for (const auto& group : (*answer)->groups) {
    Outcome<void> said = outcome_of(group.error_code, "group " + group_id, group.error_message);
    Outcome<Value> outcome =
        said ? Outcome<Value>(take(group, (*node)->id())) : Outcome<Value>(failed(std::move(said.error())));
    outcomes.emplace(std::string(group.group_id), std::move(outcome));
  }
  co_return outcomes;
}

}  // namespace sluice::client::detail
