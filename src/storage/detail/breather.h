// storage/detail/breather.h: lets the shard's other tasks run during long work.
#pragma once

#include <cstddef>

namespace sluice::detail {

/// Counts work, and says when it is time for a breath.
class Breather {
 public:
  static constexpr std::size_t kBytesPerBreath = 256 << 10;
  /// True once per kBytesPerBreath of work; the caller then awaits a NextRound.
  bool is_due(std::size_t bytes) {
    done_ += bytes;
    if (done_ < kBytesPerBreath) return false;
    done_ = 0;
    return true;
  }

 private:
  std::size_t done_ = 0;
};

}  // namespace sluice::detail
