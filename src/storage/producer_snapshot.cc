#include "storage/producer_snapshot.h"

#include <utility>

#include "base/buffer.h"
#include "record/crc32c.h"
#include "storage/log_files.h"

namespace sluice {
namespace producer_snapshot {
namespace {

constexpr std::int16_t kVersion = 1;
constexpr std::size_t kCrc = 2;
constexpr std::size_t kCount = 6;
constexpr std::size_t kEntries = 10;

void encode(const ProducerEntry& producer, MutableBytes into) {
  const ProducerBatch last = producer.batches.empty() ? ProducerBatch{} : producer.batches.back();
  store<std::int64_t>(into, 0, producer.id.value);
  store<std::int16_t>(into, 8, producer.epoch.value);
  store<std::int32_t>(into, 10, last.last_sequence);
  store<std::int64_t>(into, 14, last.last_offset.value);
  store<std::int32_t>(into, 22, last.offset_delta);
  store<std::int64_t>(into, 26, producer.last_timestamp.time_since_epoch().count());
  store<std::int32_t>(into, 34, producer.coordinator_epoch);
  store<std::int64_t>(into, 38, producer.transaction_start ? producer.transaction_start->value : -1);
}

ProducerEntry decode(Bytes from) {
  ProducerEntry producer;
  producer.id = {load<std::int64_t>(from, 0)};
  producer.epoch = {load<std::int16_t>(from, 8)};
  producer.last_timestamp = WallTime{std::chrono::milliseconds{load<std::int64_t>(from, 26)}};
  producer.coordinator_epoch = load<std::int32_t>(from, 34);
  if (const auto start = load<std::int64_t>(from, 38); start >= 0) producer.transaction_start = Offset{start};
  if (const auto last_offset = load<std::int64_t>(from, 14); last_offset >= 0)
    producer.add({.last_sequence = load<std::int32_t>(from, 10),
                  .last_offset = {last_offset},
                  .offset_delta = load<std::int32_t>(from, 22),
                  .timestamp = producer.last_timestamp});
  return producer;
}

}  // namespace

std::string encode(const std::vector<ProducerEntry>& entries) {
  std::string text(kEntries + entries.size() * kEntrySize, '\0');
  const MutableBytes bytes = std::as_writable_bytes(std::span(text));
  store<std::int16_t>(bytes, 0, kVersion);
  store<std::int32_t>(bytes, kCount, static_cast<std::int32_t>(entries.size()));
  for (std::size_t i = 0; i < entries.size(); ++i)
    encode(entries[i], bytes.subspan(kEntries + i * kEntrySize, kEntrySize));
  store<std::uint32_t>(bytes, kCrc, crc32c(bytes.subspan(kCount)));
  return text;
}

Result<std::vector<ProducerEntry>> parse(Bytes bytes) {
  if (bytes.size() < kEntries) return fail(Errc::corrupt, "{} bytes are too few for a snapshot", bytes.size());
  if (const auto version = load<std::int16_t>(bytes, 0); version != kVersion)
    return fail(Errc::unsupported_version, "a producer snapshot of version {}", version);
  if (crc32c(bytes.subspan(kCount)) != load<std::uint32_t>(bytes, kCrc))
    return fail(Errc::corrupt, "a producer snapshot fails its CRC");
  const auto count = load<std::int32_t>(bytes, kCount);
  if (std::cmp_not_equal((bytes.size() - kEntries) / kEntrySize, count) ||
      (bytes.size() - kEntries) % kEntrySize != 0)
    return fail(Errc::corrupt, "a producer snapshot claims {} entries in {} bytes", count, bytes.size());
  std::vector<ProducerEntry> entries;
  for (std::size_t at = kEntries; at < bytes.size(); at += kEntrySize) {
    ProducerEntry entry = decode(bytes.subspan(at, kEntrySize));
    const bool sane = entry.id.value >= 0 && (entry.batches.empty() || (entry.batches.back().offset_delta >= 0 &&
                                                                        entry.batches.back().last_sequence >= -1));
    if (!sane)
      return fail(Errc::corrupt, "a producer snapshot has an impossible entry for producer {}", entry.id.value);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace producer_snapshot

namespace {
constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;
}

std::string ProducerSnapshots::path(Offset offset) const {
  return log_file::path(directory_.directory(), offset, log_file::kProducerSnapshot);
}

std::optional<Offset> ProducerSnapshots::latest() const {
  if (offsets_.empty()) return std::nullopt;
  return *offsets_.rbegin();
}

Task<Result<void>> ProducerSnapshots::take(Disk& disk, const ProducerState& state) {
  const Offset at = state.end();
  if (latest() >= at) co_return Result<void>{};
  const std::string contents = producer_snapshot::encode(state.sorted());
  auto file = co_await disk.open(path(at), OpenMode::replace);
  if (!file) co_return fail(std::move(file.error()));
  auto written = co_await (*file)->write(0, as_bytes(contents));
  if (written) written = co_await (*file)->sync();
  if (written) offsets_.insert(at);
  co_return written;
}

Task<Result<void>> ProducerSnapshots::load_latest(Disk& disk, ProducerState& state, Offset start, Offset end,
                                                  WallTime now, std::chrono::milliseconds expiration) {
  for (auto after = offsets_.upper_bound(end); after != offsets_.begin(); after = offsets_.upper_bound(end)) {
    const Offset at = *std::prev(after);
    const auto bytes = co_await disk.read_file(path(at), kFileBytesMax);
    if (!bytes && bytes.error().code != Errc::not_found) co_return fail(bytes.error());
    auto entries = bytes ? producer_snapshot::parse(as_bytes(*bytes)) : fail(bytes.error());
    if (entries) {
      state.clear(at);
      for (ProducerEntry& entry : *entries) {
        if (!state.is_expired(entry, now, expiration)) state.restore(std::move(entry));
      }
      co_return Result<void>{};
    }
    if (auto removed = co_await remove(disk, at); !removed) co_return removed;
  }
  state.clear(start);
  co_return Result<void>{};
}

Task<Result<void>> ProducerSnapshots::remove(Disk& disk, Offset offset) {
  offsets_.erase(offset);
  auto removed = co_await disk.remove(path(offset));
  if (!removed && removed.error().code == Errc::not_found) co_return Result<void>{};
  co_return removed;
}

Task<Result<void>> ProducerSnapshots::remove_before(Disk& disk, Offset offset) {
  while (!offsets_.empty() && *offsets_.begin() < offset) {
    if (auto removed = co_await remove(disk, *offsets_.begin()); !removed) co_return removed;
  }
  co_return Result<void>{};
}

Task<Result<void>> ProducerSnapshots::remove_after(Disk& disk, Offset offset) {
  while (!offsets_.empty() && *offsets_.rbegin() > offset) {
    if (auto removed = co_await remove(disk, *offsets_.rbegin()); !removed) co_return removed;
  }
  co_return Result<void>{};
}

Task<Result<void>> ProducerSnapshots::remove_strays(Disk& disk, std::set<Offset> segment_bases) {
  std::vector<Offset> strays;
  for (const Offset offset : offsets_) {
    if (!segment_bases.contains(offset) && offset != *latest()) strays.push_back(offset);
  }
  for (const Offset offset : strays) {
    if (auto removed = co_await remove(disk, offset); !removed) co_return removed;
  }
  co_return Result<void>{};
}

}  // namespace sluice
