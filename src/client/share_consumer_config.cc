#include "client/share_consumer_config.h"

#include <limits>

#include "client/detail/setting_reader.h"

namespace sluice::client {
namespace {

/// Settings of consumers that a share group has for all its members, or not at all.
constexpr std::string_view kRefused[] = {"auto.offset.reset",
                                         "enable.auto.commit",
                                         "group.instance.id",
                                         "isolation.level",
                                         "partition.assignment.strategy",
                                         "interceptor.classes",
                                         "session.timeout.ms",
                                         "heartbeat.interval.ms",
                                         "group.protocol",
                                         "group.remote.assignor"};

}  // namespace

Outcome<void> ShareConsumerConfig::check() const {
  if (client.bootstrap_servers.empty()) return failed(ErrorCode::invalid_config, "bootstrap.servers must be set");
  if (group_id.empty()) return failed(ErrorCode::invalid_config, "a share consumer needs a group.id");
  return {};
}

Outcome<ShareConsumerConfig> ShareConsumerConfig::from(const Settings& settings, ClientConfig defaults) {
  detail::SettingReader reader(settings);
  ShareConsumerConfig config;
  config.client = std::move(defaults);
  detail::read_client_settings(reader, config.client);
  reader.text("group.id", config.group_id);
  reader.choice(
      "share.acknowledgement.mode", config.share_acknowledgement_mode,
      {{"implicit", ShareAcknowledgementMode::implicit}, {"explicit", ShareAcknowledgementMode::explicitly}});
  reader.choice(
      "share.acquire.mode", config.share_acquire_mode,
      {{"batch_optimized", ShareAcquireMode::batch_optimized}, {"record_limit", ShareAcquireMode::record_limit}});
  reader.integer("fetch.min.bytes", config.fetch_min_bytes, 0);
  reader.integer("fetch.max.bytes", config.fetch_max_bytes, 0);
  reader.duration("fetch.max.wait.ms", config.fetch_max_wait);
  reader.integer("max.poll.records", config.max_poll_records, 1);
  reader.duration("max.poll.interval.ms", config.max_poll_interval, 1);
  reader.boolean("check.crcs", config.check_crcs);
  reader.boolean("allow.auto.create.topics", config.client.allow_auto_create_topics);
  for (const std::string_view key : kRefused)
    if (reader.find(key) != nullptr)
      reader.complain(fmt::format("{} cannot be set when using a share group.", key));
  // The broker decides how much of each partition comes, and which offsets are read.
  reader.ignore({"max.partition.fetch.bytes", "exclude.internal.topics", "auto.commit.interval.ms"});
  if (Outcome<void> read = reader.finish(config.client); !read) return failed(std::move(read.error()));
  if (Outcome<void> checked = config.check(); !checked) return failed(std::move(checked.error()));
  return config;
}

}  // namespace sluice::client
