// Every parser of a small file of storage. What is accepted must come out again as it went in, in meaning.
//
// Input: a byte that says which parser, then the file.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "storage/checkpoint_file.h"
#include "storage/clean_shutdown.h"
#include "storage/leader_epochs.h"
#include "storage/log_name.h"
#include "storage/meta_properties.h"
#include "storage/partition_metadata.h"
#include "storage/producer_snapshot.h"
#include "storage/transaction_index.h"

namespace sluice {
namespace {

void offset_checkpoint(std::string_view text) {
  const auto offsets = OffsetCheckpoint::parse(text);
  if (!offsets) return;
  const auto again = OffsetCheckpoint::parse(OffsetCheckpoint::format(*offsets));
  SLUICE_ASSERT(again.has_value() && *again == *offsets);
}

void leader_epochs(std::string_view text) {
  const auto entries = LeaderEpochs::parse(text);
  if (!entries) return;
  for (std::size_t i = 1; i < entries->size(); ++i) SLUICE_ASSERT((*entries)[i - 1].epoch < (*entries)[i].epoch);
}

void snapshot(std::string_view text) {
  const auto entries = producer_snapshot::parse(as_bytes(text));
  if (!entries) return;
  const auto again = producer_snapshot::parse(as_bytes(producer_snapshot::encode(*entries)));
  SLUICE_ASSERT(again.has_value() && *again == *entries);
}

void meta_properties(std::string_view text) {
  const auto meta = MetaProperties::parse(text);
  if (meta) (void)meta->format(WallTime{});
}

void partition(std::string_view text) {
  const auto id = partition_metadata::parse(text);
  if (id) SLUICE_ASSERT(partition_metadata::parse(partition_metadata::format(*id)) == *id);
}

void directory_name(std::string_view text) {
  const auto name = LogDirectoryName::parse(text);
  if (!name || name->log.topic.size() > 200) return;
  const std::string again = LogDirectoryName::format(name->log, name->kind, "0123456789abcdef0123456789abcdef");
  SLUICE_ASSERT(LogDirectoryName::parse(again) == *name);
}

void run(std::uint8_t which, std::string_view text) {
  switch (which % 8) {
    case 0: return offset_checkpoint(text);
    case 1: return leader_epochs(text);
    case 2: return snapshot(text);
    case 3: (void)TransactionIndex::parse(as_bytes(text)); return;
    case 4: return meta_properties(text);
    case 5: return partition(text);
    case 6: (void)CleanShutdown::parse(text); return;
    default: return directory_name(text);
  }
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  sluice::run(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
