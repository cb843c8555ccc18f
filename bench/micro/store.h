// bench/micro/store.h: a log on the disk under TMPDIR.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/epoll_loop.h"
#include "base/posix_disk.h"
#include "batches.h"
#include "storage/log.h"

namespace sluice::micro {

inline constexpr int kRecords = 15;
inline constexpr std::size_t kRecordBytes = 1024;

/// A log in a directory of its own, which goes with it. Its loop does what `run` is given.
class Store {
 public:
  explicit Store(LogConfig config = {}, Buffer batch = make_batch(kRecords, kRecordBytes))
      : config_(config), batch_(std::move(batch)) {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-micro-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    open(true);
  }
  ~Store() {
    run([this]() -> Task<void> { return abandon(this); });
    std::filesystem::remove_all(root_);
  }

  void run(std::move_only_function<Task<void>()> work) { run_blocking(loop_, std::move(work)); }
  void open(bool clean) {
    run([this, clean]() -> Task<void> { return open(this, clean); });
  }
  /// Appends so many batches.
  void append(std::int64_t count) {
    run([this, count]() -> Task<void> { return append(this, count); });
  }
  void set_batch(Buffer batch) { batch_ = std::move(batch); }
  Log& log() { return *log_; }
  Disk& disk() { return disk_; }
  std::int64_t batch_bytes() const { return static_cast<std::int64_t>(batch_.size()); }
  static Task<void> abandon(Store* store) {
    if (store->log_) co_await store->log_->abandon();
    store->log_.reset();
  }

 private:
  static Task<void> open(Store* store, bool clean) {
    LogOpening opening{.directory = store->root_ + "/orders-0", .config = store->config_};
    opening.clean = clean;
    (void)co_await store->disk_.make_directory(opening.directory);
    auto opened = co_await Log::open(Loop::current(), store->disk_, std::move(opening));
    SLUICE_ASSERT(opened.has_value());
    store->log_ = std::move(*opened);
  }
  static Task<void> append(Store* store, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      auto batch = BatchView::parse(store->batch_.bytes(), CrcCheck::skip);
      const auto appended = co_await store->log_->append_as_leader(*batch, LeaderEpoch{0}, AppendOrigin::client);
      SLUICE_ASSERT(appended.has_value());
    }
  }

  ThreadPool pool_{2, "disk"};
  PosixDisk disk_{pool_};
  EpollLoop loop_{"micro"};
  std::string root_;
  LogConfig config_;
  Buffer batch_;
  std::unique_ptr<Log> log_;
};

}  // namespace sluice::micro
