// tools/bench/measure.h: what loads over raw sockets have in common.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/bench/plan.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/report.h"

namespace sluice::tools::bench {

/// The records' timestamp.
WallTime wall_now();

/// Connects to `broker`. Errors: those of connecting.
Result<void> add_member(LoadGroup& group, const Endpoint& broker, std::unique_ptr<Exchange> exchange);

/// Runs the groups, and tells what they did by `names`, one for each of the first groups, and what the server
/// used. Errors: as of run_raw().
Result<Report> measure(std::string load, const Plan& plan, std::vector<LoadGroup>& groups, Window& window,
                       std::span<const std::string_view> names);

}  // namespace sluice::tools::bench
