// client/admin.h: creates, describes and changes what a cluster has.
//
// Each question goes to whom it concerns (the controller, a coordinator, a partition's leader, every broker) and
// is put again, until default.api.timeout.ms is over, where it fails for reasons that pass. Answers own what they
// say. Where several things are asked about, each has an outcome of its own; what fails as a whole fails for each.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/admin_types.h"
#include "client/cluster.h"
#include "client/list_offsets.h"
#include "client/streams_group_description.h"

namespace sluice::client {

namespace detail {
class GroupClient;
}

/// Lives on one shard; `close` it before it dies.
class Admin {
 public:
  /// `config` has bootstrap servers.
  Admin(Loop& loop, Network& network, ClientConfig config) : cluster_(loop, network, std::move(config)) {}

  // Topics.

  Task<Outcomes<CreatedTopic>> create_topics(std::vector<NewTopic> topics, bool validate_only = false);
  Task<Outcomes<void>> delete_topics(std::vector<std::string> names);
  Task<Outcomes<void>> create_partitions(std::map<std::string, NewPartitions> topics, bool validate_only = false);
  /// Without the internal ones unless asked for. By name.
  Task<Outcome<std::vector<TopicInfo>>> list_topics(bool internal = false);
  /// Failures: unknown_topic_or_partition, topic_authorization_failed …
  Task<Outcomes<TopicInfo>> describe_topics(std::vector<std::string> names);
  Task<PartitionOutcomes<void>> elect_leaders(ElectionType type, std::set<TopicPartition> partitions);
  /// A reassignment without replicas is cancelled.
  Task<PartitionOutcomes<void>> alter_partition_reassignments(
      std::map<TopicPartition, std::optional<std::vector<NodeId>>> reassignments);
  Task<Outcome<std::map<TopicPartition, Reassignment>>> list_partition_reassignments();

  // Records.

  Task<PartitionOutcomes<ListedOffset>> list_offsets(std::map<TopicPartition, std::int64_t> times,
                                                     IsolationLevel isolation = IsolationLevel::read_uncommitted);
  /// Deletes what comes before an offset (-1: everything); answers with the first offset that is left.
  Task<PartitionOutcomes<Offset>> delete_records(std::map<TopicPartition, Offset> before);
  /// As the leaders know them, or one replica's broker.
  Task<PartitionOutcomes<std::vector<ActiveProducer>>> describe_producers(
      std::set<TopicPartition> partitions, std::optional<NodeId> replica = std::nullopt);

  // Transactions (KIP-664).

  /// By the broker that coordinates them. One that cannot be asked fails the whole; unsupported_version where one
  /// is too old for the filter.
  Task<Outcome<std::map<NodeId, std::vector<TransactionListing>>>> list_transactions(
      TransactionFilter filter = {});
  /// Errors: transactional_id_not_found …
  Task<Outcomes<TransactionDescription>> describe_transactions(std::vector<std::string> transactional_ids);
  /// Ends a transaction that no coordinator knows any more, by a marker in its partition.
  Task<Outcome<void>> abort_transaction(OpenTransaction transaction);
  /// Keeps the producer of the id from going on; what it has open is aborted (KIP-939).
  Task<Outcome<void>> fence_producer(std::string transactional_id);

  // Configurations.

  Task<std::map<ConfigResource, Outcome<std::vector<ConfigEntry>>>> describe_configs(
      std::vector<ConfigResource> resources, DescribeConfigsOptions options = {});
  /// Changes some values and leaves the others as they are (KIP-339).
  Task<std::map<ConfigResource, Outcome<void>>> alter_configs(
      std::map<ConfigResource, std::vector<AlterConfig>> changes, bool validate_only = false);
  /// What has configurations of its own; no types: all (KIP-1142).
  Task<Outcome<std::vector<ConfigResource>>> list_config_resources(std::vector<ConfigResourceType> types = {});

  // Quotas and credentials.

  /// The quotas of the entities that match. `strict`: only of those with no other kinds than the filters'.
  Task<Outcome<std::map<QuotaEntity, Quotas>>> describe_quotas(std::vector<QuotaFilter> filters, bool strict);
  Task<Outcome<void>> alter_quotas(QuotaEntity entity, QuotaChanges changes);
  /// No users: all that have credentials.
  Task<Outcome<Outcomes<std::vector<ScramCredentialInfo>>>> describe_scram_credentials(
      std::vector<std::string> users);
  /// Errors: resource_not_found (a credential to be deleted is not there), unacceptable_credential …
  Task<Outcome<void>> alter_scram_credentials(std::string user, ScramChanges changes);

  // Groups.

  /// Filters by state and type; none: all. A broker that cannot be asked fails the whole.
  Task<Outcome<std::vector<GroupListing>>> list_groups(std::vector<std::string> states = {},
                                                       std::vector<std::string> types = {});
  Task<Outcomes<GroupDescription>> describe_groups(std::vector<std::string> group_ids);
  Task<Outcomes<void>> delete_groups(std::vector<std::string> group_ids);
  /// No partitions: all that the group has committed offsets for.
  Task<Outcome<Offsets>> list_group_offsets(std::string group_id,
                                            std::optional<std::set<TopicPartition>> partitions = std::nullopt,
                                            bool require_stable = false);
  Task<PartitionOutcomes<void>> alter_group_offsets(std::string group_id, Offsets offsets);
  /// Errors: group_subscribed_to_topic …
  Task<Outcome<PartitionOutcomes<void>>> delete_group_offsets(std::string group_id,
                                                              std::set<TopicPartition> partitions);

  // Share groups (KIP-932).

  Task<Outcomes<GroupDescription>> describe_share_groups(std::vector<std::string> group_ids);
  /// Of every partition that the group has read.
  Task<Outcome<ShareOffsets>> list_share_group_offsets(std::string group_id);
  /// Where a group without members is to go on. Errors: non_empty_group …
  Task<Outcome<PartitionOutcomes<void>>> alter_share_group_offsets(std::string group_id,
                                                                   std::map<TopicPartition, Offset> offsets);
  /// By topic. Errors: non_empty_group …
  Task<Outcome<Outcomes<void>>> delete_share_group_offsets(std::string group_id, std::set<std::string> topics);

  // Streams groups (KIP-1071).

  Task<Outcomes<StreamsGroupDescription>> describe_streams_groups(std::vector<std::string> group_ids);

  // The cluster.

  Task<Outcome<ClusterDescription>> describe_cluster();
  /// No brokers: all.
  Task<std::map<NodeId, Outcome<std::vector<LogDir>>>> describe_log_dirs(std::set<NodeId> brokers = {});
  Task<Outcome<FeatureDescription>> describe_features();
  Task<Outcomes<void>> update_features(std::vector<FeatureUpdate> updates, bool validate_only = false);
  Task<Outcome<QuorumDescription>> describe_quorum();
  Task<Outcome<void>> unregister_broker(NodeId broker);
  /// What every broker speaks.
  Task<std::map<NodeId, Outcome<NodeApis>>> describe_apis();

  Cluster& cluster() { return cluster_; }
  Task<void> close() { return cluster_.close(); }

 private:
  SteadyTime deadline() const { return cluster_.loop_now() + cluster_.config().default_api_timeout; }
  std::int32_t request_timeout_ms() const;
  /// The controller as metadata name it; a broker that forwards to it where controllers are apart.
  Task<Outcome<std::shared_ptr<Node>>> controller(SteadyTime deadline);
  Task<Outcome<std::vector<NodeId>>> broker_ids(SteadyTime deadline);

  using FoundNode = Task<Outcome<std::shared_ptr<Node>>>;
  Task<Outcome<void>> ask_for(FoundNode found, wire::ApiMessage request, ResponseTaker& response, SteadyTime until,
                              std::int16_t most);
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask(FoundNode node, const Request& request, SteadyTime until,
                                                        std::int16_t most);
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask_controller(const Request& request, SteadyTime deadline,
                                                                   std::int16_t most = INT16_MAX);
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask_any(const Request& request, SteadyTime deadline,
                                                            std::int16_t most = INT16_MAX);
  /// One coordinator's request about one group.
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask_coordinator(std::string group_id, const Request& request,
                                                                    SteadyTime deadline,
                                                                    std::int16_t most = INT16_MAX);

  // One attempt of each. They run on the caller's frame, which keeps the arguments.
  Task<Outcomes<CreatedTopic>> create_topics_once(std::map<std::string, NewTopic> topics, bool validate_only,
                                                  SteadyTime deadline);
  Task<Outcomes<void>> delete_topics_once(std::map<std::string, bool> names, SteadyTime deadline);
  Task<Outcomes<void>> create_partitions_once(std::map<std::string, NewPartitions> topics, bool validate_only,
                                              SteadyTime deadline);
  Task<std::map<ConfigResource, Outcome<std::vector<ConfigEntry>>>> describe_configs_once(
      std::map<ConfigResource, bool> resources, DescribeConfigsOptions options, SteadyTime deadline);
  Task<std::map<ConfigResource, Outcome<void>>> alter_configs_once(
      std::map<ConfigResource, std::vector<AlterConfig>> changes, bool validate_only, SteadyTime deadline);
  Task<Outcome<std::shared_ptr<Node>>> node_of(ConfigResource resource, bool changes, SteadyTime deadline);
  Task<Outcome<std::vector<GroupListing>>> list_groups_of(NodeId broker, std::vector<std::string> states,
                                                          std::vector<std::string> types, SteadyTime deadline);
  Task<Outcomes<GroupDescription>> describe_group_once(std::string group_id, SteadyTime deadline);
  Task<Outcome<GroupDescription>> describe_consumer_group(std::shared_ptr<Node> node, std::string group_id,
                                                          SteadyTime deadline);
  Task<Outcome<GroupDescription>> describe_classic_group(std::shared_ptr<Node> node, std::string group_id,
                                                         SteadyTime deadline);
  Task<Outcomes<GroupDescription>> describe_share_group_once(std::string group_id, SteadyTime deadline);
  Task<Outcome<ShareOffsets>> list_share_group_offsets_once(std::string group_id, SteadyTime deadline);
  Task<Outcome<PartitionOutcomes<void>>> alter_share_group_offsets_once(
      std::string group_id, const std::map<TopicPartition, Offset>& offsets, SteadyTime deadline);
  Task<Outcome<Outcomes<void>>> delete_share_group_offsets_once(std::string group_id,
                                                                const std::set<std::string>& topics,
                                                                SteadyTime deadline);
  Task<Outcomes<StreamsGroupDescription>> describe_streams_group_once(std::string group_id, SteadyTime deadline);
  Task<Outcomes<void>> delete_group_once(std::string group_id, SteadyTime deadline);
  static Task<PartitionOutcomes<void>> commit_as_admin(detail::GroupClient& group, Offsets offsets,
                                                       SteadyTime deadline);
  Task<Outcome<PartitionOutcomes<void>>> delete_group_offsets_once(std::string group_id,
                                                                   std::set<TopicPartition> partitions,
                                                                   SteadyTime deadline);
  Task<Outcome<std::vector<TransactionListing>>> list_transactions_of(NodeId broker,
                                                                      const TransactionFilter& filter,
                                                                      SteadyTime deadline);
  Task<Outcomes<TransactionDescription>> describe_transaction_once(std::string transactional_id,
                                                                   SteadyTime deadline);
  Task<Outcome<void>> fence_once(std::string transactional_id, SteadyTime deadline);
  Task<Outcome<std::vector<LogDir>>> log_dirs_of(NodeId broker, SteadyTime deadline);
  Task<Outcome<NodeApis>> apis_of(NodeId broker, SteadyTime deadline);
  Task<Outcome<QuorumDescription>> describe_quorum_once(SteadyTime deadline);

  Cluster cluster_;
};

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Admin::ask(FoundNode node, const Request& request,
                                                             SteadyTime until, std::int16_t most) {
  Taken<typename Request::Response> response;
  Outcome<void> asked = co_await ask_for(std::move(node), request, response, until, most);
  co_return response.after(std::move(asked));
}

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Admin::ask_controller(const Request& request, SteadyTime until,
                                                                        std::int16_t most) {
  return ask(controller(until), request, until, most);
}

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Admin::ask_any(const Request& request, SteadyTime until,
                                                                 std::int16_t most) {
  return ask(cluster_.any_node(until), request, until, most);
}

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Admin::ask_coordinator(std::string group_id,
                                                                         const Request& request, SteadyTime until,
                                                                         std::int16_t most) {
  return ask(cluster_.coordinator(CoordinatorType::group, std::move(group_id), until), request, until, most);
}

}  // namespace sluice::client
