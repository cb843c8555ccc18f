// tools/dump/dump_index.cc: .index and .timeindex files, held against the segment that they are of.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "tools/dump/dump.h"
#include "tools/dump/entry.h"
#include "tools/dump/segment_file.h"

namespace sluice::tools {
namespace {

constexpr std::size_t kIndexBytesMax = std::size_t{1} << 31;
constexpr std::size_t kOffsetEntrySize = 8;
constexpr std::size_t kTimeEntrySize = 12;

struct OffsetEntry {
  std::int64_t offset = 0;
  std::int32_t position = 0;
};

struct TimeEntry {
  std::int64_t timestamp = 0;
  std::int64_t offset = 0;
};

/// The entries of an index; bytes that make no whole entry are left out of them.
template <class Entry>
struct Index {
  std::int64_t base = 0;
  std::size_t file_size = 0;
  std::vector<Entry> entries;
};

Result<Index<OffsetEntry>> read_offset_index(const std::string& path) {
  const auto base = offset_of(path);
  if (!base) return fail(base.error());
  const auto bytes = read_whole(path, kIndexBytesMax);
  if (!bytes) return fail(bytes.error());
  Index<OffsetEntry> index{.base = *base, .file_size = bytes->size(), .entries = {}};
  for (std::size_t at = 0; at + kOffsetEntrySize <= bytes->size(); at += kOffsetEntrySize)
    index.entries.push_back(
        {.offset = *base + load<std::int32_t>(*bytes, at), .position = load<std::int32_t>(*bytes, at + 4)});
  return index;
}

Result<Index<TimeEntry>> read_time_index(const std::string& path) {
  const auto base = offset_of(path);
  if (!base) return fail(base.error());
  const auto bytes = read_whole(path, kIndexBytesMax);
  if (!bytes) return fail(bytes.error());
  Index<TimeEntry> index{.base = *base, .file_size = bytes->size(), .entries = {}};
  for (std::size_t at = 0; at + kTimeEntrySize <= bytes->size(); at += kTimeEntrySize)
    index.entries.push_back(
        {.timestamp = load<std::int64_t>(*bytes, at), .offset = *base + load<std::int32_t>(*bytes, at + 8)});
  return index;
}

/// What a broker checks when it starts. Errors: corrupt, in Kafka's words.
Result<void> check_sanity(const std::string& path, const Index<OffsetEntry>& index) {
  if (!index.entries.empty() && index.entries.back().offset < index.base)
    return fail(
        Errc::corrupt,
        "Corrupt index found, index file {} has non-zero size but the last offset is {} which is less than the "
        "base offset {}",
        path, index.entries.back().offset, index.base);
  if (index.file_size % kOffsetEntrySize != 0)
    return fail(Errc::corrupt,
                "Index file {} is corrupt, found {} bytes which is neither positive nor a multiple of {}", path,
                index.file_size, kOffsetEntrySize);
  return {};
}

Result<void> check_sanity(const std::string& path, const Index<TimeEntry>& index) {
  if (!index.entries.empty() && index.entries.back().timestamp < index.entries.front().timestamp)
    return fail(
        Errc::corrupt,
        "Corrupt time index found, time index file ({}) has non-zero size but the last timestamp is {} which is "
        "less than the first timestamp {}",
        path, index.entries.back().timestamp, index.entries.front().timestamp);
  if (!index.entries.empty() && index.entries.back().offset < index.base)
    return fail(
        Errc::corrupt,
        "Corrupt time index found, time index file ({}) has non-zero size but the last offset is {} which is less "
        "than the first offset {}",
        path, index.entries.back().offset, index.base);
  if (index.file_size % kTimeEntrySize != 0)
    return fail(Errc::corrupt,
                "Time index file {} is corrupt, found {} bytes which is neither positive nor a multiple of {}",
                path, index.file_size, kTimeEntrySize);
  return {};
}

/// The last offset of the batch at `position`. Errors: corrupt (there is none).
Result<std::int64_t> last_offset_at(SegmentFile& log, std::int32_t position, std::int32_t bytes_max) {
  if (position < 0 || std::cmp_greater(position, log.size()))
    return fail(Errc::corrupt, "Slice from position {} exceeds end position of the log, {}", position, log.size());
  const auto begin = static_cast<std::uint64_t>(position);
  const auto entry = log.read(begin, begin + static_cast<std::uint64_t>(std::max(bytes_max, 0)));
  if (!entry) return fail(entry.error());
  if (!*entry) return fail(Errc::corrupt, "There is no whole batch at position {} of the log", position);
  const auto fields = EntryFields::read((*entry)->bytes);
  if (!fields) return fail(fields.error());
  return fields->last_offset();
}

/// The first batch from `position` on whose last offset is not before `offset`, if there is one.
struct FoundBatch {
  std::int64_t last_offset = 0;
  std::int64_t max_timestamp = -1;  ///< Of its records.
};

Result<std::optional<FoundBatch>> find_batch(SegmentFile& log, std::uint64_t position, std::int64_t offset) {
  while (true) {
    const auto entry = log.read(position, log.size());
    if (!entry) return fail(entry.error());
    if (!*entry) return std::nullopt;
    const Bytes bytes = (*entry)->bytes;
    const auto fields = EntryFields::read(bytes);
    if (!fields) return fail(fields.error());
    position += bytes.size();
    if (fields->last_offset() < offset) continue;
    FoundBatch found{.last_offset = fields->last_offset(), .max_timestamp = -1};
    if (found.last_offset != offset) return found;
    const auto visited = visit_records(bytes, [&found](const EntryRecord& entry_record) -> Result<void> {
      found.max_timestamp =
          std::max(found.max_timestamp, entry_record.record.timestamp.time_since_epoch().count());
      return {};
    });
    if (!visited) return fail(visited.error());
    return found;
  }
}

/// Where the search for `offset` begins.
std::uint64_t position_of(const Index<OffsetEntry>& index, std::int64_t offset) {
  const auto beyond = std::ranges::upper_bound(index.entries, offset, {}, &OffsetEntry::offset);
  if (beyond == index.entries.begin()) return 0;
  return static_cast<std::uint64_t>(std::max(std::prev(beyond)->position, 0));
}

Result<void> check_time(const std::string& path, SegmentFile& log, const Index<OffsetEntry>& offsets,
                        const TimeEntry& entry, std::int64_t previous, Findings& findings) {
  const auto found = find_batch(log, position_of(offsets, entry.offset), entry.offset);
  if (!found) return fail(found.error());
  if (!*found || (*found)->last_offset != entry.offset) {
    findings.offset_not_found(path, entry.offset, *found ? (*found)->last_offset : -1);
    return {};
  }
  if ((*found)->max_timestamp != entry.timestamp)
    findings.time_mismatch(path, entry.timestamp, (*found)->max_timestamp);
  if (previous >= entry.timestamp) findings.time_out_of_order(path, entry.timestamp, previous);
  return {};
}

}  // namespace

Result<void> dump_offset_index(const std::string& path, const DumpOptions& options, Findings& findings) {
  auto log = SegmentFile::open(sibling_of(path, ".log"));
  if (!log) return fail(log.error());
  const auto index = read_offset_index(path);
  if (!index) return fail(index.error());
  if (index->entries.empty()) {
    fmt::print("{} is empty.\n", path);
    return {};
  }
  if (options.sanity_only) {
    if (auto sane = check_sanity(std::filesystem::absolute(path).string(), *index); !sane) return sane;
    fmt::print("{} passed sanity check.\n", path);
    return {};
  }
  for (std::size_t i = 0; i < index->entries.size(); ++i) {
    const OffsetEntry& entry = index->entries[i];
    if (entry.offset == index->base && i > 0) break;  // What a crash left of the space that was reserved: zeros.
    const auto last_offset = last_offset_at(*log, entry.position, options.message_bytes_max);
    if (!last_offset) return fail(last_offset.error());
    if (*last_offset != entry.offset) findings.index_mismatch(path, entry.offset, *last_offset);
    if (!options.verify_only) fmt::print("offset: {} position: {}\n", entry.offset, entry.position);
  }
  return {};
}

Result<void> dump_time_index(const std::string& path, const DumpOptions& options, Findings& findings) {
  auto log = SegmentFile::open(sibling_of(path, ".log"));
  if (!log) return fail(log.error());
  const auto offsets = read_offset_index(sibling_of(path, ".index"));
  if (!offsets) return fail(offsets.error());
  const auto index = read_time_index(path);
  if (!index) return fail(index.error());
  if (options.sanity_only) {
    if (auto sane = check_sanity(std::filesystem::absolute(path).string(), *index); !sane) return sane;
    fmt::print("{} passed sanity check.\n", path);
    return {};
  }
  std::int64_t previous = -1;
  for (std::size_t i = 0; i < index->entries.size(); ++i) {
    const TimeEntry& entry = index->entries[i];
    if (entry.offset == index->base && i > 0) break;  // As above.
    if (auto checked = check_time(path, *log, *offsets, entry, previous, findings); !checked) return checked;
    if (!options.verify_only) fmt::print("timestamp: {} offset: {}\n", entry.timestamp, entry.offset);
    previous = entry.timestamp;
  }
  return {};
}

}  // namespace sluice::tools
