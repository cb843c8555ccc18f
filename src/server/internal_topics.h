// server/internal_topics.h: the topics that brokers keep their own state in, and what a topic may be called.
#pragma once

#include <string_view>

namespace sluice {

inline constexpr std::string_view kGroupTopic = "__consumer_offsets";
inline constexpr std::string_view kTransactionTopic = "__transaction_state";
inline constexpr std::string_view kShareTopic = "__share_group_state";

constexpr bool is_internal_topic(std::string_view name) {
  return name == kGroupTopic || name == kTransactionTopic || name == kShareTopic;
}

/// At most 249 letters, digits, dots, underscores and dashes; neither "." nor "..": names are directories, too.
constexpr bool is_legal_topic_name(std::string_view name) {
  constexpr std::size_t kLengthMax = 249;
  if (name.empty() || name.size() > kLengthMax || name == "." || name == "..") return false;
  for (const char c : name) {
    const bool legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '_' || c == '-';
    if (!legal) return false;
  }
  return true;
}

}  // namespace sluice
