// wire/unknown_tags.h: tagged fields that a newer peer sent and this program does not know (KIP-482).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace sluice::wire {

/// The unknown tagged fields of one struct as they stood in its frame, one behind the other, so that a message
/// that is read and written again keeps them. A view of the frame: nothing is allocated, however many there are.
/// At most `kCountMax` are kept; what a peer sends beyond that is skipped.
class UnknownTags {
 public:
  static constexpr std::uint32_t kCountMax = 32;

  UnknownTags() = default;
  /// `bytes` hold `count` fields: tag, size and content of each.
  UnknownTags(std::uint32_t count, Bytes bytes)
      : data_(bytes.data()), size_(static_cast<std::uint32_t>(bytes.size())), count_(count) {}

  std::uint32_t count() const { return count_; }
  Bytes bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace sluice::wire
