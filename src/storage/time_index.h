// storage/time_index.h: where in a segment a time is reached. Kafka's .timeindex file: sorted entries of twelve
// bytes, timestamp (int64, milliseconds) and relative offset (int32).
//
// An entry says: no record before `offset` in the segment is later than `timestamp`.
#pragma once

#include <cstdint>

#include "base/loop.h"
#include "storage/detail/index_file.h"
#include "wire/ids.h"

namespace sluice {

class TimeIndex {
 public:
  static constexpr std::size_t kEntrySize = 12;
  struct Entry {
    WallTime timestamp;  ///< -1 where nothing is indexed.
    Offset offset;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  TimeIndex(LogFilePath path, Offset base, std::uint64_t file_size)
      : file_(std::move(path), kEntrySize, file_size), base_(base) {}

  /// Errors: corrupt (entries out of order; rebuild it), and those of Disk.
  Task<Result<void>> load(Disk& disk);
  /// Adds an entry unless the last one has already reached that time; in memory only.
  void append(WallTime timestamp, Offset offset);
  /// Drops what stands for offsets from `end` on; in memory only.
  void truncate_to(Offset end);
  /// One entry is kept free for the one that is added when the segment is rolled.
  bool is_full(std::int32_t index_bytes_max) const {
    return file_.count() + 1 >= static_cast<std::size_t>(index_bytes_max) / kEntrySize;
  }

  /// The last entry whose time is not beyond `target`; the segment's beginning if there is none.
  Task<Result<Entry>> find(Disk& disk, WallTime target);
  Task<Result<Entry>> read_last(Disk& disk);
  /// The last entry; in memory only.
  Entry last() const;

  detail::IndexFile& file() { return file_; }
  const detail::IndexFile& file() const { return file_; }

 private:
  Entry none() const { return {.timestamp = WallTime{std::chrono::milliseconds{-1}}, .offset = base_}; }
  Entry decode(Bytes entry) const;
  detail::IndexFile file_;
  Offset base_;
};

}  // namespace sluice
