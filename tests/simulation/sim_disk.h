// simulation/sim_disk.h: a disk in memory that can lose power.
//
// A file has two images: what programs see (the page cache) and what is durable. sync() carries the first over to
// the second. A crash leaves the durable image and, of what was written since, whatever subset the seed picks:
// whole pages of 4 KiB, torn ones by the 512-byte sector, the old size or the new. Creations, removals and renames
// are durable when their directory has been synced; of the others a crash keeps a subset, each whole.
#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "simulation/sim_loop.h"

namespace sluice::sim {

/// What a fault can strike.
enum class DiskCall {
  open,
  list,
  read,
  write,
  sync,
  truncate,
  allocate,
  size,
  make_directory,
  remove,
  rename,
  sync_directory,
  lock
};

/// Calls of one kind on matching paths that fail.
struct DiskFault {
  DiskCall call;
  std::string path_contains;  ///< Empty: any path.
  int error_number;           ///< EIO, ENOSPC …; 0: a write that does nothing and says that all is well.
  int skip = 0;               ///< This many matching calls still succeed.
  int times = std::numeric_limits<int>::max();
};

class SimDisk : public Disk {
 public:
  explicit SimDisk(SimLoop& loop);
  ~SimDisk() override;

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

  /// The program that uses the disk is killed: what is under way fails, of writes any part may have been done,
  /// and from here on every call fails. What the page cache has is kept. Until attach() the program can come to
  /// its end without touching the disk that the next one will find.
  void detach();
  void attach();
  /// The power fails: as detach(), but restore_power() leaves only what such a failure spares.
  void lose_power();
  void restore_power();
  /// Both at once: for tests that leave nothing running.
  void crash();
  /// A disk in the state of this one, as if copied while nothing runs; all of it durable.
  std::unique_ptr<SimDisk> copy(SimLoop& loop) const;

  void inject(DiskFault fault) { faults_.push_back(std::move(fault)); }
  void heal() { faults_.clear(); }
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  /// Bytes in all files.
  std::uint64_t used() const;
  /// Calls take up to this long, by the seed. Zero: some yield to the loop, none takes time.
  void set_latency(std::chrono::nanoseconds most) { latency_ = most; }
  /// Syncs succeed and do nothing from now on, as on a drive that lies.
  void ignore_syncs() { ignores_sync_ = true; }

  // What a test does behind the program's back, at once and durably. The path's directory is made if missing.
  bool has(std::string_view path) const;
  std::string contents(std::string_view path) const;
  void set_contents(std::string_view path, std::string_view contents);
  void cut(std::string_view path, std::size_t size);
  void flip_bit(std::string_view path, std::size_t byte, unsigned bit = 0);
  void erase(std::string_view path);
  /// Every file below `directory`, as paths relative to it, sorted.
  std::vector<std::string> files(std::string_view directory) const;
  /// How often a call was made, on paths that contain `path_contains`.
  int count(DiskCall call, std::string_view path_contains = "") const;

 private:
  friend class SimFile;
  friend class SimLock;
  struct Node;
  struct Change;
  class UnfinishedWrite {
   public:
    virtual void put_some() const = 0;

   protected:
    ~UnfinishedWrite() = default;
  };

  Task<Result<void>> enter(DiskCall call, std::string path);
  Task<void> pause();
  std::shared_ptr<Node> find(std::string_view path) const;
  std::shared_ptr<Node> make_path(std::string_view directory);
  void change(Change change);
  std::uint64_t free_bytes() const;

  SimLoop* loop_;
  std::shared_ptr<Node> root_;
  std::vector<Change> pending_;
  std::list<DiskFault> faults_;
  std::map<std::pair<DiskCall, std::string>, int> made_;
  std::vector<std::string> locked_;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
  std::chrono::nanoseconds latency_{0};
  std::vector<const UnfinishedWrite*> unfinished_;
  std::uint64_t life_ = 0;  ///< Tells files and calls of before a crash from those after it.
  bool attached_ = true;
  bool ignores_sync_ = false;
};

}  // namespace sluice::sim
