// server/topic_name.h: what a topic may be called.
#pragma once

#include <string_view>

namespace sluice {

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
