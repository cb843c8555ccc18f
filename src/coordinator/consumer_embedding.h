// coordinator/consumer_embedding.h: what consumers of the classic protocol say inside it: subscriptions and
// assignments in the bytes of Java's ConsumerProtocol.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "coordinator/group_assignment.h"
#include "metadata/topics_image.h"

namespace sluice {

struct EmbeddedSubscription {
  std::int16_t version = 0;
  std::set<std::string, std::less<>> topics;
  AssignedPartitions owned;  ///< Of topics that exist.
  std::optional<std::string> rack_id;
};

/// Errors: corrupt, too_large.
Result<EmbeddedSubscription> read_subscription(std::string_view bytes, const TopicsImage& topics);

/// No bytes are no partitions; what does not exist is left out. Errors: corrupt, too_large; unsupported_version:
/// there is user data, which only the members' own assignor understands.
Result<AssignedPartitions> read_assignment(std::string_view bytes, const TopicsImage& topics);

/// In the version that the member speaks. Errors: too_large.
Result<std::string> write_assignment(const AssignedPartitions& partitions, const TopicsImage& topics,
                                     std::int16_t version);

}  // namespace sluice
