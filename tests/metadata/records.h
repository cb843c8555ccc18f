// metadata/records.h: what tests of the metadata say: records, and images made of them.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "metadata/metadata_delta.h"
#include "metadata/metadata_replay.h"
#include "metadata/record_list.h"
#include "wire/metadata/access_control_entry_record.h"
#include "wire/metadata/broker_registration_change_record.h"
#include "wire/metadata/client_quota_record.h"
#include "wire/metadata/config_record.h"
#include "wire/metadata/delegation_token_record.h"
#include "wire/metadata/feature_level_record.h"
#include "wire/metadata/partition_change_record.h"
#include "wire/metadata/partition_record.h"
#include "wire/metadata/producer_ids_record.h"
#include "wire/metadata/register_broker_record.h"
#include "wire/metadata/register_controller_record.h"
#include "wire/metadata/remove_topic_record.h"
#include "wire/metadata/topic_record.h"
#include "wire/metadata/unregister_broker_record.h"
#include "wire/metadata/user_scram_credential_record.h"

namespace sluice::test {

/// An id that is easy to tell in a failure.
inline Uuid id(int number) {
  Uuid uuid;
  uuid.bytes[0] = std::byte{0x40};
  uuid.bytes[14] = static_cast<std::byte>(number >> 8);
  uuid.bytes[15] = static_cast<std::byte>(number & 0xff);
  return uuid;
}

inline std::vector<NodeId> nodes(std::initializer_list<int> ids) {
  std::vector<NodeId> nodes;
  for (const int node : ids) nodes.push_back({node});
  return nodes;
}

inline wire::TopicRecord topic(std::string_view name, const Uuid& topic_id) {
  wire::TopicRecord record;
  record.name = name;
  record.topic_id = topic_id;
  return record;
}

inline wire::PartitionRecord partition(const Uuid& topic_id, int index, std::initializer_list<int> replicas) {
  wire::PartitionRecord record;
  record.topic_id = topic_id;
  record.partition_id = {index};
  record.replicas = nodes(replicas);
  record.isr = record.replicas;
  record.directories.assign(record.replicas.size(), id(900));
  record.leader = record.replicas.front();
  record.leader_epoch = {0};
  record.partition_epoch = 0;
  return record;
}

inline wire::PartitionChangeRecord change(const Uuid& topic_id, int index) {
  wire::PartitionChangeRecord record;
  record.topic_id = topic_id;
  record.partition_id = {index};
  return record;
}

inline wire::RemoveTopicRecord remove(const Uuid& topic_id) {
  wire::RemoveTopicRecord record;
  record.topic_id = topic_id;
  return record;
}

inline wire::ConfigRecord config(int type, std::string_view name, std::string_view key,
                                 std::optional<std::string_view> value) {
  wire::ConfigRecord record;
  record.resource_type = static_cast<std::int8_t>(type);
  record.resource_name = name;
  record.name = key;
  record.value = value;
  return record;
}

inline wire::FeatureLevelRecord feature(std::string_view name, std::int16_t level) {
  wire::FeatureLevelRecord record;
  record.name = name;
  record.feature_level = level;
  return record;
}

inline wire::RegisterBrokerRecord broker(int node, std::int64_t epoch) {
  wire::RegisterBrokerRecord record;
  record.broker_id = {node};
  record.broker_epoch = epoch;
  record.incarnation_id = id(1000 + node);
  auto& endpoint = record.end_points.emplace_back();
  endpoint.name = "PLAINTEXT";
  endpoint.host = "localhost";
  endpoint.port = static_cast<std::uint16_t>(9092 + node);
  auto& range = record.features.emplace_back();
  range.name = "metadata.version";
  range.min_supported_version = 7;
  range.max_supported_version = 33;
  record.rack = std::nullopt;
  record.log_dirs = {id(900)};
  return record;
}

inline wire::BrokerRegistrationChangeRecord unfence(int node, std::int64_t epoch) {
  wire::BrokerRegistrationChangeRecord record;
  record.broker_id = {node};
  record.broker_epoch = epoch;
  record.fenced = -1;
  return record;
}

/// Adds a record in its newest version.
template <class Record>
void put(RecordList& list, const Record& record) {
  list.add(record, Record::kVersions.high);
}

/// Records in their newest versions.
template <class... Record>
RecordList list(const Record&... record) {
  RecordList records;
  (put(records, record), ...);
  return records;
}

/// The image that records make of another one. They must be in order.
inline MetadataImage apply(const MetadataImage& base, const RecordList& records) {
  MetadataDelta delta(base);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto applied = delta.apply(records[i]);
    EXPECT_TRUE(applied) << "record " << i << ": " << (applied ? "" : applied.error().what);
  }
  MetadataProvenance provenance = base.provenance;
  provenance.last_offset = provenance.last_offset + static_cast<std::int64_t>(records.size());
  return delta.finish(provenance);
}

/// What is wrong with the last record, the others being in order.
inline std::optional<Errc> refusal(const MetadataImage& base, const RecordList& records) {
  MetadataDelta delta(base);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto applied = delta.apply(records[i]);
    if (!applied) return i + 1 == records.size() ? std::optional(applied.error().code) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace sluice::test
