#include "client/backoff.h"

#include <algorithm>

namespace sluice::client {

std::chrono::nanoseconds Backoff::next(Loop& loop) { return after(++attempts_, loop); }

std::chrono::nanoseconds Backoff::after(int attempts, Loop& loop) const {
  std::chrono::nanoseconds wait = first_;
  for (int i = 1; i < attempts && wait < longest_; ++i) wait *= 2;
  wait = std::min<std::chrono::nanoseconds>(wait, longest_);
  constexpr std::int64_t kSteps = 4000;  // 0.8 to 1.2 in steps of a ten-thousandth.
  const auto chance = static_cast<std::int64_t>(loop.random() % (kSteps + 1));
  return wait / 10'000 * (8'000 + chance);
}

}  // namespace sluice::client
