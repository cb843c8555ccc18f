// storage/transaction_index.h: the transactions that were aborted in a segment. Kafka's .txnindex file: entries of
// 34 bytes in the order of their markers: version (int16, 0), producer id, first offset, last offset (that of the
// marker), last stable offset when the marker was written (int64 each).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/disk.h"
#include "storage/log_path.h"
#include "wire/ids.h"

namespace sluice {

struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;
  Offset last_stable_offset;
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

/// Small: kept in memory once it was touched. The file is made with its first entry.
class TransactionIndex {
 public:
  static constexpr std::size_t kEntrySize = 34;

  TransactionIndex(LogFilePath path, bool file_exists) : path_(std::move(path)), file_exists_(file_exists) {}

  /// Writes the entry behind the others. Errors: as of Disk.
  Task<Result<void>> append(Disk& disk, AbortedTransaction aborted);
  /// Adds to `into` what touches offsets from `from` to before `to`. Returns true when an entry shows that no
  /// later segment can hold more of them.
  Task<Result<bool>> collect(Disk& disk, Offset from, Offset to, std::vector<AbortedTransaction>& into);
  /// Drops what was aborted at `end` or later.
  Task<Result<void>> truncate_to(Disk& disk, Offset end);
  Task<Result<void>> sync(Disk& disk);
  /// Errors: corrupt, and those of Disk.
  Task<Result<void>> load(Disk& disk);
  /// All entries; after load() only.
  const std::vector<AbortedTransaction>& entries() const { return entries_; }

  bool has_file() const { return file_exists_; }
  std::string path() const { return path_.text(); }
  void set_path(LogFilePath path) { path_ = std::move(path); }

  /// The entries in a file's bytes. Errors: corrupt (a torn entry, a version or an order that cannot be).
  static Result<std::vector<AbortedTransaction>> parse(Bytes bytes);

 private:
  LogFilePath path_;
  bool file_exists_;
  bool loaded_ = false;
  std::vector<AbortedTransaction> entries_;
};

}  // namespace sluice
