// server/partition_log.h: a partition of an internal topic as the log of a coordinator.
#pragma once

#include <memory>

#include "coordinator/coordinator_log.h"
#include "replica/partition.h"

namespace sluice {

/// On the shard that owns the partition.
class PartitionLog final : public CoordinatorLog {
 public:
  explicit PartitionLog(std::shared_ptr<Partition> partition) : partition_(std::move(partition)) {}

  Task<Result<Offset>> append(MutableBytes batch) override;
  Task<Result<Offset>> append_transactional(MutableBytes batch, AppendGuard guard) override;
  Task<Result<Offset>> append_marker(MutableBytes batch, bool epoch_bump) override;
  AppendGuard begin_verification(ProducerId producer, ProducerEpoch epoch, bool epoch_bump) override;
  Task<Result<Buffer>> read(Offset from, std::size_t size_max) override;
  Task<Result<void>> prune(Offset before) override;
  /// With one replica everything that is in the log is committed.
  Task<Result<void>> committed(Offset end) override;
  Offset start_offset() const override { return partition_->log().start(); }
  Offset end_offset() const override { return partition_->log().end(); }
  void close() override {}

 private:
  Task<Result<Offset>> append_as(AppendOrigin origin, MutableBytes batch, std::optional<VerificationGuard> guard);

  std::shared_ptr<Partition> partition_;
};

}  // namespace sluice
