// client/consumer_config.h: the configuration of a consumer, under Kafka's names and with its defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/client_config.h"

namespace sluice::client {

/// Where a partition is read from when there is no committed offset, or none that is still there.
struct OffsetReset {
  enum class Kind { earliest, latest, none, by_duration };
  Kind kind = Kind::latest;
  milliseconds before{0};  ///< With by_duration (KIP-1106): so long ago.

  friend bool operator==(const OffsetReset&, const OffsetReset&) = default;
};

/// Which records of transactions are seen (KIP-98). The values are those on the wire.
enum class IsolationLevel : std::int8_t { read_uncommitted = 0, read_committed = 1 };

/// How membership in a group is kept: by a protocol whose work is done by the members, or by the coordinator
/// (KIP-848).
enum class GroupProtocol { classic, consumer };

/// A field is the key of the same name with dots for underscores; times end in .ms.
struct ConsumerConfig {
  ClientConfig client;
  std::optional<std::string> group_id;
  std::optional<std::string> group_instance_id;
  OffsetReset auto_offset_reset;
  std::optional<bool> enable_auto_commit;  ///< Unless set, on if there is a group.
  milliseconds auto_commit_interval{5'000};
  std::int32_t fetch_min_bytes = 1;
  std::int32_t fetch_max_bytes = 52'428'800;
  milliseconds fetch_max_wait{500};
  std::int32_t max_partition_fetch_bytes = 1'048'576;
  std::size_t max_poll_records = 500;
  milliseconds max_poll_interval{300'000};
  GroupProtocol group_protocol = GroupProtocol::classic;
  std::optional<std::string> group_remote_assignor;  ///< Which assignor the coordinator is to use.
  // Of the classic protocol only.
  milliseconds session_timeout{45'000};
  milliseconds heartbeat_interval{3'000};
  /// Names of assignors, the preferred one first: range, roundrobin, sticky, cooperative-sticky.
  std::vector<std::string> partition_assignment_strategy{"range", "cooperative-sticky"};
  IsolationLevel isolation_level = IsolationLevel::read_uncommitted;
  bool check_crcs = true;
  bool exclude_internal_topics = true;

  bool auto_commits() const { return group_id.has_value() && enable_auto_commit.value_or(true); }
  /// Whether the values go together. Errors: invalid_config.
  Outcome<void> check() const;

  /// Reads texts over `defaults`. Assignors may be named as Java's classes. Unknown keys give a warning.
  /// Errors: invalid_config, a line for each wrong value.
  static Outcome<ConsumerConfig> from(const Settings& settings, ClientConfig defaults = {});
};

/// Reads earliest, latest, none or by_duration:{ISO 8601 duration}. Errors: invalid_config.
Outcome<OffsetReset> parse_offset_reset(std::string_view text);

}  // namespace sluice::client
