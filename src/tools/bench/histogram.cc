#include "tools/bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::tools::bench {

// Values below kSteps have a bucket each. A greater one keeps its kStepBits + 1 highest bits, the first of which
// is always set: what is left of them is its step within its power of two.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - kStepBits;
  const std::uint64_t step = (value >> shift) - kSteps;
  return static_cast<std::size_t>((static_cast<std::uint64_t>(shift) + 1) * kSteps + step);
}

std::uint64_t Histogram::end_of(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::uint64_t shift = bucket / kSteps - 1;
  const std::uint64_t step = bucket % kSteps + kSteps;
  return (step << shift) + ((std::uint64_t{1} << shift) - 1);
}

void Histogram::record(Duration duration) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  ++counts_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

Histogram::Duration Histogram::percentile(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return Duration(static_cast<std::int64_t>(std::min(end_of(i), max_)));
  }
  return Duration(0);
}

Histogram::Duration Histogram::mean() const {
  if (count_ == 0) return Duration(0);
  return Duration(static_cast<std::int64_t>(sum_ / static_cast<double>(count_)));
}

}  // namespace sluice::tools::bench
