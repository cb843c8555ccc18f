// storage/detail/recent_batches.h: where the last batches of a segment lie: readers at the end of a log find
// theirs without looking into any file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wire/ids.h"

namespace sluice::detail {

class RecentBatches {
 public:
  static constexpr std::size_t kCountMin = 64;  ///< So many are known at least, if there were that many.
  struct Batch {
    Offset base;
    Offset next;
    std::uint32_t position = 0;
    std::uint32_t size = 0;
  };

  void push(Batch batch);
  /// Forgets what ends beyond `end`.
  void truncate_to(Offset end);
  /// Gives the memory back, too.
  void clear() { batches_ = {}; }

  /// The first batch that reaches beyond `target`; none if that may be an older one, or if there is no such batch
  /// yet.
  std::optional<Batch> find(Offset target) const;

 private:
  std::vector<Batch> batches_;  ///< The older half goes when there are twice as many as must be known.
};

}  // namespace sluice::detail
