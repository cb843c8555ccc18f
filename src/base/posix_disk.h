// base/posix_disk.h: the disk of production.
#pragma once

#include "base/disk.h"
#include "base/thread_pool.h"

namespace sluice {

/// Reads that the page cache answers and writes into it are done on the spot; all that may wait for a device (cold
/// reads, syncs, directory work, opening) goes to the pool. May be used from every shard; a File only from its
/// own.
class PosixDisk final : public Disk {
 public:
  /// `pool` outlives this and its files.
  explicit PosixDisk(ThreadPool& pool) : pool_(pool) {}

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) override;
  Task<Result<std::vector<DirectoryEntry>>> list(std::string path) override;
  Task<Result<void>> make_directory(std::string path) override;
  Task<Result<void>> remove(std::string path) override;
  Task<Result<void>> remove_all(std::string path) override;
  Task<Result<void>> rename(std::string from, std::string to) override;
  Task<Result<void>> sync_directory(std::string path) override;
  Task<Result<bool>> exists(std::string path) override;
  Task<Result<std::unique_ptr<DiskLock>>> lock(std::string path) override;
  Task<Result<Space>> space(std::string path) override;

 private:
  ThreadPool& pool_;
};

}  // namespace sluice
