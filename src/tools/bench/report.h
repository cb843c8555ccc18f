// tools/bench/report.h: what a benchmark has measured, as a table and as JSON.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/server_usage.h"
#include "tools/bench/window.h"

namespace sluice::tools::bench {

/// What the server has used over the steady window.
struct ServerReport {
  ServerUsage before;
  ServerUsage after;
  double cpu_seconds() const {
    return after.cpu_user_seconds + after.cpu_system_seconds - before.cpu_user_seconds - before.cpu_system_seconds;
  }
};

/// One kind of work: its name ("produce"), what was done and how long it took.
struct WorkReport {
  std::string name;
  Work work;
  Histogram latency;  ///< Empty where none was measured.
};

struct Report {
  std::string load;
  double seconds = 0;  ///< Of the steady window.
  std::vector<WorkReport> works;
  std::optional<ServerReport> server;
  std::vector<std::pair<std::string, double>> numbers;  ///< What else there is, by name.
};

/// Lines for people to read.
std::string to_table(const Report& report);
/// One object. Times are microseconds, rates are per second, megabytes and gigabytes are decimal.
std::string to_json(const Report& report);

}  // namespace sluice::tools::bench
