// base/arena.h: text and bytes that live exactly as long as one answer.
#pragma once

#include <cstring>
#include <memory_resource>
#include <string_view>

#include "base/bytes.h"

namespace sluice {

/// Keeps copies until it dies, at fixed addresses. It does not move: who hands on a message that views it hands on a
/// unique_ptr to the arena beside it.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::string_view copy(std::string_view text) { return as_text(copy(as_bytes(text))); }
  Bytes copy(Bytes bytes) {
    if (bytes.empty()) return {};
    auto* kept = static_cast<std::byte*>(memory_.allocate(bytes.size(), 1));
    std::memcpy(kept, bytes.data(), bytes.size());
    return {kept, bytes.size()};
  }

 private:
  std::pmr::monotonic_buffer_resource memory_{256};
};

}  // namespace sluice
