// client/backoff.h: how long to wait before trying again.
#pragma once

#include <chrono>

#include "base/loop.h"

namespace sluice::client {

/// Waits that double from `first` to `longest`, each made a fifth shorter or longer by chance, so that many
/// clients that failed together do not come back together (KIP-144, KIP-580).
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest) : first_(first), longest_(longest) {}

  /// The next wait.
  std::chrono::nanoseconds next(Loop& loop);
  /// The wait after `attempts` that failed, at least one.
  std::chrono::nanoseconds after(int attempts, Loop& loop) const;
  /// After a success: begins again with the first.
  void reset() { attempts_ = 0; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  int attempts_ = 0;
};

}  // namespace sluice::client
