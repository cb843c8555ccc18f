// coordinator/internal_topics.h: the topics that brokers keep their own state in.
#pragma once

#include <string_view>

namespace sluice {

inline constexpr std::string_view kGroupTopic = "__consumer_offsets";
inline constexpr std::string_view kTransactionTopic = "__transaction_state";
inline constexpr std::string_view kShareTopic = "__share_group_state";

constexpr bool is_internal_topic(std::string_view name) {
  return name == kGroupTopic || name == kTransactionTopic || name == kShareTopic;
}

}  // namespace sluice
