// server/sim_tables.cc: who writes a compacted topic of a SimWorld, and what must be left of it.
#include <fmt/format.h>

#include "base/number_text.h"
#include "server/sim_world.h"

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {
constexpr const char* kTables = "tables";
constexpr const char* kNumber = "number";

std::int64_t number_of(const client::ConsumedRecord& record) {
  for (const auto& header : record.headers)
    if (header.key == kNumber && header.value)
      return parse_number<std::int64_t>(as_text(*header.value)).value_or(-1);
  return -1;
}
}  // namespace

/// One record at a time, so that what is written of a key has an order that everybody agrees on.
Task<void> SimWorld::keep_tables() {
  std::int64_t number = 0;
  while (!troubled_.stopping()) {
    client::ProducerConfig config;
    config.client = client_config("table-keeper");
    config.acks = client::Acks::all;
    config.max_in_flight_requests_per_connection = 1;
    const Codec codecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};
    config.compression = {.codec = codecs[below(std::size(codecs))]};
    config.max_block = 8s;
    config.delivery_timeout = 20s;
    config.client.request_timeout = 5s;
    client::Producer producer(loop_, network_, config);
    do {
      const std::string key = fmt::format("key-{}", below(6));
      const std::string value(below(300), 'x');
      const bool deletes = one_in(4);
      const std::string text = std::to_string(number);
      // Which write a record is must be seen of deletions too.
      const HeaderView headers[] = {{.key = kNumber, .value = as_bytes(text)}};
      tables_.written(key, number, deletes);
      ++number;
      std::optional<Bytes> bytes;
      if (!deletes) bytes = as_bytes(value);
      const auto delivered = co_await producer.deliver({.topic = kTables,
                                                        .partition = PartitionIndex{0},
                                                        .key = as_bytes(key),
                                                        .value = bytes,
                                                        .headers = headers});
      if (delivered) tables_.acknowledged(key);
    } while (co_await sleep(some_ms(150)) && !one_in(40));
    co_await producer.close(SteadyTime::max());
  }
}

Task<void> SimWorld::audit_tables(std::string when) {
  client::ConsumerConfig config;
  config.client = client_config("table-reader");
  config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
  client::Consumer consumer(loop_, network_, config);
  const TopicPartition partition{kTables, {0}};
  SLUICE_ASSERT(consumer.assign({partition}).has_value());
  Offset end{-1};
  for (const auto& open : node_->partitions()) {
    if (open->name().topic != kTables) continue;
    end = open->log().end();
    compacted_ = compacted_ || open->log().cleaned_to().value > 0;
    if (open->uncleanable()) ledger_.violated(fmt::format("{}: {} cannot be compacted", when, kTables));
  }
  std::vector<TableLedger::Entry> entries;
  const SteadyTime deadline = loop_.now() + 60s;
  Offset next{0};
  while (next < end && loop_.now() < deadline) {
    const auto polled = co_await consumer.poll(500ms);
    if (!polled) {
      ledger_.violated(fmt::format("{}: reading {} fails: {}", when, kTables, polled.error().what));
      break;
    }
    for (const client::PartitionRecords& of : polled->partitions()) {
      for (const client::ConsumedRecord& record : of.records) {
        entries.push_back({.offset = record.offset,
                           .key = std::string(as_text(*record.key)),
                           .number = number_of(record),
                           .deletes = !record.value});
      }
    }
    const auto position = co_await consumer.position(partition);
    if (position) next = *position;
  }
  if (next < end)
    ledger_.violated(fmt::format("{}: {} is read up to {}, not {}", when, kTables, next.value, end.value));
  co_await consumer.close();
  for (const std::string& wrong : tables_.check(entries))
    ledger_.violated(fmt::format("{}: {}: {}", when, kTables, wrong));
}

}  // namespace sluice::sim
