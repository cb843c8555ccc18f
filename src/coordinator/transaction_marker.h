// coordinator/transaction_marker.h: how the partitions of a transaction learn of its end.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/result.h"
#include "base/task.h"
#include "coordinator/transaction_metadata.h"
#include "record/batch_builder.h"
#include "wire/ids.h"

namespace sluice {

/// What a transaction coordinator tells the partitions of a transaction: the contents of a control batch.
struct TransactionMarker {
  ProducerId producer_id{-1};
  ProducerEpoch epoch{-1};
  bool commit = false;
  std::int32_t coordinator_epoch = 0;
  std::int16_t version = 0;  ///< Of transaction.version, as the producer goes by (KIP-890).

  /// Each of the producer's transactions has an epoch of its own.
  bool epoch_bump() const { return version >= kTransactionsEpochBump; }
};

/// Those of the marker's batch, which holds nothing else.
BatchOptions marker_options(const TransactionMarker& marker);
/// Adds the marker to a batch with those options.
void append_marker(BatchBuilder& builder, const TransactionMarker& marker, WallTime now);

/// Where a transaction coordinator sends its markers: to the leaders of partitions, wherever they are.
class TransactionMarkers {
 public:
  virtual ~TransactionMarkers() = default;

  /// Writes the marker to partitions and returns those that could not be reached: they are to be tried again. A
  /// partition that exists no more, or where the producer was locked out since, needs no marker. Called on the
  /// shard of the coordinator.
  virtual Task<TransactionPartitions> write(TransactionMarker marker, TransactionPartitions partitions) = 0;
};

/// Where producer ids come from.
class ProducerIds {
 public:
  virtual ~ProducerIds() = default;
  /// One that no producer had before. Called on any shard.
  virtual Task<Result<ProducerId>> next() = 0;
};

}  // namespace sluice
