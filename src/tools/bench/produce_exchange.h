// tools/bench/produce_exchange.h: Produce requests with the same batch over and over.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"
#include "tools/bench/timeline.h"

namespace sluice::tools::bench {

struct ProduceShape {
  std::int16_t acks = 1;
  std::size_t batches_per_request = 1;  ///< Each for another partition.
};

/// The requests that one connection takes in turn, so that each of its partitions gets as much.
class ProduceExchange final : public Exchange {
 public:
  /// The version that clients of Kafka 4 use, with topic ids.
  static constexpr std::int16_t kVersion = 13;

  /// `batch` outlives this. Errors: those of encoding.
  static Result<std::unique_ptr<ProduceExchange>> make(const Target& target,
                                                       std::span<const PartitionIndex> partitions,
                                                       const PreparedBatch& batch, ProduceShape shape);

  /// Notes there when which batch was meant to be sent, from the first one on.
  void note_in(Timeline& timeline) { timeline_ = &timeline; }

  const PreparedRequest& next(Time intended) override;
  bool answered() const override { return answered_; }
  Result<Work> take(Bytes frame, Time now) override;
  Work unanswered() const override { return work_; }

 private:
  struct Prepared {
    Prepared(wire::Frame frame, std::span<const Bytes> externals, std::vector<PartitionIndex> chosen)
        : request(std::move(frame), externals), partitions(std::move(chosen)) {}
    PreparedRequest request;
    std::vector<PartitionIndex> partitions;
  };
  std::deque<Prepared> requests_;
  std::size_t next_ = 0;
  Timeline* timeline_ = nullptr;
  Work work_;  ///< Of each request.
  bool answered_ = true;
};

}  // namespace sluice::tools::bench
