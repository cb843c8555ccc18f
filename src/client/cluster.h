// client/cluster.h: a cluster from outside: which nodes there are, who leads what, and a way to each of them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/cluster_view.h"
#include "client/node.h"
#include "wire/api/metadata.h"

namespace sluice::client {

/// What FindCoordinator looks for.
enum class CoordinatorType : std::int8_t { group = 0, transaction = 1 };

/// The ground of producers, consumers and admins; one of each or several may share it. Lives on one shard. `close`
/// before it dies, after what uses it.
class Cluster {
 public:
  /// `config` is copied; it has bootstrap servers.
  Cluster(Loop& loop, Network& network, ClientConfig config);
  ~Cluster();

  Loop& loop() { return surroundings_.loop; }
  SteadyTime loop_now() const { return surroundings_.loop.now(); }
  const ClientConfig& config() const { return config_; }
  /// What is known now. Changes with every wait.
  const ClusterView& view() const { return view_; }
  /// When a request that is sent now gives up: request.timeout.ms, but not beyond `latest`.
  SteadyTime request_deadline(SteadyTime latest = SteadyTime::max()) const;

  // Nodes. Every failure by deadline says which servers were tried and what came of it.

  /// Some node that is connected or can be. Errors: request_timed_out.
  Task<Outcome<std::shared_ptr<Node>>> any_node(SteadyTime deadline);
  /// The node, connected. Errors: broker_not_available (not in the metadata), and those of Node::connect.
  Task<Outcome<std::shared_ptr<Node>>> node(NodeId id, SteadyTime deadline);
  /// Asks until a coordinator is named, and connects it. Errors: request_timed_out, group_authorization_failed …
  Task<Outcome<std::shared_ptr<Node>>> coordinator(CoordinatorType type, std::string key, SteadyTime deadline);

  // The topics that are kept up to date.

  void want_topic(std::string_view name);
  void want_all_topics(bool all) { want_all_ = all; }
  void forget_topic(std::string_view name);
  /// Asks for metadata soon; many calls make one request. `updated` is notified when an answer has come.
  void request_update();
  Event& updated() { return updated_; }
  /// Waits until an answer to a question asked after now has come. Errors: request_timed_out with why.
  Task<Outcome<void>> update(SteadyTime deadline);
  /// The topic as known, waiting until it is. It is kept up to date from here on.
  /// Errors: of the topic (topic_authorization_failed, invalid_topic_exception, at the deadline also
  /// unknown_topic_or_partition), request_timed_out.
  Task<Outcome<TopicInfo>> topic(std::string name, SteadyTime deadline);
  bool update_leader(const TopicPartition& partition, NodeId leader, LeaderEpoch epoch) {
    return view_.update_leader(partition, leader, epoch);
  }
  void update_broker(BrokerInfo broker) { view_.update_broker(std::move(broker)); }

  /// Asks about `topics` (nothing: all of them) once, with retries, beside the topics that are kept. Takes the
  /// brokers that the answer names into the view.
  Task<Outcome<Answer<wire::MetadataResponse>>> describe_topics(std::optional<std::vector<std::string>> topics,
                                                                bool allow_creation, SteadyTime deadline);

  // Trying again.

  /// Waits a little before the next attempt. False where that would be beyond `deadline`.
  Task<bool> pause(Backoff& backoff, SteadyTime deadline);
  Backoff retry_backoff() const { return Backoff(config_.retry_backoff, config_.retry_backoff_max); }

  /// Ends the connections: whatever waits for an answer fails soon, and nothing new is begun.
  void stop();
  /// Stops, and waits until nothing of it is at work.
  Task<void> close();

 private:
  Task<void> keep_updated();
  Task<Outcome<void>> update_once();
  wire::MetadataRequest request_for_wanted() const;
  /// Requests of a coordinator do not queue behind fetches that wait for data, so they have a connection of their
  /// own.
  enum class Lane { data, coordination };
  std::shared_ptr<Node> node_for(const BrokerInfo& broker, Lane lane = Lane::data);
  Task<Outcome<std::shared_ptr<Node>>> connected_node(NodeId id, Lane lane, SteadyTime deadline);
  std::vector<std::shared_ptr<Node>> candidates();
  std::shared_ptr<Node> least_loaded() const;
  void adopt(const wire::MetadataResponse& response);
  Task<Outcome<NodeId>> find_coordinator_once(CoordinatorType type, std::string key, SteadyTime deadline);
  Failure nobody_answered(const std::optional<Failure>& last) const;
  void retire(std::shared_ptr<Node> node);
  static Task<void> close_node(std::shared_ptr<Node> node) { co_await node->close(); }

  ClientConfig config_;
  Surroundings surroundings_;
  TaskGroup tasks_;
  ClusterView view_;
  std::vector<std::shared_ptr<Node>> bootstrap_;
  std::map<std::pair<NodeId, Lane>, std::shared_ptr<Node>> nodes_;
  std::set<std::string, std::less<>> wanted_;
  bool want_all_ = false;
  bool update_requested_ = false;
  bool topics_added_ = false;  ///< Since the last question.
  Event update_wanted_;
  Event updated_;
  std::uint64_t questions_ = 0;          ///< Asked so far.
  std::uint64_t last_answered_ = 0;      ///< The number of the last question that was answered.
  std::optional<Failure> last_failure_;  ///< Of asking for metadata, until it succeeds.
};

/// Runs `attempt` until it succeeds, fails for good or `deadline` comes, with pauses between. Metadata are asked
/// for anew where the failure calls for it.
template <class T>
Task<Outcome<T>> with_retries(Cluster& cluster, SteadyTime deadline,
                              std::move_only_function<Task<Outcome<T>>()> attempt) {
  Backoff backoff = cluster.retry_backoff();
  while (true) {
    Outcome<T> outcome = co_await attempt();
    if (outcome || !outcome.error().retriable()) co_return outcome;
    if (asks_for_metadata(outcome.error().code)) cluster.request_update();
    const bool more = co_await cluster.pause(backoff, deadline);
    if (!more) co_return outcome;
  }
}

}  // namespace sluice::client
