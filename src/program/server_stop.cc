// program/server_stop.cc: `sluice server-stop`, known as kafka-server-stop.sh: ends the nodes that run on this
// machine.
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/number_text.h"
#include "program/command.h"

namespace sluice::program {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsage =
    "USAGE: kafka-server-stop.sh\n"
    "Sends SIGTERM to every node of this program that runs on this machine and may be signalled by you.\n";

std::vector<std::string> words_of(const fs::path& process) {
  std::ifstream in(process / "cmdline", std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find('\0', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

/// The process is a node: this program, told to serve.
bool is_node(const fs::path& process) {
  std::error_code unreadable;
  const fs::path program = fs::read_symlink(process / "exe", unreadable);
  if (unreadable || !program.filename().string().starts_with("sluice")) return false;
  const std::vector<std::string> words = words_of(process);
  return words.size() > 1 && words[1] == "server-start";
}

std::optional<pid_t> process_id(const fs::path& process) {
  return parse_number<pid_t>(process.filename().string());
}

}  // namespace

int server_stop(Arguments arguments) {
  if (!arguments.empty() && arguments[0] == "--help") {
    fmt::print("{}", kUsage);
    return 0;
  }
  int stopped = 0;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc")) {
    const std::optional<pid_t> id = process_id(process.path());
    if (!id || *id == ::getpid() || !is_node(process.path())) continue;
    if (::kill(*id, SIGTERM) == 0)
      ++stopped;
    else
      fmt::print(stderr, "process {} could not be stopped: {}\n", *id, std::strerror(errno));
  }
  if (stopped > 0) return 0;
  fmt::print("No kafka server to stop\n");
  return 1;
}

}  // namespace sluice::program
