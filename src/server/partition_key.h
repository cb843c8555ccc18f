// server/partition_key.h: a partition as the broker knows it: by its topic's id, since a name may come to mean
// another.
#pragma once

#include <compare>

#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

struct PartitionKey {
  Uuid topic_id;
  PartitionIndex partition;
  friend auto operator<=>(const PartitionKey&, const PartitionKey&) = default;
};

struct PartitionKeyHash {
  std::size_t operator()(const PartitionKey& key) const noexcept {
    return std::hash<Uuid>{}(key.topic_id) ^
           (static_cast<std::size_t>(static_cast<std::uint32_t>(key.partition.value)) * 0x9E3779B97F4A7C15ULL);
  }
};

}  // namespace sluice
