// client/detail/producer_batch.h: records of one partition that are sent together, and who wants to know of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "client/delivery.h"
#include "record/batch_builder.h"

namespace sluice::client::detail {

/// Who writes, as InitProducerId gave it; nobody where idempotence is off.
struct ProducerIdentity {
  ProducerId id{-1};
  ProducerEpoch epoch{-1};

  bool valid() const { return id.value >= 0; }
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

/// The sequence number that is `count` after `sequence`; after 2^31 - 1 comes 0.
std::int32_t sequence_after(std::int32_t sequence, std::int32_t count);

/// Open while records are added, then closed and immutable but for its identity. A request that is on its way
/// keeps it, so its bytes are there until the request has left or its connection has gone. Reports exactly once.
class ProducerBatch {
 public:
  struct Times {
    SteadyTime created;
    SteadyTime deadline;  ///< Of its delivery.
  };

  /// `number` tells batches apart, in the order of their creation.
  ProducerBatch(std::uint64_t number, TopicPartition partition, Compression compression, bool transactional,
                Times times);

  /// Adds the record unless the batch would then be larger than `size_max`, not compressed; the first one always
  /// fits. False if it does not. Takes `report` only if it does. Errors: too_large (2 GiB).
  Result<bool> try_append(const NewRecord& record, std::size_t size_max, DeliveryReport& report);
  /// Ends the adding; the bytes are final but for the identity. Errors: too_large.
  Result<void> close();
  bool closed() const { return closed_; }

  const TopicPartition& partition() const { return partition_; }
  std::uint64_t number() const { return number_; }
  SteadyTime created() const { return times_.created; }
  SteadyTime deadline() const { return times_.deadline; }
  std::int32_t record_count() const { return record_count_; }
  std::size_t uncompressed_size() const { return uncompressed_size_; }
  /// Of a closed batch.
  Bytes bytes() const { return buffer_.bytes(); }
  /// What its records count for in buffer.memory.
  std::size_t charged() const { return charged_; }

  const ProducerIdentity& identity() const { return identity_; }
  bool has_sequence() const { return identity_.valid(); }
  std::int32_t base_sequence() const { return base_sequence_; }
  std::int32_t next_sequence() const { return sequence_after(base_sequence_, record_count_); }
  /// Of a closed batch that is not being sent.
  void set_sequence(const ProducerIdentity& identity, std::int32_t base_sequence);

  /// Several closed batches with the same records and reports, each of at most `size_max` bytes where its records
  /// allow it. This batch is empty after that. `next_number` gives each its number. Errors: corrupt, never in
  /// practice.
  Result<std::vector<std::shared_ptr<ProducerBatch>>> split(std::size_t size_max, Compression compression);

  void succeed(Offset base_offset, std::optional<WallTime> log_append_time);
  void fail(const Failure& failure);
  bool reported() const { return reported_; }

  int attempts = 0;         ///< Requests that may have reached a broker.
  bool in_doubt = false;    ///< It came back, and may have been written all the same.
  SteadyTime not_before{};  ///< When the next attempt may be made.
  std::optional<Failure> last_failure;

 private:
  struct Waiter {
    std::int32_t index;
    WallTime timestamp;
    DeliveryReport report;
  };

  std::uint64_t number_;
  TopicPartition partition_;
  bool transactional_;
  Times times_;
  Buffer buffer_;
  std::optional<BatchBuilder> builder_;
  std::int32_t record_count_ = 0;
  std::size_t uncompressed_size_ = 0;
  std::size_t charged_ = 0;
  bool closed_ = false;
  bool reported_ = false;
  ProducerIdentity identity_;
  std::int32_t base_sequence_ = -1;
  std::vector<Waiter> waiters_;
};

}  // namespace sluice::client::detail
