// server/local_dead_letters.h: dead letters of share groups (KIP-1191) to topics of this broker, as Kafka 4.4
// writes them.
#pragma once

#include <string_view>

#include "base/result.h"
#include "server/partition_key.h"
#include "share/dead_letters.h"

namespace sluice {

class Broker;

/// A dead letter is a record that says in its headers where the given-up one is: __dlq.errors.topic, .partition,
/// .offset, .group, .delivery.count and .message; where errors.deadletterqueue.copy.record.enable says so it has
/// the key and the value of that. It goes to the partition of the same number, modulo the count of partitions.
class LocalDeadLetters final : public DeadLetters {
 public:
  explicit LocalDeadLetters(Broker& broker) : broker_(broker) {}
  Task<Result<void>> write(const SharePartitionKey& key, GivenUp& records) override;

 private:
  /// Where the letters of a group go, and how.
  struct Destination {
    PartitionKey partition;
    std::size_t batch_bytes_max = 0;
    bool copies = false;
  };
  /// On the first shard. Errors: invalid_argument (what is configured does not fit), not_found (it was created
  /// only now), those of creating a topic.
  Task<Result<Destination>> find_destination(std::string_view group, PartitionIndex source);

  Broker& broker_;
};

}  // namespace sluice
