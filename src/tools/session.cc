#include "tools/session.h"

#include <signal.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/epoll_loop.h"
#include "config/properties.h"
#include "net/socket_network.h"

namespace sluice::tools {
namespace {

volatile sig_atomic_t signal_count = 0;

void on_signal(int signal) {
  signal_count = signal_count + 1;
  if (signal_count > 1) {  // Whoever insists wants it to end now.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
}

Task<void> store_result(Task<int> work, int& result) { result = co_await std::move(work); }

/// "host:2181/chroot,other:2181" as the same hosts on Kafka's port.
std::string brokers_of_zookeeper(std::string_view text) {
  text = text.substr(0, text.find('/'));
  std::string brokers;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view host = text.substr(0, comma).substr(0, text.substr(0, comma).rfind(':'));
    brokers += fmt::format("{}{}:9092", brokers.empty() ? "" : ",", host);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return brokers;
}

}  // namespace

bool interrupted() {
  static const bool listening = [] {
    ::signal(SIGINT, on_signal);
    ::signal(SIGTERM, on_signal);
    return true;
  }();
  return listening && signal_count > 0;
}

Result<std::string> bootstrap_servers(const Options& options) {
  for (const std::string_view name : {"bootstrap-server", "broker-list", "bootstrap-controller"})
    if (const auto servers = options.find(name)) return *servers;
  if (const auto zookeeper = options.find("zookeeper")) {
    const std::string brokers = brokers_of_zookeeper(*zookeeper);
    fmt::print(stderr, "There is no ZooKeeper any more: --zookeeper {} is taken as --bootstrap-server {}\n",
               *zookeeper, brokers);
    return brokers;
  }
  return fail(Errc::invalid_argument, "Missing required argument \"[bootstrap-server]\"");
}

Result<client::Settings> read_settings(const std::optional<std::string>& file,
                                       const std::vector<std::string>& pairs) {
  client::Settings settings;
  if (file) {
    std::ifstream in(*file, std::ios::binary);
    if (!in) return fail(Errc::not_found, "{} cannot be read", *file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto properties = parse_properties(text, *file);
    if (!properties) return fail(properties.error());
    for (const Property& property : *properties) settings[property.key] = property.value;
  }
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, "{} is not key=value", pair);
    settings[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return settings;
}

Result<client::ClientConfig> client_config(const Options& options, std::string client_id) {
  const Result<std::string> servers = bootstrap_servers(options);
  if (!servers) return fail(servers.error());
  auto endpoints = client::parse_bootstrap_servers(*servers);
  if (!endpoints) return fail(Errc::invalid_argument, "{}", endpoints.error().what);
  client::ClientConfig config;
  config.bootstrap_servers = std::move(*endpoints);
  config.client_id = std::move(client_id);
  config.default_api_timeout = std::chrono::seconds(15);
  return config;
}

Result<client::ClientConfig> admin_config(const Options& options, std::string client_id) {
  auto defaults = client_config(options, std::move(client_id));
  if (!defaults) return fail(defaults.error());
  auto settings = read_settings(options.find("command-config"), {});
  if (!settings) return fail(settings.error());
  settings->erase("bootstrap.servers");  // The command line has said it.
  auto config = client::ClientConfig::from(*settings, std::move(*defaults));
  if (!config) return fail(Errc::invalid_argument, "{}", config.error().what);
  return std::move(*config);
}

std::optional<int> maybe_help(Arguments arguments, const Options& options, std::string_view usage) {
  if (options.has("help")) {
    fmt::print("{}", usage);
    return 0;
  }
  if (arguments.empty()) return complain("", usage);
  return std::nullopt;
}

int run(std::function<Task<int>(Loop&, Network&)> work) {
  ::signal(SIGPIPE, SIG_IGN);
  ThreadPool resolver(1, "resolver");
  SocketNetwork network(resolver);
  EpollLoop loop("client");
  int result = 1;
  run_blocking(loop, [&] { return store_result(work(loop, network), result); });
  loop.stop();
  return result;
}

int complain(std::string_view what, std::string_view usage) {
  std::fflush(stdout);
  fmt::print(stderr, "{}{}{}", what, what.empty() ? "" : "\n", usage);
  return 1;
}

}  // namespace sluice::tools
