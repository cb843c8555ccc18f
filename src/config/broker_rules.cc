#include "config/detail/broker_rules.h"

#include <algorithm>
#include <array>

#include "config/detail/text.h"
#include "config/detail/topic_values.h"

namespace sluice::detail {
namespace {

template <class... Args>
Result<void> require(bool holds, fmt::format_string<Args...> otherwise, Args&&... args) {
  if (holds) return {};
  return fail(Errc::invalid_argument, otherwise, std::forward<Args>(args)...);
}

/// The first of several checks that failed.
Result<void> all_of(std::initializer_list<Result<void>> checks) {
  for (const Result<void>& check : checks)
    if (!check) return check;
  return {};
}

Result<void> check_quorum(const BrokerConfig& config) {
  const NodeConfig& node = config.node;
  const bool votes = std::ranges::find(node.quorum.voters, node.id, &QuorumVoter::id) != node.quorum.voters.end();
  const bool has_names = !config.listeners.controller_names.empty();
  const bool joins_others = !node.quorum.bootstrap_servers.empty() || node.quorum.voters.size() > 1;
  return all_of({
      require(node.roles.controller || !node.quorum.is_own(),
              "A node that is only a broker needs to know its controllers: set "
              "controller.quorum.bootstrap.servers, or "
              "controller.quorum.voters"),
      require(
          node.roles.controller || has_names,
          "controller.listener.names must contain at least one value when process.roles=broker: the name of the "
          "controllers' listener, as a rule CONTROLLER"),
      require(
          !node.roles.controller || node.quorum.voters.empty() || votes,
          "If process.roles contains the 'controller' role, the node id {} must be included in the set of voters "
          "controller.quorum.voters",
          node.id),
      require(
          node.roles.controller || !votes,
          "If process.roles contains just the 'broker' role, the node id {} must not be included in the set of "
          "voters controller.quorum.voters",
          node.id),
      require(!node.roles.controller || !joins_others || has_names,
              "controller.listener.names must be set on a node that forms a quorum with others; name the "
              "listener, for "
              "example CONTROLLER, and add CONTROLLER://:9093 to listeners"),
  });
}

Result<void> check_times(const Configuration& configuration) {
  const std::int64_t retention = broker_milliseconds(configuration, "log.retention.ms");
  return all_of({
      require(broker_milliseconds(configuration, "log.roll.ms") >= 1,
              "log.roll.ms must be greater than or equal to 1"),
      require(broker_milliseconds(configuration, "log.roll.jitter.ms") >= 0,
              "log.roll.jitter.ms must be greater than or equal to 0"),
      require(retention == -1 || retention >= 1,
              "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"),
  });
}

Result<void> check_logs(const BrokerConfig& config, const Configuration& configuration) {
  constexpr std::uint64_t kBufferPerThread = 1024 * 1024;
  const auto threads = static_cast<std::uint64_t>(config.cleaner.threads);
  for (const std::string& cordoned : config.logs.cordoned_dirs) {
    const bool known = std::ranges::find(config.node.log_dirs, cordoned) != config.node.log_dirs.end();
    if (!known && cordoned != "*")
      return fail(Errc::invalid_argument,
                  "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : {}",
                  cordoned);
  }
  return all_of({
      check_times(configuration),
      require(threads == 0 || config.cleaner.dedupe_buffer_bytes / threads > kBufferPerThread,
              "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread."),
  });
}

Result<void> check_replication(const ReplicationConfig& config) {
  return all_of({
      require(
          config.fetch_wait_max <= config.socket_timeout,
          "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary "
          "socket timeouts"),
      require(
          config.fetch_wait_max <= config.lag_time_max,
          "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent "
          "frequent changes in ISR"),
  });
}

Result<void> check_sockets(const SocketConfig& config) {
  return all_of({
      require(!config.queued_request_bytes_max || *config.queued_request_bytes_max >= config.request_bytes_max,
              "queued.max.request.bytes must be larger or equal to socket.request.max.bytes"),
      require(
          config.connections_per_address_max > 0 || !config.connections_per_address_overrides.empty(),
          "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set."),
      require(
          !config.idle_time_max || config.failed_authentication_delay < *config.idle_time_max,
          "connection.failed.authentication.delay.ms={} should always be less than connections.max.idle.ms={} to "
          "prevent failed authentication responses from timing out",
          config.failed_authentication_delay.count(), config.idle_time_max.value_or(Milliseconds()).count()),
  });
}

Result<void> check_security(const BrokerConfig& config, const Configuration& configuration) {
  if (!config.node.roles.broker) return {};
  const SecurityProtocol protocol = config.listeners.protocol(config.listeners.inter_broker);
  if (protocol != SecurityProtocol::sasl_plaintext && protocol != SecurityProtocol::sasl_ssl) return {};
  const ConfigValue offered =
      configuration.value_for_listener(config.listeners.inter_broker, "sasl.enabled.mechanisms");
  const auto& mechanisms = std::get<std::vector<std::string>>(offered);
  const std::string mechanism = configuration.text("sasl.mechanism.inter.broker.protocol");
  return require(
      std::ranges::find(mechanisms, mechanism) != mechanisms.end(),
      "sasl.mechanism.inter.broker.protocol ({}) must be included in sasl.enabled.mechanisms ({}) when SASL is "
      "used for inter-broker communication",
      mechanism, joined(mechanisms, ","));
}

/// min, max and the value between them, for one of a kind's times.
Result<void> check_bounded(std::string_view kind, std::string_view key, const GroupKindConfig::Bounded& bounded) {
  return all_of({
      require(bounded.max >= bounded.min, "group.{0}.max.{1} must be greater than or equal to group.{0}.min.{1}",
              kind, key),
      require(bounded.value >= bounded.min, "group.{0}.{1} must be greater than or equal to group.{0}.min.{1}",
              kind, key),
      require(bounded.value <= bounded.max, "group.{0}.{1} must be less than or equal to group.{0}.max.{1}", kind,
              key),
  });
}

Result<void> check_assignors(std::string_view kind, const std::vector<std::string>& assignors,
                             std::initializer_list<std::string_view> known) {
  for (const std::string_view assignor : assignors)
    if (std::ranges::find(known, assignor) == known.end())
      return fail(invalid_config_value(fmt::format("group.{}.assignors", kind), assignor,
                                       fmt::format("String must be one of: {}", joined(known, ", "))));
  return {};
}

Result<void> check_group_kind(std::string_view kind, const GroupKindConfig& config) {
  return all_of({
      check_bounded(kind, "heartbeat.interval.ms", config.heartbeat_interval),
      check_bounded(kind, "session.timeout.ms", config.session_timeout),
      check_bounded(kind, "assignment.interval.ms", config.assignment_interval),
      require(config.heartbeat_interval.value < config.session_timeout.value,
              "group.{0}.heartbeat.interval.ms must be less than group.{0}.session.timeout.ms", kind),
  });
}

Result<void> check_share_bounds(const Configuration& configuration) {
  for (const std::string_view key :
       {"delivery.count.limit", "record.lock.duration.ms", "partition.max.record.locks"}) {
    const auto at = [&](std::string_view part) {
      return configuration.int64(fmt::format("group.share.{}{}", part, key));
    };
    auto checked = all_of({
        require(at("") >= at("min."), "group.share.{0} must be greater than or equal to group.share.min.{0}", key),
        require(at("") <= at("max."), "group.share.{0} must be less than or equal to group.share.max.{0}", key),
    });
    if (!checked) return checked;
  }
  return {};
}

Result<void> check_groups(const BrokerConfig& config, const Configuration& configuration) {
  constexpr int kCodecs = 5;  // None, gzip, snappy, lz4, zstd.
  const std::vector<std::string>& protocols = config.groups.protocols;
  const auto is_codec = [](std::int8_t codec) { return codec >= 0 && codec < kCodecs; };
  return all_of({
      require(std::ranges::find(protocols, "classic") != protocols.end(),
              "group.coordinator.rebalance.protocols={}: disabling the 'classic' protocol is not supported",
              joined(protocols, ",")),
      check_group_kind("consumer", config.groups.consumer),
      check_group_kind("share", config.groups.share),
      check_group_kind("streams", config.groups.streams),
      check_assignors("consumer", config.groups.consumer.assignors, {"uniform", "range"}),
      check_assignors("share", config.groups.share.assignors, {"simple"}),
      check_assignors("streams", config.groups.streams.assignors, {"sticky"}),
      check_share_bounds(configuration),
      require(is_codec(config.offsets.topic.compression_codec),
              "offsets.topic.compression.codec={}: unknown codec; 0 is none, 1 gzip, 2 snappy, 3 lz4, 4 zstd",
              config.offsets.topic.compression_codec),
      require(is_codec(config.share_state.topic.compression_codec),
              "share.coordinator.state.topic.compression.codec={}: unknown codec; 0 is none, 1 gzip, 2 snappy, 3 "
              "lz4, 4 "
              "zstd",
              config.share_state.topic.compression_codec),
      require(config.groups.classic.session_timeout_min <= config.groups.classic.session_timeout_max,
              "group.min.session.timeout.ms must be less than or equal to group.max.session.timeout.ms"),
  });
}

Result<void> check_early_listeners(const BrokerConfig& config, const Configuration& configuration) {
  for (const std::string& name : configuration.list("early.start.listeners")) {
    const std::string upper = upper_case(name);
    const auto names_it = [&](const ListenerEndpoint& endpoint) { return endpoint.listener == upper; };
    if (std::ranges::any_of(config.listeners.broker, names_it)) continue;
    if (std::ranges::find(config.listeners.controller_names, upper) != config.listeners.controller_names.end())
      continue;
    return fail(Errc::invalid_argument,
                "early.start.listeners contains listener {}, but this is not contained in listeners or "
                "controller.listener.names",
                upper);
  }
  return {};
}

}  // namespace

Result<void> check_broker_rules(const BrokerConfig& config, const Configuration& configuration) {
  return all_of({
      check_quorum(config),
      check_logs(config, configuration),
      check_replication(config.replication),
      check_sockets(config.sockets),
      check_security(config, configuration),
      check_groups(config, configuration),
      check_early_listeners(config, configuration),
  });
}

}  // namespace sluice::detail
