// client/share_consumer_config.h: the configuration of a share consumer, under Kafka's names and with its
// defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/client_config.h"

namespace sluice::client {

/// Who says what became of a record: the next poll, that it was accepted, or the application, for each.
enum class ShareAcknowledgementMode { implicit, explicitly };

/// How many records a fetch may acquire (KIP-1206): about max.poll.records, in whole batches, or no more than
/// that. The values are those on the wire.
enum class ShareAcquireMode : std::int8_t { batch_optimized = 0, record_limit = 1 };

/// A field is the key of the same name with dots for underscores; times end in .ms.
struct ShareConsumerConfig {
  ClientConfig client;
  std::string group_id;
  ShareAcknowledgementMode share_acknowledgement_mode = ShareAcknowledgementMode::implicit;
  ShareAcquireMode share_acquire_mode = ShareAcquireMode::batch_optimized;
  std::int32_t fetch_min_bytes = 1;
  std::int32_t fetch_max_bytes = 52'428'800;
  milliseconds fetch_max_wait{500};
  std::int32_t max_poll_records = 500;
  milliseconds max_poll_interval{300'000};
  bool check_crcs = true;

  bool is_implicit() const { return share_acknowledgement_mode == ShareAcknowledgementMode::implicit; }
  /// Whether the values go together. Errors: invalid_config.
  Outcome<void> check() const;

  /// Reads texts over `defaults`. What only other consumers have (auto.offset.reset …) is refused, as by Kafka's
  /// client. Errors: invalid_config, a line for each wrong value.
  static Outcome<ShareConsumerConfig> from(const Settings& settings, ClientConfig defaults = {});
};

}  // namespace sluice::client
