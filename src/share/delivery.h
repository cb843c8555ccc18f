// share/delivery.h: the words of share groups (KIP-932): how far the delivery of a record has come, and what a
// consumer says of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/loop.h"
#include "wire/ids.h"

namespace sluice {

/// The numbers are those of the share coordinator's log.
enum class DeliveryState : std::int8_t {
  available = 0,     ///< To be delivered, for the first time or again.
  acquired = 1,      ///< With a member, until its lock ends. Never written to the log.
  acknowledged = 2,  ///< Done.
  archiving = 3,     ///< Given up; on its way to the dead letter topic (KIP-1191).
  archived = 4,      ///< Given up, or no record at all.
};

constexpr bool is_final(DeliveryState state) {
  return state == DeliveryState::acknowledged || state == DeliveryState::archived;
}

/// What a member says of a record that it has acquired. The numbers are those of the protocol.
enum class Acknowledgement : std::int8_t { gap = 0, accept = 1, release = 2, reject = 3, renew = 4 };

/// What a member says of the records from `first` to `last`: one word for all, or one for each.
struct AcknowledgedRange {
  Offset first;
  Offset last;
  std::vector<Acknowledgement> words;
};

/// Records that were acquired together, all delivered as often.
struct AcquiredRange {
  Offset first;
  Offset last;
  std::int16_t delivery_count = 0;

  friend bool operator==(const AcquiredRange&, const AcquiredRange&) = default;
};

/// A batch of the log that a fetch found.
struct FetchedBatch {
  Offset first;
  Offset last;
};

/// What a record's key is known by: keys that are the same have the same number. Records without a key have none.
struct RecordKey {
  Offset offset;
  std::uint64_t number = 0;
};

/// How much a member wants.
struct AcquireLimits {
  std::int64_t records_max = 500;
  /// A range is ended behind the batch that brings it to so many records.
  std::int64_t range_records = 500;
  /// Not one record more than `records_max`; otherwise the last batch is acquired whole.
  bool exactly = false;
};

struct DeliverySettings {
  std::int16_t delivery_count_max = 5;              ///< share.delivery.count.limit
  std::int64_t record_locks_max = 2'000;            ///< share.partition.max.record.locks
  std::chrono::milliseconds lock_duration{30'000};  ///< share.record.lock.duration.ms
  /// sluice.share.redelivery.backoff.ms: how long a record that was released, or whose lock ended, is kept back;
  /// it doubles with every delivery, up to `backoff_max`.
  std::chrono::milliseconds backoff{0};
  std::chrono::milliseconds backoff_max{0};  ///< sluice.share.redelivery.backoff.max.ms
  bool ordered_by_key = false;               ///< sluice.share.ordering
  /// What is rejected, or was delivered too often, goes to a dead letter topic: errors.deadletterqueue.topic.name
  bool dead_letters = false;
};

}  // namespace sluice
