// tools/dump/dump_state.cc: .txnindex and .snapshot files: aborted transactions, and the producers of a log.
#include <fmt/format.h>

#include "storage/producer_snapshot.h"
#include "storage/transaction_index.h"
#include "tools/dump/dump.h"
#include "tools/dump/segment_file.h"

namespace sluice::tools {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

std::string describe(const ProducerEntry& producer) {
  const std::string start = producer.transaction_start
                                ? fmt::format("OptionalLong[{}]", producer.transaction_start->value)
                                : "OptionalLong.empty";
  std::string line = fmt::format(
      "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {}",
      producer.id.value, producer.epoch.value, producer.coordinator_epoch, start,
      producer.last_timestamp.time_since_epoch().count());
  if (producer.batches.empty()) return line;
  const ProducerBatch& batch = producer.batches.front();
  return line + fmt::format(" firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
                            batch.first_sequence(), batch.last_sequence, batch.last_offset.value,
                            batch.offset_delta, batch.timestamp.time_since_epoch().count());
}

}  // namespace

Result<void> dump_transaction_index(const std::string& path) {
  const auto bytes = read_whole(path, kFileBytesMax);
  if (!bytes) return fail(bytes.error());
  const auto entries = TransactionIndex::parse(*bytes);
  if (!entries) return fail(Errc::corrupt, "{}: {}", path, entries.error().what);
  for (const AbortedTransaction& aborted : *entries)
    fmt::print("version: 0 producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}\n",
               aborted.producer_id.value, aborted.first_offset.value, aborted.last_offset.value,
               aborted.last_stable_offset.value);
  return {};
}

Result<void> dump_producer_snapshot(const std::string& path) {
  const auto bytes = read_whole(path, kFileBytesMax);
  if (!bytes) return fail(bytes.error());
  const auto producers = producer_snapshot::parse(*bytes);
  if (!producers) {  // The dump goes on with the next file, as Kafka's does.
    fmt::print(stderr, "{}: {}\n", path, producers.error().what);
    return {};
  }
  for (const ProducerEntry& producer : *producers) fmt::print("{}\n", describe(producer));
  return {};
}

}  // namespace sluice::tools
