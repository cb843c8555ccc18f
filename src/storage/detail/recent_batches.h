// storage/detail/recent_batches.h: where the latest batches of the active segment lie, so that who reads at the
// tail needs no look-up in a file.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "wire/ids.h"

namespace sluice::detail {

class RecentBatches {
 public:
  static constexpr std::size_t kCountMax = 64;
  struct Batch {
    Offset base;
    Offset next;
    std::uint32_t position = 0;
    std::uint32_t size = 0;
  };

  void push(Batch batch);
  /// Forgets what ends beyond `end`.
  void truncate_to(Offset end);
  void clear() { batches_.clear(); }

  /// The first batch that reaches beyond `target`; none if that may be an older one, or if there is no such batch
  /// yet.
  std::optional<Batch> find(Offset target) const;

 private:
  std::deque<Batch> batches_;
};

}  // namespace sluice::detail
