// storage/detail/index_file.h: a file of sorted entries of one size, as offset and time indexes are.
//
// While its segment is active all entries are in memory, and the file is brought up to date when the segment is
// rolled or closed: after a crash the indexes of unflushed segments are rebuilt in any case. The others stay on
// disk, and a look-up reads a few entries and then one small block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/buffer.h"
#include "base/disk.h"
#include "storage/log_path.h"

namespace sluice::detail {

class IndexFile {
 public:
  /// `size` is the file's; a torn last entry does not count.
  IndexFile(LogFilePath path, std::size_t entry_size, std::uint64_t size)
      : path_(std::move(path)), entry_size_(entry_size), count_(size / entry_size) {}

  std::size_t count() const { return count_; }
  std::size_t entry_size() const { return entry_size_; }
  bool in_memory() const { return in_memory_; }
  std::string path() const { return path_.text(); }
  void set_path(LogFilePath path) { path_ = std::move(path); }

  /// Reads the file into memory, where entries can be added. Errors: as of Disk.
  Task<Result<void>> load(Disk& disk);
  /// Begins an empty index in memory, whatever the file holds.
  void reset();
  /// In memory only: one more entry, the first `count` entries alone, the bytes of one.
  void append(Bytes entry);
  void truncate(std::size_t count);
  Bytes entry(std::size_t at) const { return entries_.bytes().subspan(at * entry_size_, entry_size_); }

  /// Brings the file up to date and to its exact size; does nothing if it is already.
  Task<Result<void>> write(Disk& disk);
  Task<Result<void>> sync(Disk& disk);
  /// Gives the memory back; the file must be up to date.
  void unload();
  void close_file() { file_.reset(); }
  bool is_open() const { return file_ != nullptr; }

  /// Whether an entry lies before what is looked for. Called on the spot with bytes that live for the call.
  using Before = std::function<bool(Bytes entry)>;
  /// How many entries lie before what is looked for; they are all at the front. The last of these is copied to
  /// `last` if there is one.
  Task<Result<std::size_t>> find(Disk& disk, Before before, MutableBytes last);
  /// Copies one entry.
  Task<Result<void>> read(Disk& disk, std::size_t at, MutableBytes into);

 private:
  Task<Result<void>> open(Disk& disk, OpenMode mode);
  Task<Result<void>> read_block(Disk& disk, std::size_t at, MutableBytes into);

  LogFilePath path_;
  std::size_t entry_size_;
  std::size_t count_;
  std::size_t written_ = 0;  ///< Entries in memory that the file holds too.
  bool exact_ = false;       ///< The file's size is that of the written entries.
  bool in_memory_ = false;
  Buffer entries_;
  std::shared_ptr<File> file_;
};

}  // namespace sluice::detail
