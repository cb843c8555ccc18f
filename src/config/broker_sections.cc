#include "config/broker_sections.h"

#include <algorithm>

#include "config/detail/text.h"

namespace sluice {
namespace {

// Keys whose rule keeps them from being negative; where Kafka has no rule, less than nothing is nothing.
std::uint32_t u32(const Configuration& configuration, std::string_view name) {
  return static_cast<std::uint32_t>(std::max<std::int32_t>(configuration.int32(name), 0));
}

std::uint64_t u64(const Configuration& configuration, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(configuration.int64(name), 0));
}

/// A limit that a number below `least` takes away.
std::optional<Milliseconds> limit_ms(const Configuration& configuration, std::string_view name,
                                     std::int64_t least) {
  const std::int64_t value = configuration.int64(name);
  if (value < least) return std::nullopt;
  return Milliseconds(value);
}

std::optional<std::uint64_t> limit_bytes(const Configuration& configuration, std::string_view name) {
  const std::int64_t value = configuration.int64(name);
  if (value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

Result<std::map<std::string, std::uint32_t, std::less<>>> read_address_limits(const Configuration& configuration) {
  constexpr std::string_view kKey = "max.connections.per.ip.overrides";
  std::map<std::string, std::uint32_t, std::less<>> limits;
  for (const std::string_view pair : detail::split_list(configuration.text(kKey))) {
    const std::size_t colon = pair.rfind(':');
    const std::string_view host = detail::trimmed(pair.substr(0, colon));
    const auto count = colon == std::string_view::npos
                           ? std::nullopt
                           : detail::parse_integer<std::int32_t>(detail::trimmed(pair.substr(colon + 1)));
    const bool is_host = !host.empty() && std::ranges::all_of(host, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             std::string_view("-%._:[]").contains(c);
    });
    if (!count || *count < 0 || !is_host)
      return fail(invalid_config_value(kKey, pair, "Each entry should be in the form {host}:{count}"));
    limits.insert_or_assign(std::string(host), static_cast<std::uint32_t>(*count));
  }
  return limits;
}

/// Assignors are built in; the names of Kafka's classes for them stand for their own: ….UniformAssignor is
/// uniform.
std::vector<std::string> read_assignors(const Configuration& c, const std::string& name) {
  constexpr std::string_view kSuffix = "Assignor";
  std::vector<std::string> assignors = c.list(name);
  for (std::string& assignor : assignors) {
    const std::size_t dot = assignor.rfind('.');
    if (dot == std::string::npos || !assignor.ends_with(kSuffix)) continue;
    assignor = detail::lower_case(assignor.substr(dot + 1, assignor.size() - dot - 1 - kSuffix.size()));
  }
  return assignors;
}

GroupKindConfig read_group_kind(const Configuration& c, std::string_view kind) {
  const auto bounded = [&](std::string_view key) {
    const auto at = [&](std::string_view part) {
      return c.milliseconds(fmt::format("group.{}.{}{}", kind, part, key));
    };
    return GroupKindConfig::Bounded{.value = at(""), .min = at("min."), .max = at("max.")};
  };
  return {.session_timeout = bounded("session.timeout.ms"),
          .heartbeat_interval = bounded("heartbeat.interval.ms"),
          .assignment_interval = bounded("assignment.interval.ms"),
          .size_max = u32(c, fmt::format("group.{}.max.size", kind)),
          .assignors = read_assignors(c, fmt::format("group.{}.assignors", kind))};
}

/// The keys of an internal topic that all of them have, behind its prefix.
InternalTopicConfig read_internal_topic(const Configuration& c, std::string_view prefix, bool alone) {
  const auto key = [&](std::string_view name) { return fmt::format("{}.{}", prefix, name); };
  InternalTopicConfig topic;
  topic.partitions = c.int32(key("num.partitions"));
  topic.segment_bytes = u32(c, key("segment.bytes"));
  const std::string factor = key("replication.factor");
  topic.replication_factor =
      alone && !c.is_set(factor) ? std::int16_t{1} : static_cast<std::int16_t>(c.int32(factor));
  return topic;
}

std::int32_t read_min_insync(const Configuration& c, std::string_view name, bool alone) {
  return alone && !c.is_set(name) ? 1 : c.int32(name);
}

/// A codec's number, or -1 for what cannot be one; the rules refuse that.
std::int8_t read_codec(const Configuration& c, std::string_view name) {
  const std::int32_t codec = c.int32(name);
  return codec < 0 || codec > 127 ? std::int8_t{-1} : static_cast<std::int8_t>(codec);
}

}  // namespace

Result<SocketConfig> read_socket_config(const Configuration& c) {
  auto overrides = read_address_limits(c);
  if (!overrides) return fail(overrides.error());
  return SocketConfig{
      .send_buffer_bytes = c.int32("socket.send.buffer.bytes"),
      .receive_buffer_bytes = c.int32("socket.receive.buffer.bytes"),
      .request_bytes_max = u32(c, "socket.request.max.bytes"),
      .unstable_versions = c.boolean("unstable.api.versions.enable"),
      .listen_backlog = c.int32("socket.listen.backlog.size"),
      .connections_max = u32(c, "max.connections"),
      .connections_per_address_max = u32(c, "max.connections.per.ip"),
      .connections_per_address_overrides = std::move(*overrides),
      .connection_creation_rate_max = u32(c, "max.connection.creation.rate"),
      .idle_time_max = limit_ms(c, "connections.max.idle.ms", 0),
      .failed_authentication_delay = c.milliseconds("connection.failed.authentication.delay.ms"),
      .queued_requests_max = u32(c, "queued.max.requests"),
      .queued_request_bytes_max =
          c.int64("queued.max.request.bytes") > 0 ? limit_bytes(c, "queued.max.request.bytes") : std::nullopt,
      .connection_setup_timeout = c.milliseconds("socket.connection.setup.timeout.ms"),
      .connection_setup_timeout_max = c.milliseconds("socket.connection.setup.timeout.max.ms"),
      .request_timeout = c.milliseconds("request.timeout.ms"),
  };
}

LogManagerConfig read_log_manager_config(const Configuration& c) {
  LogManagerConfig config;
  config.partitions = c.int32("num.partitions");
  // The wire has 16 bits for it; more replicas than that there are not.
  config.replication_factor =
      static_cast<std::int16_t>(std::clamp(c.int32("default.replication.factor"), 1, 32767));
  config.auto_create_topics = c.boolean("auto.create.topics.enable");
  config.delete_topics = c.boolean("delete.topic.enable");
  config.retention_check_interval = c.milliseconds("log.retention.check.interval.ms");
  config.flush_check_interval = c.milliseconds("log.flush.scheduler.interval.ms");
  config.recovery_point_checkpoint_interval = c.milliseconds("log.flush.offset.checkpoint.interval.ms");
  config.start_offset_checkpoint_interval = c.milliseconds("log.flush.start.offset.checkpoint.interval.ms");
  config.initial_task_delay = c.milliseconds("log.initial.task.delay.ms");
  config.dir_failure_timeout = c.milliseconds("log.dir.failure.timeout.ms");
  config.recovery_threads_per_dir = c.int32("num.recovery.threads.per.data.dir");
  if (const auto moves = c.find_int64("num.replica.alter.log.dirs.threads"))
    config.moves_max = static_cast<std::int32_t>(std::max<std::int64_t>(*moves, 1));
  config.cordoned_dirs = c.list("cordoned.log.dirs");
  if (const std::int32_t most = c.int32("sluice.open.files.max"); most > 0)
    config.open_files_max = static_cast<std::uint32_t>(most);
  config.sync_appends = c.text("sluice.durability") == "sync";
  return config;
}

CleanerConfig read_cleaner_config(const Configuration& c) {
  return {.enabled = c.boolean("log.cleaner.enable"),
          .threads = c.int32("log.cleaner.threads"),
          .dedupe_buffer_bytes = u64(c, "log.cleaner.dedupe.buffer.size"),
          .dedupe_buffer_load = c.float64("log.cleaner.io.buffer.load.factor"),
          .io_buffer_bytes = u32(c, "log.cleaner.io.buffer.size"),
          .io_bytes_per_second_max = c.float64("log.cleaner.io.max.bytes.per.second"),
          .backoff = c.milliseconds("log.cleaner.backoff.ms")};
}

ReplicationConfig read_replication_config(const Configuration& c) {
  ReplicationConfig config;
  config.fetchers = c.int32("num.replica.fetchers");
  config.fetch_bytes_max = u32(c, "replica.fetch.max.bytes");
  config.fetch_response_bytes_max = u32(c, "replica.fetch.response.max.bytes");
  config.fetch_bytes_min = u32(c, "replica.fetch.min.bytes");
  config.fetch_wait_max = c.milliseconds("replica.fetch.wait.max.ms");
  config.fetch_backoff = c.milliseconds("replica.fetch.backoff.ms");
  config.lag_time_max = c.milliseconds("replica.lag.time.max.ms");
  config.high_watermark_checkpoint_interval = c.milliseconds("replica.high.watermark.checkpoint.interval.ms");
  config.socket_timeout = c.milliseconds("replica.socket.timeout.ms");
  config.socket_receive_buffer_bytes = c.int32("replica.socket.receive.buffer.bytes");
  config.rack_aware_selector = c.text("replica.selector.class").ends_with("RackAwareReplicaSelector");
  config.auto_leader_rebalance = c.boolean("auto.leader.rebalance.enable");
  config.leader_imbalance_check_interval =
      std::chrono::seconds(c.int64("leader.imbalance.check.interval.seconds"));
  return config;
}

FetchConfig read_fetch_config(const Configuration& c) {
  return {.bytes_max = u32(c, "fetch.max.bytes"),
          .sessions_max = u32(c, "max.incremental.fetch.session.cache.slots"),
          .described_partitions_max = u32(c, "max.request.partition.size.limit")};
}

GroupCoordinatorConfig read_group_coordinator_config(const Configuration& c) {
  GroupCoordinatorConfig config;
  config.protocols = c.list("group.coordinator.rebalance.protocols");
  config.classic = {.session_timeout_min = c.milliseconds("group.min.session.timeout.ms"),
                    .session_timeout_max = c.milliseconds("group.max.session.timeout.ms"),
                    .initial_rebalance_delay = c.milliseconds("group.initial.rebalance.delay.ms"),
                    .size_max = u32(c, "group.max.size")};
  config.consumer = read_group_kind(c, "consumer");
  config.share = read_group_kind(c, "share");
  config.streams = read_group_kind(c, "streams");
  config.topology_descriptions = c.boolean("sluice.streams.topology.descriptions");
  config.migration_policy = detail::lower_case(c.text("group.consumer.migration.policy"));
  config.pattern_refresh_interval = c.milliseconds("group.consumer.regex.refresh.interval.ms");
  config.append_linger = limit_ms(c, "group.coordinator.append.linger.ms", 0);
  return config;
}

OffsetsConfig read_offsets_config(const Configuration& c, bool alone) {
  OffsetsConfig config;
  config.topic = read_internal_topic(c, "offsets.topic", alone);
  config.topic.min_insync_replicas = c.int32("min.insync.replicas");
  config.topic.compression_codec = read_codec(c, "offsets.topic.compression.codec");
  config.topic.load_buffer_bytes = u32(c, "offsets.load.buffer.size");
  config.retention = std::chrono::minutes(c.int32("offsets.retention.minutes"));
  config.retention_check_interval = c.milliseconds("offsets.retention.check.interval.ms");
  config.commit_timeout = c.milliseconds("offsets.commit.timeout.ms");
  config.metadata_bytes_max = u32(c, "offset.metadata.max.bytes");
  return config;
}

TransactionConfig read_transaction_config(const Configuration& c, bool alone) {
  TransactionConfig config;
  config.topic = read_internal_topic(c, "transaction.state.log", alone);
  config.topic.min_insync_replicas = read_min_insync(c, "transaction.state.log.min.isr", alone);
  config.topic.load_buffer_bytes = u32(c, "transaction.state.log.load.buffer.size");
  config.timeout_max = c.milliseconds("transaction.max.timeout.ms");
  config.id_expiration = c.milliseconds("transactional.id.expiration.ms");
  config.abort_check_interval = c.milliseconds("transaction.abort.timed.out.transaction.cleanup.interval.ms");
  config.expiration_check_interval = c.milliseconds("transaction.remove.expired.transaction.cleanup.interval.ms");
  config.producer_id_expiration = c.milliseconds("producer.id.expiration.ms");
  config.producer_id_expiration_check_interval = c.milliseconds("producer.id.expiration.check.interval.ms");
  config.add_patience = c.milliseconds("add.partitions.to.txn.retry.backoff.max.ms");
  config.partition_verification = c.boolean("transaction.partition.verification.enable");
  config.two_phase_commit = c.boolean("transaction.two.phase.commit.enable");
  return config;
}

ShareStateConfig read_share_state_config(const Configuration& c, bool alone) {
  ShareStateConfig config;
  config.topic = read_internal_topic(c, "share.coordinator.state.topic", alone);
  config.topic.min_insync_replicas = read_min_insync(c, "share.coordinator.state.topic.min.isr", alone);
  config.topic.compression_codec = read_codec(c, "share.coordinator.state.topic.compression.codec");
  config.topic.load_buffer_bytes = u32(c, "share.coordinator.load.buffer.size");
  config.append_linger = limit_ms(c, "share.coordinator.append.linger.ms", 0);
  config.write_timeout = c.milliseconds("share.coordinator.write.timeout.ms");
  config.updates_per_snapshot = u32(c, "share.coordinator.snapshot.update.records.per.snapshot");
  config.cold_snapshot_interval = c.milliseconds("share.coordinator.cold.partition.snapshot.interval.ms");
  config.prune_interval = c.milliseconds("share.coordinator.state.topic.prune.interval.ms");
  config.sessions_max = u32(c, "group.share.max.share.sessions");
  config.initialize_retry_interval = c.milliseconds("group.share.initialize.retry.interval.ms");
  return config;
}

MetadataLogConfig read_metadata_log_config(const Configuration& c) {
  MetadataLogConfig config;
  config.segment_bytes = u32(c, "metadata.log.segment.bytes");
  if (const auto small = c.find_int64("internal.metadata.log.segment.bytes"))
    config.segment_bytes = static_cast<std::uint32_t>(std::max<std::int64_t>(*small, 1));
  config.segment_time = c.milliseconds("metadata.log.segment.ms");
  config.retention_bytes = limit_bytes(c, "metadata.max.retention.bytes");
  config.retention_time = limit_ms(c, "metadata.max.retention.ms", 0);
  config.bytes_between_snapshots = u64(c, "metadata.log.max.record.bytes.between.snapshots");
  config.snapshot_interval_max = limit_ms(c, "metadata.log.max.snapshot.interval.ms", 1);
  config.idle_interval_max = limit_ms(c, "metadata.max.idle.interval.ms", 1);
  return config;
}

QuorumTimingConfig read_quorum_timing_config(const Configuration& c) {
  return {.election_timeout = c.milliseconds("controller.quorum.election.timeout.ms"),
          .election_backoff_max = c.milliseconds("controller.quorum.election.backoff.max.ms"),
          .fetch_timeout = c.milliseconds("controller.quorum.fetch.timeout.ms"),
          .request_timeout = c.milliseconds("controller.quorum.request.timeout.ms"),
          .retry_backoff = c.milliseconds("controller.quorum.retry.backoff.ms"),
          .append_linger = c.milliseconds("controller.quorum.append.linger.ms"),
          .fetch_bytes_max = u32(c, "controller.quorum.fetch.max.bytes"),
          .fetch_snapshot_bytes_max = u32(c, "controller.quorum.fetch.snapshot.max.bytes"),
          .auto_join = c.boolean("controller.quorum.auto.join.enable")};
}

BrokerLifecycleConfig read_broker_lifecycle_config(const Configuration& c) {
  return {.heartbeat_interval = c.milliseconds("broker.heartbeat.interval.ms"),
          .session_timeout = c.milliseconds("broker.session.timeout.ms"),
          .initial_registration_timeout = c.milliseconds("initial.broker.registration.timeout.ms"),
          .controlled_shutdown = c.boolean("controlled.shutdown.enable")};
}

}  // namespace sluice
