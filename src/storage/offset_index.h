// storage/offset_index.h: where in a segment an offset lies. Kafka's .index file: sorted entries of eight bytes,
// relative offset (int32) and file position (int32), about one for each index.interval.bytes of the log.
//
// An entry says: the batch whose last offset is `offset` begins at `position`.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/detail/index_file.h"
#include "wire/ids.h"

namespace sluice {

class OffsetIndex {
 public:
  static constexpr std::size_t kEntrySize = 8;
  struct Entry {
    Offset offset;
    std::uint32_t position = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  OffsetIndex(LogFilePath path, Offset base, std::uint64_t file_size)
      : file_(std::move(path), kEntrySize, file_size), base_(base) {}

  /// Errors: corrupt (entries out of order or beyond `log_size`; rebuild it), and those of Disk.
  Task<Result<void>> load(Disk& disk, std::uint64_t log_size);
  /// Adds an entry behind the last one; in memory only. `offset` and `position` lie beyond those of the last
  /// entry.
  void append(Offset offset, std::uint32_t position);
  /// Drops what stands for offsets from `end` on; in memory only.
  void truncate_to(Offset end);
  bool is_full(std::int32_t index_bytes_max) const {
    return file_.count() >= static_cast<std::size_t>(index_bytes_max) / kEntrySize;
  }

  /// The last entry whose offset is not beyond `target`, or the segment's beginning.
  Task<Result<Entry>> find(Disk& disk, Offset target);
  /// The first entry whose batch begins at `position` or behind it.
  Task<Result<std::optional<Entry>>> find_beyond(Disk& disk, std::uint64_t position);
  Task<Result<Entry>> read_last(Disk& disk);
  /// The last entry of all, or the segment's beginning; in memory only.
  Entry last() const;

  detail::IndexFile& file() { return file_; }
  const detail::IndexFile& file() const { return file_; }

 private:
  Entry decode(Bytes entry) const;
  detail::IndexFile file_;
  Offset base_;
};

}  // namespace sluice
