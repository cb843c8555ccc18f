// tools/perf_stats.h: what kafka-producer-perf-test.sh measures: how many records were acknowledged, how fast, and
// how long each took.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::tools {

/// Counts records. Latencies are kept of every nth one, so that a million numbers at the most are held however
/// many records there are. Times are milliseconds from any one beginning.
class PerfStats {
 public:
  /// `label` stands before "records sent": empty, or "steady state ".
  PerfStats(std::int64_t record_count, std::int64_t now, std::chrono::milliseconds reporting_interval,
            std::string label);

  /// Adds an acknowledged record. The line of the window that ends with it, if one does.
  std::optional<std::string> record(std::int64_t latency, std::int64_t bytes, std::int64_t now);
  /// The line of all records. To be asked for once, at the end.
  std::string total(std::int64_t now);
  std::int64_t count() const { return all_.count; }
  std::int64_t bytes() const { return all_.bytes; }

 private:
  struct Sum {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    std::int64_t latency = 0;
    std::int64_t latency_max = 0;
    void add(std::int64_t record_latency, std::int64_t record_bytes);
  };
  std::string window_line(std::int64_t now) const;
  std::int64_t percentile(double part) const;

  std::string label_;
  std::int64_t start_;
  std::int64_t sampling_;
  std::int64_t interval_;
  std::vector<std::int32_t> latencies_;
  std::size_t latencies_max_;
  Sum all_;
  Sum window_;
  std::int64_t window_start_;
};

/// When the record of a number may be sent, so that they go at a rate; in milliseconds after the first.
class Throttle {
 public:
  /// Records a second; below zero: as fast as it goes; zero: never.
  explicit Throttle(double rate) : rate_(rate) {}
  bool unlimited() const { return rate_ < 0; }
  bool never() const { return rate_ == 0; }
  double due(std::int64_t number) const { return 1000.0 * static_cast<double>(number) / rate_; }

 private:
  double rate_;
};

/// The letters that records are made of: capitals by chance, the same in every run.
class RandomLetters {
 public:
  void fill(std::vector<char>& to);
  /// A number below `bound`.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t next();
  std::uint64_t state_ = 0x9E3779B97F4A7C15;
};

/// A text cut at each delimiter. What stands behind the last one is a piece of its own if it is not empty.
std::vector<std::string> split_payloads(const std::string& text, const std::string& delimiter);

}  // namespace sluice::tools
