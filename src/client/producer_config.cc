#include "client/producer_config.h"

#include "client/detail/setting_reader.h"

namespace sluice::client {
namespace {

void read_compression(detail::SettingReader& reader, Compression& compression) {
  reader.choice("compression.type", compression.codec,
                {{"none", Codec::none},
                 {"gzip", Codec::gzip},
                 {"snappy", Codec::snappy},
                 {"lz4", Codec::lz4},
                 {"zstd", Codec::zstd}});
  int gzip = -1;
  int lz4 = 9;
  int zstd = 3;
  reader.integer("compression.gzip.level", gzip, -1, 9);
  reader.integer("compression.lz4.level", lz4, 1, 17);
  reader.integer("compression.zstd.level", zstd, -131'072, 22);
  if (gzip == 0) reader.complain("Invalid value 0 for configuration compression.gzip.level: must be -1 or 1 to 9");
  if (compression.codec == Codec::gzip) compression.level = gzip;
  if (compression.codec == Codec::lz4) compression.level = lz4;
  if (compression.codec == Codec::zstd) compression.level = zstd;
}

}  // namespace

Outcome<void> ProducerConfig::check() const {
  if (client.bootstrap_servers.empty()) return failed(ErrorCode::invalid_config, "bootstrap.servers must be set");
  if (delivery_timeout < linger + client.request_timeout)
    return failed(ErrorCode::invalid_config,
                  "delivery.timeout.ms must be at least linger.ms plus request.timeout.ms, {} here",
                  (linger + client.request_timeout).count());
  const bool asked = enable_idempotence.value_or(false) || transactional_id.has_value();
  if (asked && acks != Acks::all) return failed(ErrorCode::invalid_config, "idempotence needs acks=all");
  if (asked && retries == 0) return failed(ErrorCode::invalid_config, "idempotence needs retries above 0");
  if (asked && max_in_flight_requests_per_connection > 5)
    return failed(ErrorCode::invalid_config,
                  "idempotence needs max.in.flight.requests.per.connection of at most 5");
  if (transactional_id && !idempotent())
    return failed(ErrorCode::invalid_config, "transactional.id needs enable.idempotence=true");
  return {};
}

Outcome<ProducerConfig> ProducerConfig::from(const Settings& settings, ClientConfig defaults) {
  detail::SettingReader reader(settings);
  ProducerConfig config;
  config.client = std::move(defaults);
  detail::read_client_settings(reader, config.client);
  reader.choice("acks", config.acks,
                {{"all", Acks::all}, {"-1", Acks::all}, {"0", Acks::none}, {"1", Acks::leader}});
  reader.duration("linger.ms", config.linger);
  reader.integer("batch.size", config.batch_size, 0, std::numeric_limits<std::int32_t>::max());
  reader.integer("buffer.memory", config.buffer_memory, 0, std::numeric_limits<std::int64_t>::max());
  reader.integer("max.request.size", config.max_request_size, 0, std::numeric_limits<std::int32_t>::max());
  reader.duration("max.block.ms", config.max_block);
  reader.duration("delivery.timeout.ms", config.delivery_timeout);
  // Who shortens or lengthens the one and leaves the other to its default did not mean to contradict himself.
  if (!reader.is_set("delivery.timeout.ms"))
    config.delivery_timeout = std::max(config.delivery_timeout, config.linger + config.client.request_timeout);
  read_compression(reader, config.compression);
  if (reader.is_set("enable.idempotence")) {
    bool wanted = true;
    reader.boolean("enable.idempotence", wanted);
    config.enable_idempotence = wanted;
  }
  reader.integer("max.in.flight.requests.per.connection", config.max_in_flight_requests_per_connection, 1);
  reader.integer("retries", config.retries, 0);
  using enum PartitionerKind;
  reader.choice("partitioner.class", config.partitioner,
                {{"", standard},
                 {"org.apache.kafka.clients.producer.RoundRobinPartitioner", round_robin},
                 {"round_robin", round_robin}});
  reader.boolean("partitioner.ignore.keys", config.partitioner_ignore_keys);
  reader.boolean("partitioner.adaptive.partitioning.enable", config.partitioner_adaptive_partitioning_enable);
  reader.ignore(
      {"partitioner.availability.timeout.ms", "metadata.max.idle.ms", "transaction.two.phase.commit.enable"});
  if (const std::string* id = reader.find("transactional.id")) config.transactional_id = *id;
  reader.duration("transaction.timeout.ms", config.transaction_timeout, 1);
  if (Outcome<void> read = reader.finish(config.client); !read) return failed(std::move(read.error()));
  if (Outcome<void> checked = config.check(); !checked) return failed(std::move(checked.error()));
  return config;
}

}  // namespace sluice::client
