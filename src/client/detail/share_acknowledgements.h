// client/detail/share_acknowledgements.h: what a member says of records that it has acquired, as requests carry
// it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/topic_partition.h"
#include "wire/uuid.h"

namespace sluice::client {

/// What became of a record (KIP-932, KIP-1222). The values are those on the wire.
enum class AcknowledgeType : std::int8_t {
  accept = 1,   ///< Done with.
  release = 2,  ///< Others shall have it.
  reject = 3,   ///< Nobody shall have it again.
  renew = 4,    ///< Still at work: the lock begins anew, and another acknowledgement follows.
};

namespace detail {

/// An offset that was acquired and has no record: it is acknowledged unseen.
inline constexpr std::int8_t kGap = 0;

/// By offset a type of acknowledgement, or kGap.
using Acknowledged = std::map<Offset, std::int8_t>;

/// A partition by the name that a user knows and the id that a request has.
struct SharePartition {
  TopicPartition partition;
  Uuid topic_id;
  friend auto operator<=>(const SharePartition& a, const SharePartition& b) {
    if (const auto order = a.topic_id <=> b.topic_id; order != 0) return order;
    return a.partition <=> b.partition;
  }
  friend bool operator==(const SharePartition&, const SharePartition&) = default;
};

using SharePartitionsAcknowledged = std::map<SharePartition, Acknowledged>;

/// Whether any of them is a renewal, which a request must say in front.
bool has_renewals(const SharePartitionsAcknowledged& all);

/// One for each run of offsets without a hole: a type for all of them, or one for each.
template <class Batch>
std::vector<Batch> acknowledgement_batches(const Acknowledged& acknowledged) {
  std::vector<Batch> batches;
  for (const auto& [offset, type] : acknowledged) {
    if (batches.empty() || batches.back().last_offset + 1 != offset) {
      batches.emplace_back();
      batches.back().first_offset = offset;
    }
    batches.back().last_offset = offset;
    batches.back().acknowledge_types.push_back(type);
  }
  for (Batch& batch : batches) {
    const std::int8_t first = batch.acknowledge_types.front();
    const bool same = static_cast<std::size_t>(std::erase(batch.acknowledge_types, first)) ==
                      static_cast<std::size_t>(batch.last_offset - batch.first_offset + 1);
    batch.acknowledge_types.clear();
    if (same) {
      batch.acknowledge_types.push_back(first);
      continue;
    }
    for (Offset offset = batch.first_offset; offset <= batch.last_offset; offset = offset + 1)
      batch.acknowledge_types.push_back(acknowledged.at(offset));
  }
  return batches;
}

}  // namespace detail
}  // namespace sluice::client
