// client/partitioner.h: which partition a record goes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/loop.h"
#include "client/cluster_view.h"
#include "client/producer_config.h"

namespace sluice::client {

/// Chooses as Kafka's partitioners do, so that the same key goes to the same partition whichever client sent it.
class Partitioner {
 public:
  /// How many bytes wait for a partition of the topic at hand.
  using QueuedBytes = std::function<std::size_t(PartitionIndex)>;

  /// Both outlive this.
  Partitioner(Loop& loop, const ProducerConfig& config) : loop_(loop), config_(config) {}

  /// A partition of `topic`, which has some. `queued` is asked where partitions that lag behind are to get less.
  PartitionIndex choose(const TopicInfo& topic, std::optional<Bytes> key, const QueuedBytes& queued);
  /// Counts what went to the partition that was chosen without a key: after a batch's worth another one's turn
  /// comes.
  void sent(const std::string& topic, std::size_t bytes);

 private:
  struct Sticky {
    std::optional<PartitionIndex> partition;
    std::size_t bytes = 0;
  };

  PartitionIndex next_sticky(const TopicInfo& topic, const QueuedBytes& queued);

  Loop& loop_;
  const ProducerConfig& config_;
  std::map<std::string, Sticky, std::less<>> sticky_;
  std::map<std::string, std::uint32_t, std::less<>> round_robin_;
};

}  // namespace sluice::client
