// metadata/metadata_version.h: the levels of the feature metadata.version, and what each allows. A level stands
// for what the metadata log may hold; a cluster is at one level at a time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/id.h"

namespace sluice {

using MetadataVersion = Id<struct MetadataVersionKind, std::int16_t>;

struct MetadataVersionInfo {
  MetadataVersion level;
  std::string_view release;   ///< "4.4"
  std::string_view revision;  ///< "IV2"
  bool changes_metadata;      ///< Whether records differ from those of the level before.

  /// As Kafka writes it: "4.4-IV2".
  std::string name() const { return std::string(release) + "-" + std::string(revision); }
};

inline constexpr MetadataVersion kMetadataVersionMin{7};      ///< 3.3-IV3
inline constexpr MetadataVersion kMetadataVersionLatest{33};  ///< 4.4-IV2, the latest of Kafka 4.4.0

/// Every level from the least to the latest.
std::span<const MetadataVersionInfo> metadata_versions();
/// The level's entry, or null for a level that this program does not know.
const MetadataVersionInfo* find_metadata_version(MetadataVersion level);
/// "4.4-IV2", or "4.4" for that release's latest. Nothing if there is no such version.
std::optional<MetadataVersion> parse_metadata_version(std::string_view text);
/// "4.4-IV2", or "UNKNOWN 40".
std::string name(MetadataVersion level);
/// Whether going from one level to the other changes what records hold.
bool metadata_changes_between(MetadataVersion a, MetadataVersion b);

// What a level allows.
constexpr bool supports_scram(MetadataVersion v) { return v.value >= 11; }
/// Before 3.6 a broker needed a new leader epoch whenever its ISR shrank (KAFKA-15021).
constexpr bool bumps_leader_epoch_on_isr_shrink(MetadataVersion v) { return v.value < 12; }
constexpr bool supports_metadata_transactions(MetadataVersion v) { return v.value >= 13; }  // KIP-868
constexpr bool supports_delegation_tokens(MetadataVersion v) { return v.value >= 14; }
constexpr bool supports_controller_registration(MetadataVersion v) { return v.value >= 15; }   // KIP-919
constexpr bool supports_directory_assignment(MetadataVersion v) { return v.value >= 17; }      // KIP-858
constexpr bool supports_eligible_leader_replicas(MetadataVersion v) { return v.value >= 23; }  // KIP-966
constexpr bool supports_cordoned_log_dirs(MetadataVersion v) { return v.value >= 30; }         // KIP-1066
constexpr bool supports_controller_unregistration(MetadataVersion v) { return v.value >= 33; }

// The versions in which records are written at a level.
std::int16_t register_broker_record_version(MetadataVersion v);
std::int16_t partition_record_version(MetadataVersion v);
std::int16_t partition_change_record_version(MetadataVersion v);

}  // namespace sluice
