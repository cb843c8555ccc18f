// tools/topics.cc: `sluice topics`, known as kafka-topics.sh: creates, lists, describes, alters and deletes
// topics.
#include <algorithm>

#include "client/admin.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/name_pattern.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::TopicInfo;

constexpr Option kOptions[] = {
    {"alter", "", "Alter the number of partitions and replica assignment"},
    {"at-min-isr-partitions", "", "When describing topics, show partitions whose isr count equals the minimum"},
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: server to connect to", "The same, as older versions called it"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"config", "String: name=value", "A configuration of the topic being created; may be repeated"},
    {"create", "", "Create a new topic"},
    {"delete", "", "Delete a topic"},
    {"describe", "", "List details for the given topics"},
    {"exclude-internal", "", "Leave internal topics out when listing or describing"},
    {"help", "", "Print usage information"},
    {"if-exists", "", "When altering, describing or deleting, be content if the topic does not exist"},
    {"if-not-exists", "", "When creating, be content if the topic exists already"},
    {"list", "", "List all available topics"},
    {"partitions", "Integer: # of partitions", "The number of partitions for the topic"},
    {"replica-assignment", "String: broker_id_for_part1_replica1 : ...", "A list of manual assignments"},
    {"replication-factor", "Integer: replication factor", "The replication factor for each partition"},
    {"topic", "String: topic", "The topic to create, alter, describe or delete; a pattern but for create"},
    {"topic-id", "String: topic-id", "The topic-id to describe"},
    {"topics-with-overrides", "", "When describing, show only topics that have overridden configs"},
    {"unavailable-partitions", "", "When describing, show only partitions whose leader is not available"},
    {"under-replicated-partitions", "", "When describing, show only under-replicated partitions"},
    {"version", "", "Display version information"},
    {"zookeeper", "String: hosts", "Taken for the brokers on the same hosts"},
};
constexpr std::string_view kSummary = "Create, delete, describe, or change a topic.";

int fail_with(std::string_view what) {
  fmt::print("Error while executing topic command : {}\n", what);
  return 1;
}

int fail_with(const client::Failure& failure) { return fail_with(sentence_of(failure)); }

/// The assignment of --replica-assignment: partitions by commas, replicas by colons.
Result<std::map<PartitionIndex, std::vector<NodeId>>> parse_assignment(std::string_view text) {
  std::map<PartitionIndex, std::vector<NodeId>> assignment;
  std::int32_t partition = 0;
  std::int32_t broker = 0;
  bool digits = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c >= '0' && c <= '9' && broker < 100'000'000) {
      broker = broker * 10 + (c - '0');
      digits = true;
      continue;
    }
    if ((c != ',' && c != ':') || !digits)
      return fail(Errc::invalid_argument, "{} is not a replica assignment", text);
    assignment[{partition}].push_back(NodeId{broker});
    broker = 0;
    digits = false;
    if (c == ',') ++partition;
  }
  return assignment;
}

Task<int> create(Admin& admin, const Options& options) {
  client::NewTopic topic{.name = options.get("topic", ""),
                         .partitions = {},
                         .replication_factor = {},
                         .assignment = {},
                         .configs = {}};
  if (topic.name.empty()) co_return complain("Missing required argument \"[topic]\"");
  if (topic.name.find_first_of("._") != std::string::npos)
    fmt::print(
        "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could "
        "collide. "
        "To avoid issues it is best to use either, but not both.\n");
  const auto partitions = options.number("partitions");
  const auto factor = options.number("replication-factor");
  if (!partitions) co_return complain(partitions.error().what);
  if (!factor) co_return complain(factor.error().what);
  if (*partitions && (**partitions < 1 || **partitions > 10'000'000))
    co_return fail_with("The partitions must be greater than 0");
  if (*factor && (**factor < 1 || **factor > 32767))
    co_return fail_with("The replication factor must be between 1 and 32767 inclusive");
  if (*partitions) topic.partitions = static_cast<std::int32_t>(**partitions);
  if (*factor) topic.replication_factor = static_cast<std::int16_t>(**factor);
  if (const auto text = options.find("replica-assignment")) {
    auto assignment = parse_assignment(*text);
    if (!assignment) co_return fail_with(assignment.error().what);
    topic.assignment = std::move(*assignment);
  }
  const auto configs = read_settings(std::nullopt, options.all("config"));
  if (!configs) co_return fail_with(configs.error().what);
  for (const auto& [key, value] : *configs) topic.configs[key] = value;

  const std::string name = topic.name;
  std::vector<client::NewTopic> wanted;
  wanted.push_back(std::move(topic));
  const auto outcomes = co_await admin.create_topics(std::move(wanted));
  const auto& outcome = outcomes.at(name);
  if (outcome) {
    fmt::print("Created topic {}.\n", name);
    co_return 0;
  }
  if (outcome.error().code == ErrorCode::topic_already_exists && options.has("if-not-exists")) co_return 0;
  co_return fail_with(outcome.error());
}

/// The topics that --topic names, which may be a pattern; all without it. Sorted.
Result<std::vector<TopicInfo>> choose(std::vector<TopicInfo> topics, const Options& options) {
  if (options.has("exclude-internal"))
    std::erase_if(topics, [](const TopicInfo& topic) { return topic.internal; });
  const auto wanted = options.find("topic");
  if (!wanted) return topics;
  const auto pattern = NamePattern::parse_list(*wanted);
  if (!pattern) return fail(Errc::invalid_argument, "{} is not a pattern: {}", *wanted, pattern.error().what);
  std::erase_if(topics, [&pattern](const TopicInfo& topic) { return !pattern->matches(topic.name); });
  if (topics.empty() && !options.has("if-exists"))
    return fail(Errc::not_found, "Topic '{}' does not exist as expected", *wanted);
  return topics;
}

Task<Result<std::vector<TopicInfo>>> find_topics(Admin& admin, const Options& options) {
  auto listed = co_await admin.list_topics(true);
  if (!listed) co_return fail(Errc::io, "{}", listed.error().what);
  co_return choose(std::move(*listed), options);
}

Task<int> list(Admin& admin, const Options& options) {
  const auto pattern = NamePattern::parse_list(options.get("topic", ".*"));
  if (!pattern) co_return complain(pattern.error().what);
  auto listed = co_await admin.list_topics(true);
  if (!listed) co_return fail_with(listed.error());
  for (const TopicInfo& topic : *listed) {
    if (options.has("exclude-internal") && topic.internal) continue;
    if (pattern->matches(topic.name)) fmt::print("{}\n", topic.name);
  }
  co_return 0;
}

std::string join(const std::vector<NodeId>& nodes) {
  std::string text;
  for (const NodeId node : nodes) text += (text.empty() ? "" : ",") + std::to_string(node.value);
  return text;
}

/// The settings that differ from the defaults, as `describe` shows them.
Task<Result<std::map<std::string, std::string>>> overrides_of(Admin& admin, const std::vector<TopicInfo>& topics) {
  std::vector<client::ConfigResource> resources;
  for (const TopicInfo& topic : topics) resources.push_back({client::ConfigResourceType::topic, topic.name});
  const auto described = co_await admin.describe_configs(std::move(resources));
  std::map<std::string, std::string> overrides;
  for (const auto& [resource, entries] : described) {
    if (!entries) co_return fail(Errc::io, "{}", entries.error().what);
    std::string& text = overrides[resource.name];
    for (const client::ConfigEntry& entry : *entries) {
      if (entry.source == client::ConfigSource::default_config ||
          entry.source == client::ConfigSource::static_broker ||
          entry.source == client::ConfigSource::dynamic_broker ||
          entry.source == client::ConfigSource::dynamic_default_broker)
        continue;
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", entry.name, entry.value.value_or(""));
    }
  }
  co_return overrides;
}

bool is_shown(const client::PartitionInfo& partition, const Options& options) {
  if (options.has("under-replicated-partitions")) return partition.in_sync.size() < partition.replicas.size();
  if (options.has("unavailable-partitions")) return partition.leader.value < 0;
  if (options.has("at-min-isr-partitions")) return partition.in_sync.size() == 1 && partition.replicas.size() > 1;
  return true;
}

void print_partition(const TopicInfo& topic, const client::PartitionInfo& partition) {
  const std::string leader = partition.leader.value < 0 ? "none" : std::to_string(partition.leader.value);
  fmt::print("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: \tLastKnownElr: \n", topic.name,
             partition.partition.value, leader, join(partition.replicas), join(partition.in_sync));
}

Task<int> describe(Admin& admin, const Options& options) {
  const auto topics = co_await find_topics(admin, options);
  if (!topics) co_return fail_with(topics.error().what);
  const auto overrides = co_await overrides_of(admin, *topics);
  if (!overrides) co_return fail_with(overrides.error().what);
  const bool only_partitions = options.has("under-replicated-partitions") ||
                               options.has("unavailable-partitions") || options.has("at-min-isr-partitions");
  for (const TopicInfo& topic : *topics) {
    const std::string& configs = overrides->at(topic.name);
    if (options.has("topics-with-overrides") && configs.empty()) continue;
    if (!only_partitions)
      fmt::print("Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n", topic.name,
                 topic.id.text(), topic.partitions.size(),
                 topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size(), configs);
    if (options.has("topics-with-overrides")) continue;
    for (const client::PartitionInfo& partition : topic.partitions)
      if (is_shown(partition, options)) print_partition(topic, partition);
  }
  co_return 0;
}

Task<int> remove(Admin& admin, const Options& options) {
  const auto topics = co_await find_topics(admin, options);
  if (!topics) co_return fail_with(topics.error().what);
  std::vector<std::string> names;
  for (const TopicInfo& topic : *topics) names.push_back(topic.name);
  const auto outcomes = co_await admin.delete_topics(std::move(names));
  for (const auto& [name, outcome] : outcomes)
    if (!outcome) co_return fail_with(outcome.error());
  co_return 0;
}

Task<int> alter(Admin& admin, const Options& options) {
  const auto total = options.number("partitions");
  if (!total) co_return complain(total.error().what);
  if (!*total) co_return complain("Missing required argument \"[partitions]\"");
  const auto topics = co_await find_topics(admin, options);
  if (!topics) co_return fail_with(topics.error().what);
  std::map<std::string, client::NewPartitions> wanted;
  for (const TopicInfo& topic : *topics)
    wanted[topic.name] = {.total = static_cast<std::int32_t>(**total), .assignment = {}};
  const auto outcomes = co_await admin.create_partitions(std::move(wanted));
  for (const auto& [name, outcome] : outcomes)
    if (!outcome) co_return fail_with(outcome.error());
  co_return 0;
}

using Action = Task<int> (*)(Admin&, const Options&);

/// The one thing to do. Errors: invalid_argument, unless exactly one was asked for.
Result<Action> action_of(const Options& options) {
  constexpr std::pair<std::string_view, Action> kActions[] = {
      {"create", create}, {"list", list}, {"describe", describe}, {"delete", remove}, {"alter", alter}};
  Action chosen = nullptr;
  int count = 0;
  for (const auto& [name, action] : kActions) {
    if (!options.has(name)) continue;
    chosen = action;
    ++count;
  }
  if (count != 1)
    return fail(Errc::invalid_argument,
                "Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  return chosen;
}

Task<int> act(Loop& loop, Network& network, client::ClientConfig config, const Options& options, Action action) {
  Admin admin(loop, network, std::move(config));
  const int result = co_await action(admin, options);
  co_await admin.close();
  co_return result;
}

}  // namespace

int topics(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const auto action = action_of(*options);
  if (!action) return complain(action.error().what, usage(kSummary, kOptions));
  auto config = admin_config(*options, "admin-client");
  if (!config) return complain(config.error().what, usage(kSummary, kOptions));
  return run([&](Loop& loop, Network& network) { return act(loop, network, *config, *options, *action); });
}

}  // namespace sluice::tools
