// storage/detail/log_scanner.h: the batches of a log file, one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/buffer.h"
#include "base/disk.h"
#include "record/batch_view.h"

namespace sluice::detail {

/// One batch in a log file, or one message of magic 0 or 1.
struct LogEntry {
  Offset base;  ///< Of an old message: its own offset, which for a compressed set is that of its last message.
  Offset last;
  std::uint32_t position = 0;
  std::uint32_t size = 0;
  std::int8_t magic = 0;
  LeaderEpoch epoch{-1};
  WallTime max_timestamp = kNoTimestamp;

  Offset next() const { return last + 1; }
  std::uint32_t end() const { return position + size; }
};

/// What the first bytes of an entry say; they must reach over its header. Errors: incomplete, corrupt and its
/// like.
Result<LogEntry> read_entry_header(Bytes bytes, std::uint32_t position);

/// Reads forward from a position, in chunks. Errors of next(): incomplete (the file ends within an entry), corrupt
/// and its like (what lies there is no entry), and those of File. After an error it stays where it is.
class LogScanner {
 public:
  /// Looks at the bytes from `position` to before `end`. `chunk` is what is read at once: small for a look-up,
  /// large for a scan.
  LogScanner(std::shared_ptr<File> file, std::uint32_t position, std::uint32_t end, std::size_t chunk)
      : file_(std::move(file)), position_(position), end_(end), chunk_(chunk) {}

  /// The next entry by its header alone; none at the end.
  Task<Result<std::optional<LogEntry>>> next();
  /// As next(), with the entry's bytes read; bytes() views them until the next call.
  Task<Result<std::optional<LogEntry>>> next_whole();
  /// As next_whole(), with the CRC checked.
  Task<Result<std::optional<LogEntry>>> next_checked();
  Bytes bytes() const { return found_; }

  std::uint32_t position() const { return position_; }

 private:
  /// The bytes at `position_`: at least `count` of them, or fewer where the file ends.
  Task<Result<Bytes>> need(std::size_t count);

  std::shared_ptr<File> file_;
  std::uint32_t position_;
  std::uint32_t end_;
  std::size_t chunk_;
  Buffer buffer_;
  std::uint32_t buffer_begin_ = 0;
  Bytes found_;
};

}  // namespace sluice::detail
