// tools/broker_api_versions.cc: `sluice broker-api-versions`, known as kafka-broker-api-versions.sh.
#include "client/admin.h"
#include "tools/command.h"
#include "tools/session.h"
#include "wire/api_table.h"

namespace sluice::tools {
namespace {

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server(s) to use for bootstrapping", "REQUIRED: The server(s) to connect to"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"help", "", "Print usage information"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "This tool helps to retrieve broker version information.";

/// `Produce(0): 0 to 13 [usable: 13]`
std::string line_of(const client::NodeVersions::Api& api) {
  const auto key = static_cast<std::int16_t>(api.key);
  const wire::ApiInfo* known = wire::find_api(api.key);
  const std::string range = api.versions.low == api.versions.high
                                ? std::to_string(api.versions.low)
                                : fmt::format("{} to {}", api.versions.low, api.versions.high);
  if (known == nullptr) return fmt::format("UNKNOWN({}): {}", key, range);
  const std::int16_t usable = std::min(api.versions.high, known->versions.high);
  const std::string use = usable < api.versions.low ? "unusable" : fmt::format("usable: {}", usable);
  return fmt::format("{}({}): {} [{}]", known->name, key, range, use);
}

void print(const client::NodeApis& node) {
  fmt::print("{}:{} (id: {} rack: {} isFenced: false) -> (\n", node.broker.endpoint.host,
             node.broker.endpoint.port, node.broker.id.value, node.broker.rack.value_or("null"));
  for (std::size_t i = 0; i < node.versions.apis.size(); ++i)
    fmt::print("\t{}{}\n", line_of(node.versions.apis[i]), i + 1 < node.versions.apis.size() ? "," : "");
  fmt::print(")\n");
}

Task<int> act(Loop& loop, Network& network, const client::ClientConfig& config) {
  client::Admin admin(loop, network, config);
  const auto nodes = co_await admin.describe_apis();
  int result = nodes.empty() ? complain("No broker answered at the given address(es).") : 0;
  for (const auto& [id, node] : nodes) {
    if (node) {
      print(*node);
    } else {
      result = complain(node.error().what);
    }
  }
  co_await admin.close();
  co_return result;
}

}  // namespace

int broker_api_versions(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const auto config = admin_config(*options, "admin-client");
  if (!config) return complain(config.error().what, usage(kSummary, kOptions));
  return run([&config](Loop& loop, Network& network) { return act(loop, network, *config); });
}

}  // namespace sluice::tools
