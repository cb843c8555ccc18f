// tools/bench/server_watch.h: what the server uses between two moments.
#pragma once

#include <optional>

#include "tools/bench/report.h"

namespace sluice::tools::bench {

/// Looks at a process, if one is given; one that is gone is as good as none.
class ServerWatch {
 public:
  explicit ServerWatch(std::optional<int> process) : process_(process) {}

  void begin() { before_ = look(); }
  void end() { after_ = look(); }
  std::optional<ServerReport> report() const {
    if (!before_ || !after_) return std::nullopt;
    return ServerReport{.before = *before_, .after = *after_};
  }

 private:
  std::optional<ServerUsage> look() const {
    if (!process_) return std::nullopt;
    const auto usage = ServerUsage::of(*process_);
    return usage ? std::optional(*usage) : std::nullopt;
  }

  std::optional<int> process_;
  std::optional<ServerUsage> before_;
  std::optional<ServerUsage> after_;
};

}  // namespace sluice::tools::bench
