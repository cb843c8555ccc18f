// tools/session.h: what every command that talks to a cluster does: reads options, finds the brokers, runs on a
// loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "client/client_config.h"
#include "net/network.h"
#include "tools/options.h"

namespace sluice::tools {

/// Where the brokers are: --bootstrap-server, or --broker-list of older versions, or --zookeeper, whose host is
/// asked on Kafka's port (there is no ZooKeeper any more). Errors: invalid_argument.
Result<std::string> bootstrap_servers(const Options& options);

/// Keys from a properties file (if given) and from `key=value`s, in this order. Errors: not_found,
/// invalid_argument.
Result<client::Settings> read_settings(const std::optional<std::string>& file,
                                       const std::vector<std::string>& pairs);

/// The client's part of a configuration: bootstrap servers, a client id, and a short patience with brokers that do
/// not answer, since somebody is waiting. Errors: invalid_argument.
Result<client::ClientConfig> client_config(const Options& options, std::string client_id);

/// The same with the keys of --command-config over it. Errors: also not_found, and a line for each wrong value.
Result<client::ClientConfig> admin_config(const Options& options, std::string client_id);

/// Runs `work` on a loop with a network and returns the exit code that it returns.
int run(std::function<Task<int>(Loop&, Network&)> work);

/// Whether Ctrl-C or SIGTERM has come since this was first asked: the command then ends by itself. One that never
/// asks is ended by the signal, wherever it is; so is one that gets it again.
bool interrupted();

/// Prints a command's help where it is asked for with --help or by saying nothing at all: its exit code then.
std::optional<int> maybe_help(Arguments arguments, const Options& options, std::string_view usage);

/// Prints what is wrong and, if given, the usage, to standard error. Returns the exit code 1.
int complain(std::string_view what, std::string_view usage = "");

}  // namespace sluice::tools
