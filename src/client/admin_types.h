// client/admin_types.h: what an Admin is asked for, and what it answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/cluster_view.h"
#include "client/node.h"
#include "client/offset_and_metadata.h"

namespace sluice::client {

/// What became of each thing that was asked for, by its name.
template <class Value>
using Outcomes = std::map<std::string, Outcome<Value>>;

struct NewTopic {
  std::string name{};
  std::optional<std::int32_t> partitions{};                    ///< Nothing: as the broker is configured.
  std::optional<std::int16_t> replication_factor{};            ///< Nothing: as the broker is configured.
  std::map<PartitionIndex, std::vector<NodeId>> assignment{};  ///< Instead of both numbers.
  std::map<std::string, std::string> configs{};
};

/// -1 and zero where the broker is too old to tell.
struct CreatedTopic {
  Uuid id;
  std::int32_t partitions = -1;
  std::int16_t replication_factor = -1;
};

struct NewPartitions {
  std::int32_t total = 0;
  std::vector<std::vector<NodeId>> assignment;  ///< Of the new ones; empty: the controller chooses.
};

struct ClusterDescription {
  std::string cluster_id;
  NodeId controller{-1};
  std::vector<BrokerInfo> brokers;  ///< By id.
};

/// The kinds of thing that have configurations. The values are those on the wire.
enum class ConfigResourceType : std::int8_t {
  topic = 2,
  broker = 4,
  broker_logger = 8,
  client_metrics = 16,
  group = 32,
};

struct ConfigResource {
  ConfigResourceType type = ConfigResourceType::topic;
  std::string name;  ///< Empty for the default of all brokers.
  friend auto operator<=>(const ConfigResource&, const ConfigResource&) = default;
};

/// Where a value comes from. The values are those on the wire.
enum class ConfigSource : std::int8_t {
  unknown = 0,
  topic = 1,
  dynamic_broker = 2,
  dynamic_default_broker = 3,
  static_broker = 4,
  default_config = 5,
  dynamic_broker_logger = 6,
  client_metrics = 7,
  group = 8,
};

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;
  ConfigSource source = ConfigSource::unknown;
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  ///< Nothing where it is null, or sensitive.
  ConfigSource source = ConfigSource::unknown;
  bool read_only = false;
  bool sensitive = false;
  std::int8_t type = 0;  ///< As DescribeConfigs has it; 0: not told.
  std::vector<ConfigSynonym> synonyms;
  std::optional<std::string> documentation;
};

struct DescribeConfigsOptions {
  std::optional<std::vector<std::string>> names;  ///< Nothing: all.
  bool synonyms = false;
  bool documentation = false;
};

/// The values are those on the wire (KIP-339).
enum class AlterConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct AlterConfig {
  std::string name;
  AlterConfigOperation operation = AlterConfigOperation::set;
  std::optional<std::string> value;
};

/// Whom a quota is for: by kind (user, client-id, ip) the name; none stands for all without a quota of their own.
using QuotaEntity = std::map<std::string, std::optional<std::string>>;
/// Limits by key (producer_byte_rate …).
using Quotas = std::map<std::string, double>;

/// Which names of one kind are asked for (KIP-546). The values are those on the wire.
enum class QuotaMatch : std::int8_t { exact = 0, default_name = 1, any = 2 };

struct QuotaFilter {
  std::string kind;
  QuotaMatch match = QuotaMatch::any;
  std::string name;  ///< Only with exact.
};

/// Nothing as a limit removes it.
using QuotaChanges = std::map<std::string, std::optional<double>>;

/// Which password a user has (KIP-554), as far as it is told.
struct ScramCredentialInfo {
  std::int8_t mechanism = 0;  ///< 1: SCRAM-SHA-256, 2: SCRAM-SHA-512.
  std::int32_t iterations = 0;
};

struct SaltedPassword {
  std::int32_t iterations = 0;
  std::vector<std::byte> salt;
  std::vector<std::byte> password;  ///< Salted, so that it is not itself sent.
};

/// By mechanism the password that a user is to have; nothing: none any more.
using ScramChanges = std::map<std::int8_t, std::optional<SaltedPassword>>;

struct LogDirReplica {
  TopicPartition partition;
  std::int64_t size = 0;
  std::int64_t offset_lag = 0;
  bool future = false;  ///< Being moved here from another directory.
};

struct LogDir {
  std::string path;
  ErrorCode error = ErrorCode::none;
  std::int64_t total_bytes = -1;   ///< Of the volume; -1: not told.
  std::int64_t usable_bytes = -1;  ///< Of the volume; -1: not told.
  std::vector<LogDirReplica> replicas;
};

struct GroupListing {
  std::string group_id;
  std::string protocol_type;
  std::string state;  ///< Empty where the broker is too old to tell.
  std::string type;   ///< classic, consumer …; empty where the broker is too old to tell.
};

struct GroupMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::vector<TopicPartition> assignment;
  std::vector<TopicPartition> target_assignment;  ///< Only of consumer groups (KIP-848).
  std::int32_t epoch = -1;                        ///< Not of classic groups.
  std::optional<bool> upgraded{};                 ///< Whether it speaks the protocol of KIP-848, if that is told.
  std::vector<std::string> subscribed_topics;
};

struct GroupDescription {
  std::string group_id;
  std::string type;  ///< classic, consumer or share.
  std::string state;
  std::string protocol_type;
  std::string assignor;
  std::int32_t epoch = -1;             ///< Not of classic groups.
  std::int32_t assignment_epoch = -1;  ///< Not of classic groups.
  NodeId coordinator{-1};
  std::vector<GroupMember> members;
};

/// How far a share group is in a partition (KIP-932).
struct ShareOffset {
  std::optional<Offset> start;  ///< The first that is not done with; nothing before anybody has read.
  LeaderEpoch leader_epoch{-1};
  std::optional<std::int64_t> lag;  ///< Records that are not done with; nothing where that is not known.
};
using ShareOffsets = std::map<TopicPartition, ShareOffset>;

struct ActiveProducer {
  ProducerId id;
  std::int32_t epoch = -1;
  std::int32_t last_sequence = -1;
  std::int64_t last_timestamp = -1;
  std::int32_t coordinator_epoch = -1;
  Offset transaction_start{-1};  ///< -1: no transaction is open.
};

struct TransactionFilter {
  std::vector<std::string> states{};                  ///< None: all.
  std::vector<ProducerId> producers{};                ///< None: all.
  std::optional<std::chrono::milliseconds> longer{};  ///< Only what has gone on for longer than this.
  std::optional<std::string> id_pattern{};            ///< A regular expression for transactional ids (KIP-1152).
};

struct TransactionListing {
  std::string transactional_id;
  ProducerId producer;
  std::string state;
};

struct TransactionDescription {
  NodeId coordinator{-1};
  std::string state;
  ProducerId producer;
  ProducerEpoch epoch;
  std::chrono::milliseconds timeout{0};
  std::int64_t start_time = -1;  ///< In milliseconds since 1970; -1: nothing has been begun.
  std::set<TopicPartition> partitions;
};

/// An open transaction of one partition, as its leader knows it.
struct OpenTransaction {
  TopicPartition partition;
  ProducerId producer;
  ProducerEpoch epoch;
  std::int32_t coordinator_epoch = 0;
};

/// How a feature's level may change. The values are those on the wire (KIP-584, KIP-778).
enum class FeatureUpgrade : std::int8_t { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };

struct FeatureUpdate {
  std::string feature;
  std::int16_t level = 0;  ///< 0 switches it off.
  FeatureUpgrade upgrade = FeatureUpgrade::upgrade;
};

struct FeatureDescription {
  std::vector<Feature> features;
  std::int64_t epoch = -1;  ///< -1: not known.
};

struct QuorumReplica {
  NodeId id;
  Uuid directory_id;
  Offset log_end_offset;
  std::int64_t last_fetch_timestamp = -1;
  std::int64_t last_caught_up_timestamp = -1;
};

struct QuorumNode {
  NodeId id;
  std::map<std::string, Endpoint> listeners;
};

struct QuorumDescription {
  NodeId leader{-1};
  LeaderEpoch leader_epoch{-1};
  Offset high_watermark{-1};
  std::vector<QuorumReplica> voters;
  std::vector<QuorumReplica> observers;
  std::vector<QuorumNode> nodes;
};

struct NodeApis {
  BrokerInfo broker;
  NodeVersions versions;
};

struct Reassignment {
  std::vector<NodeId> replicas;
  std::vector<NodeId> adding;
  std::vector<NodeId> removing;
};

enum class ElectionType : std::int8_t { preferred = 0, unclean = 1 };

}  // namespace sluice::client
