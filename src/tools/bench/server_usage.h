// tools/bench/server_usage.h: what a process has used, as the kernel counts it (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/result.h"

namespace sluice::tools::bench {

struct ServerUsage {
  double cpu_user_seconds = 0;
  double cpu_system_seconds = 0;
  std::uint64_t rss_kib = 0;
  std::uint64_t rss_peak_kib = 0;
  std::uint64_t pss_kib = 0;  ///< 0 where the kernel does not tell.

  /// Errors: not_found (no such process).
  static Result<ServerUsage> of(pid_t process);
};

}  // namespace sluice::tools::bench
