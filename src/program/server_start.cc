// program/server_start.cc: `sluice server-start`, known as kafka-server-start.sh: runs a node until it is told to
// end.
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "base/epoll_loop.h"
#include "base/posix_disk.h"
#include "net/socket_network.h"
#include "program/command.h"
#include "program/node_plan.h"
#include "server/broker.h"

namespace sluice::program {
namespace {

constexpr std::string_view kUsage =
    "USAGE: kafka-server-start.sh [-daemon] [server.properties] [--override property=value]*\n"
    "Option                                Description\n"
    "------                                -----------\n"
    "--override <String>                   Optional property that should override values\n"
    "                                        set in the properties file; may be repeated\n"
    "--version                             Print version information and exit\n"
    "Without a properties file the defaults hold, and the environment (KAFKA_CFG_*, KAFKA_*).\n";

/// Threads that do what would block a shard.
constexpr int kDiskThreads = 4;

Result<NodeCommandLine> parse(Arguments arguments) {
  NodeCommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--override") {
      if (++i == arguments.size()) return fail(Errc::invalid_argument, "--override needs property=value");
      line.overrides.emplace_back(arguments[i]);
    } else if (word.starts_with("--override=")) {
      line.overrides.emplace_back(word.substr(std::string_view("--override=").size()));
    } else if (word.starts_with("-")) {
      return fail(Errc::invalid_argument, "{} is not an option", word);
    } else if (line.file) {
      return fail(Errc::invalid_argument, "one properties file is enough: {}, {}", *line.file, word);
    } else {
      line.file = word;
    }
  }
  return line;
}

void set_up_logging() {
  auto console = spdlog::stdout_color_mt("sluice");
  spdlog::set_default_logger(console);
  // As Kafka's default layout has it, which log collectors know.
  spdlog::set_pattern("[%Y-%m-%d %H:%M:%S,%e] %^%l%$ %v");
  spdlog::flush_on(spdlog::level::info);
}

/// As many open files as the system lets a process have; returns how many that are.
std::uint32_t raise_file_limit() {
  constexpr std::uint32_t kUsual = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsual;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsual;
  return static_cast<std::uint32_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::uint32_t>::max()));
}

/// Blocked before any thread begins, so that they all leave the signals to wait_for_end().
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

/// SIGHUP ends the node only where a terminal was hung up, not one that was started to outlive it.
void wait_for_end(const sigset_t& signals) {
  int signal = 0;
  ::sigwait(&signals, &signal);
  spdlog::info("{} received, stopping", signal == SIGINT ? "Ctrl-C" : signal == SIGTERM ? "SIGTERM" : "SIGHUP");
}

Task<void> start_broker(Broker& broker, Result<void>& outcome) { outcome = co_await broker.start(); }
Task<void> stop_broker(Broker& broker) { co_await broker.stop(); }

std::size_t shard_count(const BrokerConfig& config) {
  return config.node.shards > 0 ? config.node.shards : std::max(1U, std::thread::hardware_concurrency());
}

int run_node(NodePlan plan, SteadyTime began, const sigset_t& signals) {
  ThreadPool pool(kDiskThreads, "sluice-disk");
  PosixDisk disk(pool);
  SocketNetwork network(pool);
  std::vector<std::unique_ptr<EpollLoop>> loops;
  std::vector<Loop*> environment_loops;
  for (std::size_t i = 0; i < shard_count(plan.config); ++i) {
    loops.push_back(std::make_unique<EpollLoop>(fmt::format("shard-{}", i)));
    environment_loops.push_back(loops.back().get());
  }
  auto broker = std::make_unique<Broker>(Environment{.loops = environment_loops, .disk = disk, .network = network},
                                         std::move(plan.start), std::move(plan.config));
  Result<void> started;
  run_blocking(*loops.front(), [&] { return start_broker(*broker, started); });
  if (started) {
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    spdlog::info("ready in {} ms", took.count());
    wait_for_end(signals);
  } else {
    spdlog::error("{}", started.error().what);
  }
  run_blocking(*loops.front(), [&] { return stop_broker(*broker); });
  // Loops end before what stands on them goes, and all of them before any is destroyed.
  for (const auto& loop : loops) loop->stop();
  broker.reset();
  if (started) spdlog::info("stopped");
  return started ? 0 : 1;
}

}  // namespace

int server_start(Arguments arguments) {
  const SteadyTime began = std::chrono::steady_clock::now();
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (std::ranges::find(arguments, "--version") != arguments.end()) {
    fmt::print("sluice {} (Kafka protocol 4.4)\n", SLUICE_VERSION);
    return 0;
  }
  const Result<NodeCommandLine> line = parse(arguments);
  if (!line) {
    fmt::print(stderr, "{}\n{}", line.error().what, kUsage);
    return 1;
  }
  const sigset_t signals = block_signals();
  set_up_logging();
  const std::uint32_t files_max = raise_file_limit();
  Result<NodePlan> plan = make_node_plan(*line);
  if (!plan) {
    spdlog::error("{}", plan.error().what);
    return 1;
  }
  if (!plan->config.logs.open_files_max) plan->config.logs.open_files_max = files_max / 2;
  for (const std::string& warning : plan->start.warnings) spdlog::warn("{}", warning);
  for (const std::string& note : plan->config.notes) spdlog::info("{}", note);
  return run_node(std::move(*plan), began, signals);
}

}  // namespace sluice::program
