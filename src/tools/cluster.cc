// tools/cluster.cc: `sluice cluster`, known as kafka-cluster.sh: the cluster's id, its endpoints, and brokers that
// are gone for good.
#include <algorithm>

#include "base/number_text.h"
#include "client/admin.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/subcommand.h"
#include "wire/api/describe_cluster.h"
#include "wire/api/unregister_broker.h"

namespace sluice::tools {
namespace {

using wire::DescribeClusterRequest;
using wire::DescribeClusterResponse;

constexpr std::string_view kUsage = "usage: kafka-cluster [-h] {cluster-id,unregister,list-endpoints} ...\n";
constexpr std::string_view kHelp =
    "\nThe Kafka cluster tool.\n\n"
    "positional arguments:\n"
    "  {cluster-id,unregister,list-endpoints}\n"
    "    cluster-id           Prints the cluster's id.\n"
    "    unregister           Unregisters a broker that will not come back.\n"
    "    list-endpoints       Lists where brokers or controllers can be reached.\n\n"
    "optional arguments:\n"
    "  -h, --help             show this help message and exit\n";

constexpr Letter kLetters[] = {{"-b", "--bootstrap-server"},
                               {"-C", "--bootstrap-controller"},
                               {"-c", "--command-config"},
                               {"-i", "--id"},
                               {"-h", "--help"}};
constexpr Option kBootstrapServer{"bootstrap-server", "BOOTSTRAP_SERVER",
                                  "-b: brokers, as host:port with commas between"};
constexpr Option kBootstrapController{"bootstrap-controller", "BOOTSTRAP_CONTROLLER", "-C: controllers, likewise"};
constexpr Option kConfig{"config", "CONFIG", "The same as --command-config, as older versions called it"};
constexpr Option kCommandConfig{"command-config", "COMMAND_CONFIG", "-c: a property file for the admin client"};
constexpr Option kHelpOption{"help", "", "-h: show this help message and exit"};

constexpr Option kIdOptions[] = {kBootstrapServer, kBootstrapController, kConfig, kCommandConfig, kHelpOption};
constexpr Option kUnregisterOptions[] = {kBootstrapServer, kBootstrapController, kConfig,
                                         kCommandConfig,   kHelpOption,          {"id", "ID", "-i: the broker"}};
constexpr Option kEndpointOptions[] = {
    kBootstrapServer, kBootstrapController,
    kConfig,          kCommandConfig,
    kHelpOption,      {"include-fenced-brokers", "", "List brokers that are fenced as well"}};

struct Work {
  client::ClientConfig config;
  bool controllers = false;     ///< Whether controllers are asked, about controllers.
  bool include_fenced = false;  ///< list-endpoints
  NodeId broker{-1};            ///< unregister
};

struct Subcommand {
  std::string_view name;
  std::string_view usage;
  std::span<const Option> options;
  Task<int> (*act)(client::Admin& admin, const Work& work);
};

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

/// Asks whatever node was named, since controllers speak for themselves and know no Metadata.
Task<client::Outcome<client::Answer<DescribeClusterResponse>>> describe(client::Admin& admin, const Work& work) {
  client::Cluster& cluster = admin.cluster();
  const SteadyTime deadline = cluster.loop_now() + cluster.config().default_api_timeout;
  auto node = co_await cluster.any_node(deadline);
  if (!node) co_return client::failed(std::move(node.error()));
  DescribeClusterRequest request;
  request.endpoint_type = work.controllers ? kControllers : kBrokers;
  request.include_fenced_brokers = work.include_fenced;
  auto answer = co_await (*node)->ask(request, cluster.request_deadline(deadline));
  if (!answer) co_return client::failed(std::move(answer.error()));
  auto said = client::outcome_of((*answer)->error_code, "describing the cluster", (*answer)->error_message);
  if (!said) co_return client::failed(std::move(said.error()));
  co_return std::move(*answer);
}

int print_id(std::string_view id) {
  if (id.empty())
    fmt::print("No cluster ID found. The Kafka version is probably too old.\n");
  else
    fmt::print("Cluster ID: {}\n", id);
  return 0;
}

Task<int> show_id(client::Admin& admin, const Work& work) {
  const auto answer = co_await describe(admin, work);
  if (answer) co_return print_id((*answer)->cluster_id);
  // Brokers before 2.8 say it with their metadata only.
  if (answer.error().code != ErrorCode::unsupported_version || work.controllers)
    co_return complain(sentence_of(answer.error()));
  const auto description = co_await admin.describe_cluster();
  if (!description) co_return complain(description.error().what);
  co_return print_id(description->cluster_id);
}

std::string table_of(const DescribeClusterResponse& answer, bool controllers) {
  constexpr std::size_t kWidth = 10;
  std::vector<Column> columns{{.header = "ID", .width_min = kWidth},
                              {.header = "HOST", .width_min = 1},
                              {.header = "PORT", .width_min = kWidth},
                              {.header = "RACK", .width_min = kWidth}};
  if (!controllers) columns.push_back({.header = "STATE", .width_min = kWidth});
  columns.push_back({.header = "ENDPOINT_TYPE", .width_min = 15});
  Columns table(std::move(columns));
  for (const auto& node : answer.brokers) {
    std::vector<std::string> row{std::to_string(node.broker_id.value), std::string(node.host),
                                 std::to_string(node.port), std::string(node.rack.value_or("null"))};
    if (!controllers) row.emplace_back(node.is_fenced ? "fenced" : "unfenced");
    row.emplace_back(controllers ? "controller" : "broker");
    table.add(std::move(row));
  }
  return table.text();
}

Task<int> list_endpoints(client::Admin& admin, const Work& work) {
  const auto answer = co_await describe(admin, work);
  if (!answer) co_return complain(sentence_of(answer.error()));
  fmt::print("{}", table_of(**answer, work.controllers));
  co_return 0;
}

/// Controllers say themselves which of them is the active one.
Task<client::Outcome<void>> unregister_at_controllers(client::Admin& admin, const Work& work) {
  const auto answer = co_await describe(admin, work);
  if (!answer) co_return client::failed(answer.error());
  client::Cluster& cluster = admin.cluster();
  for (const auto& node : (*answer)->brokers)
    if (std::in_range<std::uint16_t>(node.port))
      cluster.update_broker(
          {node.broker_id, {std::string(node.host), static_cast<std::uint16_t>(node.port)}, std::nullopt});
  const SteadyTime deadline = cluster.loop_now() + cluster.config().default_api_timeout;
  auto controller = co_await cluster.node((*answer)->controller_id, deadline);
  if (!controller) co_return client::failed(std::move(controller.error()));
  wire::UnregisterBrokerRequest request;
  request.broker_id = work.broker;
  const auto done = co_await (*controller)->ask(request, cluster.request_deadline(deadline));
  if (!done) co_return client::failed(done.error());
  co_return client::outcome_of((*done)->error_code, fmt::format("unregistering broker {}", work.broker.value),
                               (*done)->error_message);
}

Task<int> unregister(client::Admin& admin, const Work& work) {
  client::Outcome<void> done;
  if (work.controllers)
    done = co_await unregister_at_controllers(admin, work);
  else
    done = co_await admin.unregister_broker(work.broker);
  if (done) {
    fmt::print("Broker {} is no longer registered.\n", work.broker.value);
    co_return 0;
  }
  if (done.error().code != ErrorCode::unsupported_version) co_return complain(sentence_of(done.error()));
  fmt::print("The target cluster does not support the broker unregistration API.\n");
  co_return 0;  // As Kafka's: what cannot be unregistered need not be.
}

constexpr std::string_view kIdUsage =
    "usage: kafka-cluster cluster-id [-h] [--config CONFIG]\n"
    "                     [--command-config COMMAND_CONFIG]\n"
    "                     (--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                     --bootstrap-controller BOOTSTRAP_CONTROLLER)\n";
constexpr std::string_view kUnregisterUsage =
    "usage: kafka-cluster unregister [-h] [--config CONFIG]\n"
    "                     [--command-config COMMAND_CONFIG] --id ID\n"
    "                     (--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                     --bootstrap-controller BOOTSTRAP_CONTROLLER)\n";
constexpr std::string_view kEndpointsUsage =
    "usage: kafka-cluster list-endpoints [-h] [--config CONFIG]\n"
    "                     [--command-config COMMAND_CONFIG]\n"
    "                     [--include-fenced-brokers]\n"
    "                     (--bootstrap-server BOOTSTRAP_SERVER |\n"
    "                     --bootstrap-controller BOOTSTRAP_CONTROLLER)\n";

constexpr Subcommand kSubcommands[] = {
    {"cluster-id", kIdUsage, kIdOptions, show_id},
    {"list-endpoints", kEndpointsUsage, kEndpointOptions, list_endpoints},
    {"unregister", kUnregisterUsage, kUnregisterOptions, unregister},
};

Result<NodeId> broker_of(const Options& options) {
  const auto text = options.find("id");
  if (!text) return fail(Errc::invalid_argument, "argument --id/-i is required");
  const auto id = parse_number<std::int32_t>(*text);
  if (!id)
    return fail(Errc::invalid_argument,
                "argument --id/-i: could not convert '{0}' to Integer (For input string: \"{0}\")", *text);
  return NodeId{*id};
}

/// What argparse would refuse. Errors: invalid_argument.
Result<void> check(const Options& options) {
  const bool server = options.has("bootstrap-server");
  const bool controller = options.has("bootstrap-controller");
  if (server && controller)
    return fail(Errc::invalid_argument,
                "argument --bootstrap-controller/-C: not allowed with argument --bootstrap-server/-b");
  if (!server && !controller)
    return fail(Errc::invalid_argument,
                "one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required");
  if (options.has("config") && options.has("command-config"))
    return fail(Errc::invalid_argument, "--config and --command-config cannot be specified together.");
  return {};
}

Task<int> act(Loop& loop, Network& network, const Subcommand& subcommand, const Work& work) {
  client::Admin admin(loop, network, work.config);
  const int result = co_await subcommand.act(admin, work);
  co_await admin.close();
  co_return result;
}

int run_subcommand(const Subcommand& subcommand, Arguments arguments) {
  const auto refuse = [&subcommand](std::string_view what) {
    return complain(fmt::format("{}kafka-cluster: error: {}", subcommand.usage, what));
  };
  const auto options = parse_subcommand(arguments, kLetters, subcommand.options);
  if (!options) return refuse(options.error().what);
  if (options->has("help")) {
    fmt::print("{}", usage(subcommand.usage, subcommand.options));
    return 0;
  }
  if (auto checked = check(*options); !checked) return refuse(checked.error().what);
  Work work{.config = {},
            .controllers = options->has("bootstrap-controller"),
            .include_fenced = options->has("include-fenced-brokers"),
            .broker = {}};
  if (subcommand.act == unregister) {
    const auto broker = broker_of(*options);
    if (!broker) return refuse(broker.error().what);
    work.broker = *broker;
  }
  if (work.include_fenced && work.controllers)
    return complain("The option --include-fenced-brokers is only supported with --bootstrap-server option");
  auto config = admin_config(*options, "adminclient-1");
  if (!config) return complain(config.error().what);
  work.config = std::move(*config);
  return run([&](Loop& loop, Network& network) { return act(loop, network, subcommand, work); });
}

/// The words with --command-config in the place of its older name, so that one is read.
std::vector<std::string_view> with_new_names(Arguments arguments) {
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  const bool both = std::ranges::find(words, "--command-config") != words.end();
  if (!both) std::ranges::replace(words, std::string_view("--config"), std::string_view("--command-config"));
  return words;
}

}  // namespace

int cluster(Arguments arguments) {
  if (arguments.empty()) return complain(fmt::format("{}kafka-cluster: error: too few arguments", kUsage));
  if (arguments[0] == "-h" || arguments[0] == "--help") {
    fmt::print("{}{}", kUsage, kHelp);
    return 0;
  }
  for (const Subcommand& subcommand : kSubcommands)
    if (subcommand.name == arguments[0]) return run_subcommand(subcommand, with_new_names(arguments.subspan(1)));
  return complain(
      fmt::format("{}kafka-cluster: error: invalid choice: '{}' (choose from 'cluster-id', 'unregister', "
                  "'list-endpoints')",
                  kUsage, arguments[0]));
}

}  // namespace sluice::tools
