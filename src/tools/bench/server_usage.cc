#include "tools/bench/server_usage.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace sluice::tools::bench {
namespace {

/// The number behind `name` in a file of lines such as "VmRSS:  123 kB"; 0 where there is none.
std::uint64_t number_in(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10);
  return 0;
}

}  // namespace

Result<ServerUsage> ServerUsage::of(pid_t process) {
  const std::string directory = fmt::format("/proc/{}/", process);
  std::ifstream in(directory + "stat");
  std::string stat;
  if (!std::getline(in, stat)) return fail(Errc::not_found, "there is no process {}", process);
  // The second field is the program's name, which may hold anything; the fields behind its bracket are numbers.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ServerUsage{.cpu_user_seconds = user / ticks,
                     .cpu_system_seconds = system / ticks,
                     .rss_kib = number_in(directory + "status", "VmRSS:"),
                     .rss_peak_kib = number_in(directory + "status", "VmHWM:"),
                     .pss_kib = number_in(directory + "smaps_rollup", "Pss:")};
}

}  // namespace sluice::tools::bench
