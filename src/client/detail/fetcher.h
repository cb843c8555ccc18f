// client/detail/fetcher.h: keeps a fetch under way to every broker that has something to read, ahead of what is
// polled.
//
// A partition is fetched when nothing of it waits to be polled, so what is held is bounded by one response for
// each broker: fetch.max.bytes.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "client/cluster.h"
#include "client/consumed_records.h"
#include "client/consumer_config.h"
#include "client/detail/assigned.h"
#include "client/detail/fetch_session.h"
#include "client/detail/fetched_partition.h"
#include "wire/api/fetch.h"

namespace sluice::client::detail {

class Fetcher {
 public:
  /// All outlive this. `news` is notified when something has come or changed.
  Fetcher(Cluster& cluster, const ConsumerConfig& config, Assigned& assigned, Event& news);

  /// Sends a fetch to each broker that leads partitions to fetch and has none under way.
  void start_fetches();
  /// Takes up to `count_max` records of what has come, and moves positions behind them. Errors: those of a
  /// partition, once what came before is taken: offset_out_of_range (where the configuration does not say how to
  /// reset), topic_authorization_failed, corrupt_message …
  Outcome<ConsumedRecords> take(std::size_t count_max);
  /// When a partition that cannot be fetched now should be looked at again.
  SteadyTime next_attempt() const;

  /// Waits until nothing of it is at work; the cluster has been stopped.
  Task<void> close();

 private:
  using Wishes = std::map<TopicPartition, FetchWish>;
  struct Asked {
    Wishes wishes;
    std::map<TopicPartition, std::uint64_t> incarnations;
  };

  std::map<NodeId, Asked> wishes_by_node();
  NodeId source_of(AssignedPartition& state, const PartitionInfo& info, SteadyTime now) const;
  Task<void> fetch(NodeId from, Asked asked);
  Task<Outcome<void>> exchange(NodeId from, const Asked& asked);
  wire::FetchRequest request_for(const FetchSession::Plan& plan, std::int16_t version) const;
  void take_answer(NodeId from, const Asked& asked, std::shared_ptr<Answer<wire::FetchResponse>> answer);
  void take_partition(NodeId from, const TopicPartition& partition, Offset asked_for,
                      const wire::FetchResponse::PartitionData& data, std::shared_ptr<const void> owner);
  void take_error(NodeId from, const TopicPartition& partition, AssignedPartition& state, ErrorCode code);
  void out_of_range(const TopicPartition& partition, AssignedPartition& state);
  bool is_current(const FetchedPartition& fetched) const;
  void wait_a_little(AssignedPartition& state);

  Cluster& cluster_;
  const ConsumerConfig& config_;
  Assigned& assigned_;
  TaskGroup tasks_;
  Event& news_;
  Decompressor decompressor_;
  std::map<NodeId, FetchSession> sessions_;
  std::set<NodeId> fetching_;
  std::set<TopicPartition> under_way_;
  std::deque<FetchedPartition> fetched_;
  std::deque<Failure> failures_;
};

}  // namespace sluice::client::detail
