// base/disk.h: files, behind the seam that the simulator and the fault tests replace.
//
// Every call may wait and none blocks the shard's thread for long: production does what the page cache can answer
// on the spot and leaves the rest to a small pool of threads. Errors are those of system_error(): not_found,
// no_space, permission_denied, io …
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/task.h"

namespace sluice {

/// An open file. Belongs to the shard that opened it. Closed when destroyed.
class File {
 public:
  virtual ~File() = default;

  /// Fills `into` from `position`; fewer bytes only where the file ends. Returns how many.
  virtual Task<Result<std::size_t>> read(std::uint64_t position, MutableBytes into) = 0;
  /// Writes all of `parts`, one behind the other, from `position`. After an error it is unknown how much was
  /// written.
  virtual Task<Result<void>> write(std::uint64_t position, std::span<const Bytes> parts) = 0;
  /// Returns when all that was written is durable (fdatasync). After an error nothing unsynced may be counted on,
  /// whatever a second try says.
  virtual Task<Result<void>> sync() = 0;
  virtual Task<Result<void>> truncate(std::uint64_t size) = 0;
  /// Reserves room for `size` bytes and makes that the file's size (posix_fallocate).
  virtual Task<Result<void>> allocate(std::uint64_t size) = 0;
  virtual Task<Result<std::uint64_t>> size() = 0;
  /// For sendfile, from any thread while this object lives; -1 where there is none (the simulator).
  virtual int descriptor() const = 0;

  Task<Result<void>> write(std::uint64_t position, Bytes bytes);
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size = 0;
};

enum class OpenMode {
  read,        ///< Must exist.
  read_write,  ///< Must exist.
  create,      ///< Created if missing, kept as it is if not; for reading and writing.
  replace,     ///< Created if missing, emptied if not; for reading and writing.
};

/// A holder of an exclusive lock on a file; released when destroyed.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) = 0;
  /// Sorted by name.
  virtual Task<Result<std::vector<DirectoryEntry>>> list(std::string path) = 0;
  /// Makes it and what is missing above it; fine if it exists.
  virtual Task<Result<void>> make_directory(std::string path) = 0;
  /// A file or an empty directory.
  virtual Task<Result<void>> remove(std::string path) = 0;
  /// A directory with all in it; fine if it does not exist.
  virtual Task<Result<void>> remove_all(std::string path) = 0;
  /// Atomic, replacing what is there.
  virtual Task<Result<void>> rename(std::string from, std::string to) = 0;
  /// Makes creations, removals and renames in the directory durable.
  virtual Task<Result<void>> sync_directory(std::string path) = 0;
  virtual Task<Result<bool>> exists(std::string path) = 0;
  /// Errors: already_exists if another process holds it.
  virtual Task<Result<std::unique_ptr<DiskLock>>> lock(std::string path) = 0;
  /// Total and free bytes of the file system that holds `path`.
  struct Space {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
  };
  virtual Task<Result<Space>> space(std::string path) = 0;

  /// The whole file; too_large beyond `size_max`.
  Task<Result<std::string>> read_file(std::string path, std::size_t size_max);
  /// Writes `path`.tmp, syncs it, renames it over `path` and syncs the directory: after a crash there is either
  /// the old file or the new one.
  Task<Result<void>> replace_file(std::string path, std::string contents);
};

}  // namespace sluice
