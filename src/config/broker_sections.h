// config/broker_sections.h: a broker's configuration by subject, as values of the types that the code works with.
// A section can be read anew whenever the configuration in force changes; what each key means stands in
// docs/configuration.md. "No limit" is no value.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/configuration.h"

namespace sluice {

using Milliseconds = std::chrono::milliseconds;

struct SocketConfig {
  std::int32_t send_buffer_bytes = 0;  ///< -1: the kernel's choice.
  std::int32_t receive_buffer_bytes = 0;
  std::uint32_t request_bytes_max = 0;
  bool unstable_versions = false;  ///< unstable.api.versions.enable
  std::int32_t listen_backlog = 0;
  std::uint32_t connections_max = 0;
  std::uint32_t connections_per_address_max = 0;
  std::map<std::string, std::uint32_t, std::less<>> connections_per_address_overrides;
  std::uint32_t connection_creation_rate_max = 0;  ///< A second.
  std::optional<Milliseconds> idle_time_max;
  Milliseconds failed_authentication_delay{};
  std::uint32_t queued_requests_max = 0;
  std::optional<std::uint64_t> queued_request_bytes_max;
  Milliseconds connection_setup_timeout{};
  Milliseconds connection_setup_timeout_max{};
  Milliseconds request_timeout{};
  friend bool operator==(const SocketConfig&, const SocketConfig&) = default;
};

/// Defaults for topics, and what holds for all logs of the broker. What a single topic has is TopicConfig.
struct LogManagerConfig {
  std::int32_t partitions = 1;  ///< num.partitions
  std::int16_t replication_factor = 1;
  bool auto_create_topics = true;
  bool delete_topics = true;
  Milliseconds retention_check_interval{};
  Milliseconds flush_check_interval{};
  Milliseconds recovery_point_checkpoint_interval{};
  Milliseconds start_offset_checkpoint_interval{};
  Milliseconds initial_task_delay{};
  Milliseconds dir_failure_timeout{};
  std::int32_t recovery_threads_per_dir = 1;
  std::optional<std::int32_t> moves_max;  ///< num.replica.alter.log.dirs.threads
  std::vector<std::string> cordoned_dirs;
  std::optional<std::uint32_t> open_files_max;  ///< sluice.open.files.max; none: by what the system allows.
  bool sync_appends = false;                    ///< sluice.durability=sync
  friend bool operator==(const LogManagerConfig&, const LogManagerConfig&) = default;
};

struct CleanerConfig {
  bool enabled = true;
  std::int32_t threads = 1;
  std::uint64_t dedupe_buffer_bytes = 0;
  double dedupe_buffer_load = 0;
  std::uint32_t io_buffer_bytes = 0;
  double io_bytes_per_second_max = 0;
  Milliseconds backoff{};
  friend bool operator==(const CleanerConfig&, const CleanerConfig&) = default;
};

struct ReplicationConfig {
  std::int32_t fetchers = 1;
  std::uint32_t fetch_bytes_max = 0;           ///< Of one partition.
  std::uint32_t fetch_response_bytes_max = 0;  ///< Of a whole answer.
  std::uint32_t fetch_bytes_min = 0;
  Milliseconds fetch_wait_max{};
  Milliseconds fetch_backoff{};
  Milliseconds lag_time_max{};
  Milliseconds high_watermark_checkpoint_interval{};
  Milliseconds socket_timeout{};
  std::int32_t socket_receive_buffer_bytes = 0;
  bool rack_aware_selector = false;
  bool auto_leader_rebalance = true;
  std::chrono::seconds leader_imbalance_check_interval{};
  friend bool operator==(const ReplicationConfig&, const ReplicationConfig&) = default;
};

/// How this node speaks to clients' fetches.
struct FetchConfig {
  std::uint32_t bytes_max = 0;
  std::uint32_t sessions_max = 0;
  std::uint32_t described_partitions_max = 0;
  friend bool operator==(const FetchConfig&, const FetchConfig&) = default;
};

struct ClassicGroupConfig {
  Milliseconds session_timeout_min{};
  Milliseconds session_timeout_max{};
  Milliseconds initial_rebalance_delay{};
  std::uint32_t size_max = 0;
  friend bool operator==(const ClassicGroupConfig&, const ClassicGroupConfig&) = default;
};

/// One of the newer kinds of group: consumer, share, streams. What a single group may set lies within the bounds.
struct GroupKindConfig {
  struct Bounded {
    Milliseconds value{};
    Milliseconds min{};
    Milliseconds max{};
    friend bool operator==(const Bounded&, const Bounded&) = default;
  };
  Bounded session_timeout;
  Bounded heartbeat_interval;
  Bounded assignment_interval;
  std::uint32_t size_max = 0;
  std::vector<std::string> assignors;
  friend bool operator==(const GroupKindConfig&, const GroupKindConfig&) = default;
};

struct GroupCoordinatorConfig {
  std::vector<std::string> protocols;
  ClassicGroupConfig classic;
  GroupKindConfig consumer;
  GroupKindConfig share;
  GroupKindConfig streams;
  bool topology_descriptions = true;          ///< sluice.streams.topology.descriptions
  std::string migration_policy;               ///< In small letters: disabled, downgrade, upgrade, bidirectional.
  Milliseconds pattern_refresh_interval{};    ///< group.consumer.regex.refresh.interval.ms
  std::optional<Milliseconds> append_linger;  ///< No value: adapts to the load.
  friend bool operator==(const GroupCoordinatorConfig&, const GroupCoordinatorConfig&) = default;
};

struct InternalTopicConfig {
  std::int32_t partitions = 50;
  std::int16_t replication_factor = 3;
  std::int32_t min_insync_replicas = 1;
  std::uint32_t segment_bytes = 0;
  std::int8_t compression_codec = 0;  ///< As in a batch's attributes.
  std::uint32_t load_buffer_bytes = 0;
  friend bool operator==(const InternalTopicConfig&, const InternalTopicConfig&) = default;
};

struct OffsetsConfig {
  InternalTopicConfig topic;  ///< __consumer_offsets
  std::chrono::minutes retention{};
  Milliseconds retention_check_interval{};
  Milliseconds commit_timeout{};
  std::uint32_t metadata_bytes_max = 0;
  friend bool operator==(const OffsetsConfig&, const OffsetsConfig&) = default;
};

struct TransactionConfig {
  InternalTopicConfig topic;  ///< __transaction_state
  Milliseconds timeout_max{};
  Milliseconds id_expiration{};
  Milliseconds abort_check_interval{};
  Milliseconds expiration_check_interval{};
  Milliseconds producer_id_expiration{};
  Milliseconds producer_id_expiration_check_interval{};
  Milliseconds add_patience{};
  bool partition_verification = true;
  bool two_phase_commit = false;
  friend bool operator==(const TransactionConfig&, const TransactionConfig&) = default;
};

struct ShareStateConfig {
  InternalTopicConfig topic;                  ///< __share_group_state
  std::optional<Milliseconds> append_linger;  ///< No value: adapts to the load.
  Milliseconds write_timeout{};
  std::uint32_t updates_per_snapshot = 0;
  Milliseconds cold_snapshot_interval{};
  Milliseconds prune_interval{};
  std::uint32_t sessions_max = 0;  ///< Of members, on this broker.
  Milliseconds initialize_retry_interval{};
  friend bool operator==(const ShareStateConfig&, const ShareStateConfig&) = default;
};

struct MetadataLogConfig {
  std::uint32_t segment_bytes = 0;
  Milliseconds segment_time{};
  std::optional<std::uint64_t> retention_bytes;
  std::optional<Milliseconds> retention_time;
  std::uint64_t bytes_between_snapshots = 0;
  std::optional<Milliseconds> snapshot_interval_max;
  std::optional<Milliseconds> idle_interval_max;
  friend bool operator==(const MetadataLogConfig&, const MetadataLogConfig&) = default;
};

struct QuorumTimingConfig {
  Milliseconds election_timeout{};
  Milliseconds election_backoff_max{};
  Milliseconds fetch_timeout{};
  Milliseconds request_timeout{};
  Milliseconds retry_backoff{};
  Milliseconds append_linger{};
  std::uint32_t fetch_bytes_max = 0;
  std::uint32_t fetch_snapshot_bytes_max = 0;
  bool auto_join = false;
  friend bool operator==(const QuorumTimingConfig&, const QuorumTimingConfig&) = default;
};

struct BrokerLifecycleConfig {
  Milliseconds heartbeat_interval{};
  Milliseconds session_timeout{};
  Milliseconds initial_registration_timeout{};
  bool controlled_shutdown = true;
  friend bool operator==(const BrokerLifecycleConfig&, const BrokerLifecycleConfig&) = default;
};

/// Errors: invalid_argument, where the overrides for single addresses are not host:count pairs.
Result<SocketConfig> read_socket_config(const Configuration& configuration);
LogManagerConfig read_log_manager_config(const Configuration& configuration);
CleanerConfig read_cleaner_config(const Configuration& configuration);
ReplicationConfig read_replication_config(const Configuration& configuration);
FetchConfig read_fetch_config(const Configuration& configuration);
GroupCoordinatorConfig read_group_coordinator_config(const Configuration& configuration);
/// A node that is `alone` gives its internal topics one replica unless told otherwise.
OffsetsConfig read_offsets_config(const Configuration& configuration, bool alone);
TransactionConfig read_transaction_config(const Configuration& configuration, bool alone);
ShareStateConfig read_share_state_config(const Configuration& configuration, bool alone);
MetadataLogConfig read_metadata_log_config(const Configuration& configuration);
QuorumTimingConfig read_quorum_timing_config(const Configuration& configuration);
BrokerLifecycleConfig read_broker_lifecycle_config(const Configuration& configuration);

}  // namespace sluice
