// tools/configs.cc: `sluice configs`, known as kafka-configs.sh: shows and changes the configuration of topics,
// brokers, groups and client metrics, and quotas.
#include <algorithm>

#include "client/admin.h"
#include "tools/command.h"
#include "tools/config_arguments.h"
#include "tools/kafka_error.h"
#include "tools/quota_configs.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using namespace entity_type;
using client::Admin;
using client::ConfigEntry;
using client::ConfigResourceType;
using client::ConfigSource;
using client::Outcome;

constexpr std::string_view kSummary =
    "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, "
    "client-metrics "
    "or group";

std::string_view name_of(ConfigSource source) {
  switch (source) {
    case ConfigSource::unknown: return "UNKNOWN";
    case ConfigSource::topic: return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::dynamic_broker: return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::dynamic_default_broker: return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::static_broker: return "STATIC_BROKER_CONFIG";
    case ConfigSource::default_config: return "DEFAULT_CONFIG";
    case ConfigSource::dynamic_broker_logger: return "DYNAMIC_BROKER_LOGGER_CONFIG";
    case ConfigSource::client_metrics: return "DYNAMIC_CLIENT_METRICS_CONFIG";
    case ConfigSource::group: return "DYNAMIC_GROUP_CONFIG";
  }
  return "UNKNOWN";
}

ConfigResourceType resource_type(std::string_view type) {
  if (type == kBrokers) return ConfigResourceType::broker;
  if (type == kBrokerLoggers) return ConfigResourceType::broker_logger;
  if (type == kClientMetrics) return ConfigResourceType::client_metrics;
  if (type == kGroups) return ConfigResourceType::group;
  return ConfigResourceType::topic;
}

/// The source of what was set for the resource itself; nothing where all that it has is its own.
std::optional<ConfigSource> own_source(const client::ConfigResource& resource) {
  switch (resource.type) {
    case ConfigResourceType::topic: return ConfigSource::topic;
    case ConfigResourceType::broker:
      return resource.name.empty() ? ConfigSource::dynamic_default_broker : ConfigSource::dynamic_broker;
    case ConfigResourceType::broker_logger: return std::nullopt;
    case ConfigResourceType::client_metrics: return ConfigSource::client_metrics;
    case ConfigResourceType::group: return ConfigSource::group;
  }
  return std::nullopt;
}

std::string singular(std::string_view type) { return std::string(type.substr(0, type.size() - 1)); }

/// The resource's entries by name: all, or those that were set for it.
Task<Outcome<std::vector<ConfigEntry>>> entries_of(Admin& admin, client::ConfigResource resource, bool synonyms,
                                                   bool all) {
  std::vector<client::ConfigResource> asked{resource};
  const client::DescribeConfigsOptions options{.names = {}, .synonyms = synonyms, .documentation = false};
  auto described = co_await admin.describe_configs(std::move(asked), options);
  const auto found = described.find(resource);
  if (found == described.end())
    co_return client::failed(ErrorCode::unknown_server_error, "the answer says nothing of {}", resource.name);
  Outcome<std::vector<ConfigEntry>> entries = std::move(found->second);
  if (!entries) co_return entries;
  if (const auto source = own_source(resource); source && !all)
    std::erase_if(*entries, [&](const ConfigEntry& entry) { return entry.source != *source; });
  std::ranges::sort(*entries, {}, &ConfigEntry::name);
  co_return entries;
}

std::string line_of(const ConfigEntry& entry) {
  std::string synonyms;
  for (const client::ConfigSynonym& synonym : entry.synonyms)
    synonyms += fmt::format("{}{}:{}={}", synonyms.empty() ? "" : ", ", name_of(synonym.source), synonym.name,
                            synonym.value.value_or("null"));
  return fmt::format("  {}={} sensitive={} synonyms={{{}}}\n", entry.name, entry.value.value_or("null"),
                     entry.sensitive, synonyms);
}

/// The names of what has configurations of a type.
Task<Outcome<std::vector<std::string>>> list_entities(Admin& admin, std::string_view type) {
  std::vector<std::string> names;
  if (type == kTopics) {
    const auto topics = co_await admin.list_topics(true);
    if (!topics) co_return client::failed(topics.error());
    for (const client::TopicInfo& topic : *topics) names.push_back(topic.name);
    co_return names;
  }
  if (type == kBrokers || type == kBrokerLoggers) {
    const auto cluster = co_await admin.describe_cluster();
    if (!cluster) co_return client::failed(cluster.error());
    for (const client::BrokerInfo& broker : cluster->brokers) names.push_back(std::to_string(broker.id.value));
    names.emplace_back();
    co_return names;
  }
  if (type == kGroups) {
    const auto groups = co_await admin.list_groups();
    if (!groups) co_return client::failed(groups.error());
    for (const client::GroupListing& group : *groups) names.push_back(group.group_id);
  }
  const auto resources = co_await admin.list_config_resources({resource_type(type)});
  if (!resources && type != kGroups) co_return client::failed(resources.error());
  if (resources)
    for (const client::ConfigResource& resource : *resources) names.push_back(resource.name);
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  co_return names;
}

Task<Outcome<void>> describe_one(Admin& admin, const ConfigArguments& arguments, std::string name) {
  const std::string& type = arguments.types.front();
  const auto entries = co_await entries_of(admin, {resource_type(type), name}, true, arguments.all);
  if (!entries) co_return client::failed(entries.error());
  if (name.empty())
    fmt::print("Default configs for {} in the cluster are:\n", type);
  else
    fmt::print("{} configs for {} {} are:\n", arguments.all ? "All" : "Dynamic", singular(type), name);
  for (const ConfigEntry& entry : *entries) fmt::print("{}", line_of(entry));
  co_return Outcome<void>{};
}

Task<Outcome<void>> describe(Admin& admin, const ConfigArguments& arguments) {
  const std::string& type = arguments.types.front();
  if (is_quota_type(type)) co_return co_await describe_quota_configs(admin, arguments);
  std::vector<std::string> names = arguments.names;
  const bool looked_up = names.empty() || (!names.front().empty() && !(type == kGroups && arguments.all));
  if (looked_up) {
    auto all = co_await list_entities(admin, type);
    if (!all) co_return client::failed(all.error());
    if (names.empty()) {
      names = std::move(*all);
    } else if (std::ranges::find(*all, names.front()) == all->end()) {
      fmt::print("The {} '{}' doesn't exist and doesn't have dynamic config.\n", singular(type), names.front());
      co_return Outcome<void>{};
    }
  }
  for (const std::string& name : names) {
    const Outcome<void> done = co_await describe_one(admin, arguments, name);
    if (!done) co_return done;
  }
  co_return Outcome<void>{};
}

/// Errors: operation_not_attempted, where a logger is not there.
Task<Outcome<void>> check_loggers(Admin& admin, client::ConfigResource resource,
                                  const ConfigArguments& arguments) {
  const auto loggers = co_await entries_of(admin, std::move(resource), false, false);
  if (!loggers) co_return client::failed(loggers.error());
  std::string unknown;
  const auto look = [&](const std::string& logger) {
    if (std::ranges::find(*loggers, logger, &ConfigEntry::name) == loggers->end())
      unknown += (unknown.empty() ? "" : ",") + logger;
  };
  for (const std::string& logger : arguments.removed) look(logger);
  for (const auto& [logger, level] : arguments.added) look(logger);
  if (!unknown.empty()) co_return client::failed(not_attempted("Invalid broker logger(s): " + unknown));
  co_return Outcome<void>{};
}

Task<Outcome<void>> alter_resource(Admin& admin, const ConfigArguments& arguments) {
  const client::ConfigResource resource{resource_type(arguments.types.front()), arguments.names.front()};
  const bool loggers = resource.type == ConfigResourceType::broker_logger;
  if (loggers) {
    const Outcome<void> known = co_await check_loggers(admin, resource, arguments);
    if (!known) co_return known;
  }
  std::vector<client::AlterConfig> changes;
  for (const auto& [key, value] : arguments.added)
    changes.push_back({.name = key, .operation = client::AlterConfigOperation::set, .value = value});
  for (const std::string& key : arguments.removed)
    changes.push_back({.name = key, .operation = client::AlterConfigOperation::remove, .value = std::nullopt});
  std::map<client::ConfigResource, std::vector<client::AlterConfig>> wanted;
  wanted.emplace(resource, std::move(changes));
  auto outcomes = co_await admin.alter_configs(std::move(wanted));
  co_return std::move(outcomes.at(resource));
}

Task<Outcome<void>> alter(Admin& admin, const ConfigArguments& arguments) {
  const std::string& type = arguments.types.front();
  Outcome<void> done;
  if (is_quota_type(type))
    done = co_await alter_quota_configs(admin, arguments);
  else
    done = co_await alter_resource(admin, arguments);
  if (!done) co_return done;
  if (arguments.names.front().empty())
    fmt::print("Completed updating default config for {} in the cluster.\n", type);
  else
    fmt::print("Completed updating config for {} {}.\n", singular(type), arguments.names.front());
  co_return done;
}

/// What the broker refused is printed as Kafka's command does it; what could not be asked, in one line.
int complain_about(const client::Failure& failure, Arguments words) {
  if (is_unreachable(failure) || failure.code == ErrorCode::unsupported_version ||
      failure.code == ErrorCode::operation_not_attempted)
    return complain(failure.what);
  std::string all;
  for (const std::string_view word : words) {
    if (!all.empty()) all += ' ';
    all += word;
  }
  return complain(
      fmt::format("Error while executing config command with args '{}'\n{}", all, exception_text(failure)));
}

Task<int> act(Loop& loop, Network& network, const client::ClientConfig& config, const ConfigArguments& arguments,
              Arguments words) {
  Admin admin(loop, network, config);
  Outcome<void> done;
  if (arguments.alter)
    done = co_await alter(admin, arguments);
  else
    done = co_await describe(admin, arguments);
  co_await admin.close();
  co_return done ? 0 : complain_about(done.error(), words);
}

}  // namespace

int configs(Arguments words) {
  const auto options = Options::parse(words, config_options());
  if (!options) return complain(options.error().what);
  if (const auto helped = maybe_help(words, *options, usage(kSummary, config_options()))) return *helped;
  if (options->has("alter") == options->has("describe"))
    return complain("Command must include exactly one action: --describe, --alter",
                    usage(kSummary, config_options()));
  const auto arguments = config_arguments(*options);
  if (!arguments) return complain(arguments.error().what);
  const auto config = admin_config(*options, "admin-client");
  if (!config) return complain(config.error().what);
  return run([&](Loop& loop, Network& network) { return act(loop, network, *config, *arguments, words); });
}

}  // namespace sluice::tools
