// tools/bench/window.h: which part of a run counts: not the warm-up, and not what comes after the end.
#pragma once

#include <chrono>
#include <cstdint>

#include "tools/bench/histogram.h"

namespace sluice::tools::bench {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// A quantity of work that was done.
struct Work {
  std::uint64_t requests = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  ///< Of record batches, as they travel.

  Work& operator+=(const Work& other) {
    requests += other.requests;
    records += other.records;
    bytes += other.bytes;
    return *this;
  }
};

/// How long a run may be. What comes first ends it.
struct Bounds {
  std::chrono::duration<double> warm_up{1};
  std::chrono::duration<double> steady{5};
  std::uint64_t bytes_max = UINT64_MAX;     ///< In the steady window.
  std::uint64_t requests_max = UINT64_MAX;  ///< In the steady window.
};

/// What one kind of work came to within the window.
struct Tally {
  Work work;
  Histogram latency;
};

/// The steady window of one run. Work counts where it was finished within the window, and a duration where what
/// took so long was meant to begin in it: a request that is answered late, even after the end, is not left out.
class Window {
 public:
  Window(Bounds bounds, Time begin)
      : bounds_(bounds),
        start_(begin + std::chrono::duration_cast<Clock::duration>(bounds.warm_up)),
        end_(start_ + std::chrono::duration_cast<Clock::duration>(bounds.steady)) {}

  void finished(const Work& work, Time now, Tally& tally) {
    if (now < start_ || now >= end_) return;
    tally.work += work;
    if (tally.work.bytes >= bounds_.bytes_max || tally.work.requests >= bounds_.requests_max) end_ = now;
  }
  void took(Time intended, Time now, Histogram& into) const {
    if (intended >= start_ && intended < end_) into.record(now - intended);
  }
  bool over(Time now) const { return now >= end_; }

  Time start() const { return start_; }
  Time end() const { return end_; }
  double seconds() const { return std::chrono::duration<double>(end_ - start_).count(); }

 private:
  Bounds bounds_;
  Time start_;
  Time end_;
};

}  // namespace sluice::tools::bench
