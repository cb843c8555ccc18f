// tools/bench/histogram.h: how often a duration was how long, in little memory and without losing the tail.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace sluice::tools::bench {

/// Counts durations of 0 to 2^63 ns in buckets that are log-linear, as those of HdrHistogram: each power of two is
/// cut into kSteps equal parts, so that a value is known to better than 1 %. Takes 58 KiB, whatever is recorded.
class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;

  Histogram() : counts_(kBuckets) {}

  /// Negative durations, which a clock cannot yield, count as zero.
  void record(Duration duration);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  /// The least duration that `part` (0 to 1) of those recorded do not exceed, rounded up to its bucket's end; zero
  /// where nothing was recorded.
  Duration percentile(double part) const;
  Duration max() const { return Duration(static_cast<std::int64_t>(max_)); }
  Duration mean() const;

 private:
  static constexpr int kStepBits = 7;
  static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
  static constexpr std::size_t kBuckets = (64 - kStepBits) * kSteps + kSteps;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t end_of(std::size_t bucket);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace sluice::tools::bench
