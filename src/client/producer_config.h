// client/producer_config.h: the configuration of a producer, under Kafka's names and with its defaults.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "client/client_config.h"
#include "record/compression.h"

namespace sluice::client {

/// How many replicas must have a record before it counts as written. The values are those on the wire.
enum class Acks : std::int16_t { none = 0, leader = 1, all = -1 };

/// Which partition a record without a partition of its own goes to.
enum class PartitionerKind {
  standard,     ///< By the key's hash; without key to one partition for a batch's worth, then another (KIP-794).
  round_robin,  ///< One after the other, whatever the key.
};

/// A field is the key of the same name with dots for underscores; times end in .ms.
struct ProducerConfig {
  ClientConfig client;
  Acks acks = Acks::all;
  milliseconds linger{5};
  std::size_t batch_size = 16'384;         ///< Bytes of a batch to aim for.
  std::size_t buffer_memory = 33'554'432;  ///< Bytes of records that wait or are on their way.
  std::size_t max_request_size = 1'048'576;
  milliseconds max_block{60'000};          ///< How long send() may wait for metadata and memory.
  milliseconds delivery_timeout{120'000};  ///< From send() to the report, whatever happens.
  Compression compression;                 ///< compression.type, compression.{gzip,lz4,zstd}.level
  std::optional<bool> enable_idempotence;  ///< Unless set, on if the rest allows it.
  int max_in_flight_requests_per_connection = 5;
  int retries = std::numeric_limits<int>::max();
  PartitionerKind partitioner = PartitionerKind::standard;  ///< partitioner.class
  bool partitioner_ignore_keys = false;
  bool partitioner_adaptive_partitioning_enable = true;
  std::optional<std::string> transactional_id;
  milliseconds transaction_timeout{60'000};

  bool idempotent() const {
    return enable_idempotence.value_or(acks == Acks::all && retries > 0 &&
                                       max_in_flight_requests_per_connection <= 5);
  }
  /// Whether the values go together. Errors: invalid_config.
  Outcome<void> check() const;

  /// Reads texts over `defaults`. Unknown keys give a warning. Errors: invalid_config, a line for each wrong
  /// value.
  static Outcome<ProducerConfig> from(const Settings& settings, ClientConfig defaults = {});
};

}  // namespace sluice::client
