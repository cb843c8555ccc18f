// wire/encoded_size.h: how many bytes a message takes when it is encoded.
#pragma once

#include <cstddef>

namespace sluice::wire {

/// The bytes that the encoder writes, and those of external records, which it leaves out (see Records).
struct EncodedSize {
  std::size_t written = 0;
  std::size_t external = 0;
  std::size_t external_count = 0;

  std::size_t total() const { return written + external; }
};

}  // namespace sluice::wire
