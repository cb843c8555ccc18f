// client/detail/until_done.h: a question about several things, put again about those that failed for reasons that
// pass.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "client/cluster.h"

namespace sluice::client::detail {

/// Whether the same question may have another answer soon. A thing that is not there is an answer; after a
/// time-out the thing may have been done, which asking again would take for a failure.
inline bool passes(const Failure& failure) {
  return failure.retriable() && failure.code != ErrorCode::unknown_topic_or_partition &&
         failure.code != ErrorCode::request_timed_out;
}

template <class Key, class Item, class Value>
using AskOnce = std::move_only_function<Task<std::map<Key, Outcome<Value>>>(std::map<Key, Item>)>;

/// Asks until every item has an answer or `deadline` comes. An item that an answer leaves out has failed.
template <class Key, class Item, class Value>
Task<std::map<Key, Outcome<Value>>> until_done(Cluster& cluster, std::map<Key, Item> items,
                                               AskOnce<Key, Item, Value> ask, SteadyTime deadline) {
  std::map<Key, Outcome<Value>> all;
  Backoff backoff = cluster.retry_backoff();
  while (!items.empty()) {
    std::map<Key, Outcome<Value>> answers = co_await ask(items);
    std::erase_if(items, [&](const auto& entry) {
      const auto answer = answers.find(entry.first);
      Outcome<Value> outcome = answer != answers.end()
                                   ? std::move(answer->second)
                                   : failed(ErrorCode::unknown_server_error, "the answer leaves this out");
      const bool done = outcome || !passes(outcome.error());
      all.insert_or_assign(entry.first, std::move(outcome));
      return done;
    });
    if (items.empty()) break;
    const bool more = co_await cluster.pause(backoff, deadline);
    if (!more) break;
  }
  co_return all;
}

/// The same failure for each of `items`.
template <class Value, class Key, class Item>
std::map<Key, Outcome<Value>> all_failed(const std::map<Key, Item>& items, const Failure& failure) {
  std::map<Key, Outcome<Value>> outcomes;
  for (const auto& [key, item] : items) outcomes.emplace(key, failed(failure));
  return outcomes;
}

}  // namespace sluice::client::detail
