// Brokers, features and the quorum.
#include <algorithm>
#include <limits>

#include "base/when_all.h"
#include "client/admin.h"
#include "client/detail/until_done.h"
#include "wire/api/describe_log_dirs.h"
#include "wire/api/describe_quorum.h"
#include "wire/api/unregister_broker.h"
#include "wire/api/update_features.h"

namespace sluice::client {
namespace {

using wire::DescribeQuorumRequest;
using wire::DescribeQuorumResponse;

std::vector<QuorumReplica> replicas_of(const std::vector<DescribeQuorumResponse::ReplicaState>& from) {
  std::vector<QuorumReplica> replicas;
  replicas.reserve(from.size());
  for (const auto& replica : from)
    replicas.push_back({replica.replica_id, replica.replica_directory_id, replica.log_end_offset,
                        replica.last_fetch_timestamp, replica.last_caught_up_timestamp});
  return replicas;
}

template <class Value>
Task<std::pair<NodeId, Outcome<Value>>> labelled(NodeId id, Task<Outcome<Value>> task) {
  Outcome<Value> outcome = co_await std::move(task);
  co_return std::pair(id, std::move(outcome));
}

}  // namespace

std::int32_t Admin::request_timeout_ms() const {
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(cluster_.config().request_timeout.count(), std::numeric_limits<std::int32_t>::max()));
}

Task<Outcome<void>> Admin::ask_for(FoundNode found, wire::ApiMessage request, ResponseTaker& response,
                                   SteadyTime until, std::int16_t most) {
  const Outcome<std::shared_ptr<Node>> node = co_await std::move(found);
  if (!node) co_return failed(node.error());
  co_return co_await (*node)->ask_for(request, response, cluster_.request_deadline(until), most);
}

Task<Outcome<std::shared_ptr<Node>>> Admin::controller(SteadyTime until) {
  // Asked for each time: it moves, and one question more does not matter here.
  const auto answer = co_await cluster_.describe_topics(std::vector<std::string>{}, false, until);
  if (!answer) co_return failed(answer.error());
  if (cluster_.view().find_broker((*answer)->controller_id) == nullptr)
    co_return co_await cluster_.any_node(until);
  co_return co_await cluster_.node((*answer)->controller_id, until);
}

Task<Outcome<std::vector<NodeId>>> Admin::broker_ids(SteadyTime until) {
  const auto answer = co_await cluster_.describe_topics(std::vector<std::string>{}, false, until);
  if (!answer) co_return failed(answer.error());
  std::vector<NodeId> ids;
  for (const auto& [id, broker] : cluster_.view().brokers()) ids.push_back(id);
  co_return ids;
}

Task<Outcome<ClusterDescription>> Admin::describe_cluster() {
  const auto answer = co_await cluster_.describe_topics(std::vector<std::string>{}, false, deadline());
  if (!answer) co_return failed(answer.error());
  ClusterDescription description{
      .cluster_id = cluster_.view().cluster_id(), .controller = cluster_.view().controller(), .brokers = {}};
  for (const auto& [id, broker] : cluster_.view().brokers()) description.brokers.push_back(broker);
  co_return description;
}

Task<Outcome<std::vector<LogDir>>> Admin::log_dirs_of(NodeId broker, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(broker, until);
  if (!node) co_return failed(node.error());
  wire::DescribeLogDirsRequest request;
  request.topics.reset();
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(until));
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "describing log directories");
  if (!said) co_return failed(said.error());
  std::vector<LogDir> directories;
  for (const auto& result : (*answer)->results) {
    LogDir directory{.path = std::string(result.log_dir),
                     .error = result.error_code,
                     .total_bytes = result.total_bytes,
                     .usable_bytes = result.usable_bytes,
                     .replicas = {}};
    for (const auto& topic : result.topics)
      for (const auto& partition : topic.partitions)
        directory.replicas.push_back({.partition = {std::string(topic.name), partition.partition_index},
                                      .size = partition.partition_size,
                                      .offset_lag = partition.offset_lag,
                                      .future = partition.is_future_key});
    directories.push_back(std::move(directory));
  }
  co_return directories;
}

Task<std::map<NodeId, Outcome<std::vector<LogDir>>>> Admin::describe_log_dirs(std::set<NodeId> brokers) {
  const SteadyTime until = deadline();
  std::map<NodeId, Outcome<std::vector<LogDir>>> outcomes;
  const Outcome<std::vector<NodeId>> known = co_await broker_ids(until);
  if (!known) {
    for (const NodeId id : brokers) outcomes.emplace(id, failed(known.error()));
    co_return outcomes;
  }
  if (brokers.empty()) brokers.insert(known->begin(), known->end());
  std::vector<Task<std::pair<NodeId, Outcome<std::vector<LogDir>>>>> questions;
  for (const NodeId id : brokers) questions.push_back(labelled(id, log_dirs_of(id, until)));
  auto answers = co_await when_all(std::move(questions));
  for (auto& [id, outcome] : answers) outcomes.emplace(id, std::move(outcome));
  co_return outcomes;
}

Task<Outcome<NodeApis>> Admin::apis_of(NodeId broker, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(broker, until);
  if (!node) co_return failed(node.error());
  const BrokerInfo* info = cluster_.view().find_broker(broker);
  co_return NodeApis{info != nullptr ? *info : BrokerInfo{broker, (*node)->endpoint(), std::nullopt},
                     (*node)->versions()};
}

Task<std::map<NodeId, Outcome<NodeApis>>> Admin::describe_apis() {
  const SteadyTime until = deadline();
  std::map<NodeId, Outcome<NodeApis>> outcomes;
  const Outcome<std::vector<NodeId>> known = co_await broker_ids(until);
  if (!known) {
    outcomes.emplace(NodeId{-1}, failed(known.error()));
    co_return outcomes;
  }
  std::vector<Task<std::pair<NodeId, Outcome<NodeApis>>>> questions;
  for (const NodeId id : *known) questions.push_back(labelled(id, apis_of(id, until)));
  auto answers = co_await when_all(std::move(questions));
  for (auto& [id, outcome] : answers) outcomes.emplace(id, std::move(outcome));
  co_return outcomes;
}

Task<Outcome<FeatureDescription>> Admin::describe_features() {
  const SteadyTime until = deadline();
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.any_node(until);
  if (!node) co_return failed(node.error());
  // What it said when it was connected may be old by now.
  Outcome<NodeVersions> versions = co_await (*node)->ask_versions(cluster_.request_deadline(until));
  if (!versions) co_return failed(std::move(versions.error()));
  co_return FeatureDescription{std::move(versions->features), versions->finalized_features_epoch};
}

Task<Outcomes<void>> Admin::update_features(std::vector<FeatureUpdate> updates, bool validate_only) {
  const SteadyTime until = deadline();
  std::map<std::string, bool> names;
  for (const FeatureUpdate& update : updates) names.emplace(update.feature, true);
  const Outcome<std::shared_ptr<Node>> node = co_await controller(until);
  if (!node) co_return detail::all_failed<void>(names, node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::update_features);
  if (!version) co_return detail::all_failed<void>(names, version.error());
  wire::UpdateFeaturesRequest request;
  request.timeout_ms = request_timeout_ms();
  request.validate_only = validate_only;
  for (const FeatureUpdate& update : updates) {
    wire::UpdateFeaturesRequest::FeatureUpdateKey key;
    key.feature = update.feature;
    key.max_version_level = update.level;
    if (*version == 0)
      key.allow_downgrade = update.upgrade != FeatureUpgrade::upgrade;
    else
      key.upgrade_type = static_cast<std::int8_t>(update.upgrade);
    request.feature_updates.push_back(key);
  }
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(until));
  if (!answer) co_return detail::all_failed<void>(names, answer.error());
  // Since version 2 all are done or none, and the answer speaks for the whole.
  const Outcome<void> whole = outcome_of((*answer)->error_code, "updating features", (*answer)->error_message);
  Outcomes<void> outcomes;
  for (const auto& [name, wanted] : names) outcomes.emplace(name, whole);
  for (const auto& result : (*answer)->results)
    outcomes.insert_or_assign(std::string(result.feature),
                              outcome_of(result.error_code, {}, result.error_message));
  co_return outcomes;
}

Task<Outcome<QuorumDescription>> Admin::describe_quorum_once(SteadyTime until) {
  DescribeQuorumRequest request;
  request.topics.push_back({.topic_name = "__cluster_metadata",
                            .partitions = {{.partition_index = PartitionIndex{0}, .unknown_tags = {}}},
                            .unknown_tags = {}});
  const auto answer = co_await ask_any(request, until);
  if (!answer) co_return failed(answer.error());
  const DescribeQuorumResponse& message = **answer;
  Outcome<void> said = outcome_of(message.error_code, "describing the quorum", message.error_message);
  if (!said) co_return failed(std::move(said.error()));
  if (message.topics.empty() || message.topics.front().partitions.empty())
    co_return failed(ErrorCode::unknown_server_error, "the answer says nothing of the quorum");
  const auto& partition = message.topics.front().partitions.front();
  said = outcome_of(partition.error_code, "describing the quorum", partition.error_message);
  if (!said) co_return failed(std::move(said.error()));
  QuorumDescription quorum{.leader = partition.leader_id,
                           .leader_epoch = partition.leader_epoch,
                           .high_watermark = partition.high_watermark,
                           .voters = replicas_of(partition.current_voters),
                           .observers = replicas_of(partition.observers),
                           .nodes = {}};
  for (const auto& node : message.nodes) {
    QuorumNode described{.id = node.node_id, .listeners = {}};
    for (const auto& listener : node.listeners)
      described.listeners.emplace(std::string(listener.name), Endpoint{std::string(listener.host), listener.port});
    quorum.nodes.push_back(std::move(described));
  }
  co_return quorum;
}

Task<Outcome<QuorumDescription>> Admin::describe_quorum() {
  const SteadyTime until = deadline();
  co_return co_await with_retries<QuorumDescription>(cluster_, until,
                                                     [this, until] { return describe_quorum_once(until); });
}

Task<Outcome<void>> Admin::unregister_broker(NodeId broker) {
  wire::UnregisterBrokerRequest request;
  request.broker_id = broker;
  const auto answer = co_await ask_controller(request, deadline());
  if (!answer) co_return failed(answer.error());
  co_return outcome_of((*answer)->error_code, fmt::format("unregistering broker {}", broker.value),
                       (*answer)->error_message);
}

}  // namespace sluice::client
