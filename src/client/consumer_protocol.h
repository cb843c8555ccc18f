// client/consumer_protocol.h: what members of a classic consumer group tell each other through their coordinator:
// the bytes of Java's ConsumerProtocol, a version in front of a message (KIP-429, KIP-792).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "client/topic_partition.h"

namespace sluice::client {

/// The protocol type of consumer groups.
inline constexpr std::string_view kConsumerProtocol = "consumer";

/// What a member wants, and what it has.
struct ConsumerSubscription {
  std::vector<std::string> topics;
  Buffer user_data;
  bool has_user_data = false;
  std::vector<TopicPartition> owned;   ///< Version 1 and later.
  std::int32_t generation = -1;        ///< In which it got what it owns; version 2 and later.
  std::optional<std::string> rack_id;  ///< Version 3 and later.
};

/// Errors: too_large.
Result<Buffer> encode(const ConsumerSubscription& subscription);
/// A newer version's bytes begin alike. Errors: corrupt, too_large.
Result<ConsumerSubscription> decode_subscription(Bytes bytes);

/// What the sticky assignor of Java notes in the user data: what a member owns, and since which generation.
struct StickyUserData {
  std::vector<TopicPartition> owned;
  std::int32_t generation = -1;
};
Buffer encode(const StickyUserData& data);
/// Errors: corrupt, too_large.
Result<StickyUserData> decode_sticky_user_data(Bytes bytes);

/// Errors: too_large.
Result<Buffer> encode_assignment(const std::vector<TopicPartition>& partitions);
/// No bytes are no partitions. Errors: corrupt, too_large.
Result<std::vector<TopicPartition>> decode_assignment(Bytes bytes);

}  // namespace sluice::client
