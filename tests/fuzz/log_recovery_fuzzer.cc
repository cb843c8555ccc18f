// Recovery of a log's directory whatever its files hold. What comes out must be a log: batches in order, readable
// to the end, the same when it is opened again, and fit to be appended to.
//
// Input: a byte of flags, then files: a byte that says which, two bytes of length, the contents.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "record/batch_view.h"
#include "record/crc32c.h"
#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"
#include "storage/log.h"

namespace sluice {
namespace {

constexpr std::uint8_t kClean = 1;      ///< The log is said to have been closed.
constexpr std::uint8_t kMendCrcs = 2;   ///< Batches get the CRC that fits them, so that what they say is believed.
constexpr std::uint8_t kCompacted = 4;  ///< cleanup.policy=compact
constexpr std::uint8_t kPastPoint = 8;  ///< The recovery point lies behind the first segment.

constexpr const char* kFiles[] = {
    "00000000000000000000.log",         "00000000000000000000.index",       "00000000000000000000.timeindex",
    "00000000000000000000.txnindex",    "00000000000000000000.snapshot",    "00000000000000000005.log",
    "00000000000000000005.index",       "00000000000000000005.timeindex",   "00000000000000000005.txnindex",
    "00000000000000000005.snapshot",    "00000000000000000000.log.swap",    "00000000000000000000.index.swap",
    "00000000000000000005.log.cleaned", "00000000000000000005.log.deleted", "leader-epoch-checkpoint",
    "00000000000000000009.snapshot"};

void mend_crcs(std::string& file) {
  MutableBytes rest = std::as_writable_bytes(std::span(file));
  while (rest.size() > kBatchHeaderSize) {
    const auto length = load<std::int32_t>(rest, batch_field::kLength);
    const std::size_t size = static_cast<std::size_t>(length) + batch_field::kLeaderEpoch;
    if (length < 0 || size > rest.size() || size < kBatchHeaderSize) return;
    store(rest, batch_field::kCrc, crc32c(rest.first(size).subspan(batch_field::kAttributes)));
    rest = rest.subspan(size);
  }
}

/// Reads the log from its start to its end and checks that its batches are in order.
void read_all(sim::SimLoop& loop, Log& log) {
  for (Offset from = log.start(); from < log.end();) {
    const auto slice = loop.run(log.read({.from = from, .limit = log.end(), .bytes_max = 1 << 16}));
    SLUICE_ASSERT(slice.has_value());
    if (slice->empty()) break;
    const auto bytes = loop.run(slice->read());
    SLUICE_ASSERT(bytes.has_value());
    std::size_t position = 0;
    while (position < bytes->size()) {
      const auto head = EntryHead::read(bytes->bytes().subspan(position));
      if (!head || head->size > bytes->size() - position) break;
      if (head->magic == 2) {
        const auto batch = BatchHeader::read(bytes->bytes().subspan(position));
        SLUICE_ASSERT(batch.has_value() && batch->next_offset() > from && batch->next_offset() <= log.end());
        from = batch->next_offset();
      } else {
        SLUICE_ASSERT(head->offset >= from);
        from = head->offset + 1;
      }
      position += head->size;
    }
    SLUICE_ASSERT(position > 0);
  }
}

Result<std::unique_ptr<Log>> open(sim::SimLoop& loop, sim::SimDisk& disk, std::uint8_t flags) {
  LogOpening opening{.directory = "t-0"};
  opening.clean = (flags & kClean) != 0;
  opening.config.cleanup_compact = (flags & kCompacted) != 0;
  if ((flags & kPastPoint) != 0) opening.recovery_point = {6};
  return loop.run(Log::open(loop, disk, std::move(opening)));
}

void run(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return;
  const std::uint8_t flags = data[0];
  sim::SimLoop loop(1);
  sim::SimDisk disk(loop);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (rest.size() >= 3) {
    const std::size_t which = static_cast<std::uint8_t>(rest[0]) % std::size(kFiles);
    const std::size_t length = std::min<std::size_t>(
        static_cast<std::uint8_t>(rest[1]) * std::size_t{256} + static_cast<std::uint8_t>(rest[2]),
        rest.size() - 3);
    std::string contents(rest.substr(3, length));
    if ((flags & kMendCrcs) != 0 && std::string_view(kFiles[which]).find(".log") != std::string_view::npos)
      mend_crcs(contents);
    disk.set_contents(std::string("t-0/") + kFiles[which], contents);
    rest.remove_prefix(3 + length);
  }

  auto log = open(loop, disk, flags);
  if (!log) return;  // A log that is damaged before its recovery point may be refused.
  // What was not recovered may be damaged where nobody has looked yet.
  const bool checked = (flags & (kClean | kPastPoint)) == 0;
  if (checked) read_all(loop, **log);
  const Offset end = (*log)->end();
  loop.run((*log)->abandon());
  log->reset();
  if (!checked) return;

  log = open(loop, disk, flags);
  SLUICE_ASSERT(log.has_value() && (*log)->end() == end && (*log)->recovery().cut_bytes == 0);
  if (loop.run((*log)->close())) {
    auto again = open(loop, disk, kClean);
    SLUICE_ASSERT(again.has_value() && (*again)->end() == end);
    loop.run((*again)->abandon());
  }
  loop.run((*log)->abandon());
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::run(data, size);
  return 0;
}
