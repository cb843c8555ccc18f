// client/detail/by_leader.h: questions about partitions, put to those who lead them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/when_all.h"
#include "client/cluster.h"
#include "client/list_offsets.h"

namespace sluice::client::detail {

/// Puts one question to one leader. Partitions that the answer leaves out count as failed.
template <class Item, class Value>
using AskLeader = std::move_only_function<Task<PartitionOutcomes<Value>>(
    std::shared_ptr<Node>, std::map<TopicPartition, Item>, SteadyTime deadline)>;

/// The leaders of partitions as metadata tell, asked for anew if `fresh`; partitions without one have a failure.
Task<std::map<TopicPartition, Outcome<NodeId>>> find_leaders(Cluster& cluster, std::set<TopicPartition> partitions,
                                                             bool fresh, SteadyTime deadline);

template <class Item, class Value>
Task<PartitionOutcomes<Value>> ask_one_leader(Cluster& cluster, NodeId leader,
                                              std::map<TopicPartition, Item> items, AskLeader<Item, Value>& ask,
                                              SteadyTime deadline) {
  PartitionOutcomes<Value> outcomes;
  const Outcome<std::shared_ptr<Node>> node = co_await cluster.node(leader, deadline);
  const std::map<TopicPartition, Item> asked = items;
  if (node) outcomes = co_await ask(*node, std::move(items), cluster.request_deadline(deadline));
  for (const auto& [partition, item] : asked)
    if (!outcomes.contains(partition))
      outcomes.emplace(partition, node ? failed(ErrorCode::unknown_server_error, "the answer says nothing of {}",
                                                to_string(partition))
                                       : failed(node.error()));
  co_return outcomes;
}

/// Asks all leaders at once, and again about what failed for reasons that pass, until `deadline`. A topic that the
/// metadata do not have fails at once.
template <class Item, class Value>
Task<PartitionOutcomes<Value>> ask_leaders(Cluster& cluster, std::map<TopicPartition, Item> items,
                                           AskLeader<Item, Value> ask, SteadyTime deadline) {
  PartitionOutcomes<Value> all;
  Backoff backoff = cluster.retry_backoff();
  bool fresh = false;
  while (!items.empty()) {
    std::set<TopicPartition> left;
    for (const auto& [partition, item] : items) left.insert(partition);
    const auto leaders = co_await find_leaders(cluster, std::move(left), fresh, deadline);
    std::map<NodeId, std::map<TopicPartition, Item>> by_leader;
    for (const auto& [partition, leader] : leaders) {
      if (leader)
        by_leader[*leader].emplace(partition, items.at(partition));
      else
        all.insert_or_assign(partition, failed(leader.error()));
    }
    std::vector<Task<PartitionOutcomes<Value>>> questions;
    for (auto& [leader, asked] : by_leader)
      questions.push_back(ask_one_leader<Item, Value>(cluster, leader, std::move(asked), ask, deadline));
    auto answers = co_await when_all(std::move(questions));
    for (auto& answer : answers)
      for (auto& [partition, outcome] : answer) all.insert_or_assign(partition, std::move(outcome));

    std::erase_if(items, [&all](const auto& entry) {
      const auto& outcome = all.at(entry.first);
      return outcome || !outcome.error().retriable() ||
             outcome.error().code == ErrorCode::unknown_topic_or_partition;
    });
    if (items.empty()) break;
    fresh = true;
    const bool more = co_await cluster.pause(backoff, deadline);
    if (!more) break;
  }
  co_return all;
}

}  // namespace sluice::client::detail
