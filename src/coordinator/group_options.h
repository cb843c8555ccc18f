// coordinator/group_options.h: the configuration of groups and committed offsets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace sluice {

/// group.consumer.migration.policy: which way groups may move between the classic and the consumer protocol while
/// they have members.
enum class MigrationPolicy : std::uint8_t { disabled, downgrade, upgrade, bidirectional };

/// Of the consumer protocol (KIP-848); what a group may set for itself is in GroupSettings.
struct ConsumerGroupOptions {
  std::size_t size_max = std::numeric_limits<std::int32_t>::max();  ///< group.consumer.max.size
  std::vector<std::string> assignors{"uniform", "range"};           ///< group.consumer.assignors
  MigrationPolicy migration = MigrationPolicy::bidirectional;
  std::chrono::milliseconds pattern_refresh_interval{600'000};  ///< group.consumer.regex.refresh.interval.ms

  bool may_upgrade() const {
    return migration == MigrationPolicy::upgrade || migration == MigrationPolicy::bidirectional;
  }
  bool may_downgrade() const {
    return migration == MigrationPolicy::downgrade || migration == MigrationPolicy::bidirectional;
  }
};

/// Of share groups (KIP-932).
struct ShareGroupOptions {
  std::size_t size_max = 200;                                   ///< group.share.max.size
  std::vector<std::string> assignors{"simple"};                 ///< group.share.assignors
  std::chrono::milliseconds initialize_retry_interval{30'000};  ///< group.share.initialize.retry.interval.ms
};

/// Of streams groups (KIP-1071).
struct StreamsGroupOptions {
  std::size_t size_max = std::numeric_limits<std::int32_t>::max();  ///< group.streams.max.size
  bool topology_descriptions = true;                                ///< sluice.streams.topology.descriptions
};

struct GroupOptions {
  std::chrono::milliseconds session_timeout_min{6'000};                 ///< group.min.session.timeout.ms
  std::chrono::milliseconds session_timeout_max{1'800'000};             ///< group.max.session.timeout.ms
  std::chrono::milliseconds initial_rebalance_delay{3'000};             ///< group.initial.rebalance.delay.ms
  std::size_t size_max = std::numeric_limits<std::int32_t>::max();      ///< group.max.size
  std::size_t offset_metadata_bytes_max = 4'096;                        ///< offset.metadata.max.bytes
  std::chrono::minutes offsets_retention{10'080};                       ///< offsets.retention.minutes
  std::chrono::milliseconds offsets_retention_check_interval{600'000};  ///< offsets.retention.check.interval.ms
  std::chrono::milliseconds commit_timeout{5'000};                      ///< offsets.commit.timeout.ms
  /// How long a member that is joining for the first time may wait without being heard of: it does not know its id
  /// yet and cannot send heartbeats.
  std::chrono::milliseconds new_member_timeout{300'000};
  /// What the log takes as one record: a little less than the largest batch of the topic.
  std::size_t record_bytes_max = 1'000'000;
  ConsumerGroupOptions consumer = {};
  ShareGroupOptions share = {};
  StreamsGroupOptions streams = {};
};

}  // namespace sluice
