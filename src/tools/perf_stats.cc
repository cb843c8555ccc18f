#include "tools/perf_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/java_format.h"

namespace sluice::tools {
namespace {

constexpr std::int64_t kSamples = 500'000;
constexpr double kMegabyte = 1024.0 * 1024.0;

}  // namespace

void PerfStats::Sum::add(std::int64_t record_latency, std::int64_t record_bytes) {
  ++count;
  bytes += record_bytes;
  latency += record_latency;
  latency_max = std::max(latency_max, record_latency);
}

PerfStats::PerfStats(std::int64_t record_count, std::int64_t now, std::chrono::milliseconds reporting_interval,
                     std::string label)
    : label_(std::move(label)),
      start_(now),
      sampling_(std::max<std::int64_t>(record_count / kSamples, 1)),
      interval_(reporting_interval.count()),
      latencies_max_(static_cast<std::size_t>(record_count / sampling_ + 1)),
      window_start_(now) {}

std::optional<std::string> PerfStats::record(std::int64_t latency, std::int64_t bytes, std::int64_t now) {
  if (all_.count % sampling_ == 0 && latencies_.size() < latencies_max_)
    latencies_.push_back(
        static_cast<std::int32_t>(std::min<std::int64_t>(latency, std::numeric_limits<std::int32_t>::max())));
  all_.add(latency, bytes);
  window_.add(latency, bytes);
  if (now - window_start_ < interval_) return std::nullopt;
  std::string line = window_line(now);
  window_ = {};
  window_start_ = now;
  return line;
}

std::string PerfStats::window_line(std::int64_t now) const {
  const auto elapsed = static_cast<double>(now - window_start_);
  const auto count = static_cast<double>(window_.count);
  return fmt::format("{} {}records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency.\n",
                     window_.count, label_, java_fixed(1000.0 * count / elapsed, 1),
                     java_fixed(1000.0 * static_cast<double>(window_.bytes) / elapsed / kMegabyte, 2),
                     java_fixed(static_cast<double>(window_.latency) / count, 1),
                     java_fixed(static_cast<double>(window_.latency_max), 1));
}

std::int64_t PerfStats::percentile(double part) const {
  if (latencies_.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(latencies_.size()));
  return latencies_[std::min(at, latencies_.size() - 1)];
}

std::string PerfStats::total(std::int64_t now) {
  std::ranges::sort(latencies_);
  const auto elapsed = static_cast<double>(now - start_);
  const auto count = static_cast<double>(all_.count);
  return fmt::format(
      "{} {}records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency, {} ms 50th, {} ms "
      "95th, "
      "{} ms 99th, {} ms 99.9th.\n",
      all_.count, label_, java_fixed(1000.0 * count / elapsed, 6),
      java_fixed(1000.0 * static_cast<double>(all_.bytes) / elapsed / kMegabyte, 2),
      java_fixed(static_cast<double>(all_.latency) / count, 2),
      java_fixed(static_cast<double>(all_.latency_max), 2), percentile(0.5), percentile(0.95), percentile(0.99),
      percentile(0.999));
}

std::uint64_t RandomLetters::next() {
  // xorshift64*: these letters have to be cheap and hard to compress, and nothing else.
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545F4914F6CDD1D;
}

void RandomLetters::fill(std::vector<char>& to) {
  constexpr std::uint64_t kLetters = 26;
  constexpr std::size_t kFromOne = 8;
  for (std::size_t at = 0; at < to.size();) {
    std::uint64_t bits = next();
    const std::size_t end = std::min(at + kFromOne, to.size());
    for (; at < end; ++at, bits >>= 8) to[at] = static_cast<char>('A' + (((bits & 0xFF) * kLetters) >> 8));
  }
}

std::vector<std::string> split_payloads(const std::string& text, const std::string& delimiter) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = delimiter.empty() ? text.size() : std::min(text.find(delimiter, at), text.size());
    pieces.push_back(text.substr(at, end - at));
    at = end + delimiter.size();
  }
  return pieces;
}

}  // namespace sluice::tools
