// A log on the disk under TMPDIR: appending, looking up, searching by time, recovering.
#include <benchmark/benchmark.h>

#include <stdlib.h>

#include <filesystem>

#include "base/epoll_loop.h"
#include "base/posix_disk.h"
#include "batches.h"
#include "storage/log.h"

namespace sluice::micro {
namespace {

constexpr int kRecords = 15;
constexpr std::size_t kRecordBytes = 1024;

/// A log in a directory of its own, which goes with it. Its loop does what `run` is given.
class Store {
 public:
  Store() {
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
  Log& log() { return *log_; }
  Disk& disk() { return disk_; }
  std::int64_t batch_bytes() const { return static_cast<std::int64_t>(batch_.size()); }
  static Task<void> abandon(Store* store) {
    if (store->log_) co_await store->log_->abandon();
    store->log_.reset();
  }

 private:
  static Task<void> open(Store* store, bool clean) {
    LogOpening opening{.directory = store->root_ + "/orders-0"};
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
  Buffer batch_ = make_batch(kRecords, kRecordBytes);
  std::unique_ptr<Log> log_;
};

constexpr std::int64_t kStored = 16'384;  // Batches, 256 MB.

void log_append(benchmark::State& state) {
  Store store;
  constexpr std::int64_t kAtOnce = 64;
  for (auto _ : state) store.append(kAtOnce);
  state.SetItemsProcessed(state.iterations() * kAtOnce);
  state.SetBytesProcessed(state.iterations() * kAtOnce * store.batch_bytes());
}
BENCHMARK(log_append)->UseRealTime();

Task<void> look_up(Store* store, int count) {
  const std::int64_t end = store->log().end().value;
  std::int64_t target = 0;
  for (int i = 0; i < count; ++i) {
    target = (target + 7919 * kRecords) % end;
    const auto slice = co_await store->log().read({.from = {target}, .limit = {end}, .bytes_max = 1 << 20});
    SLUICE_ASSERT(slice.has_value() && !slice->empty());
  }
}

void offset_look_up(benchmark::State& state) {
  Store store;
  store.append(kStored);
  constexpr int kAtOnce = 64;
  for (auto _ : state) store.run([&store] { return look_up(&store, kAtOnce); });
  state.SetItemsProcessed(state.iterations() * kAtOnce);
}
BENCHMARK(offset_look_up)->UseRealTime();

Task<void> look_up_time(Store* store, int count) {
  for (int i = 0; i < count; ++i) {
    const WallTime time{std::chrono::milliseconds{1'700'000'000'000 + i % kRecords}};
    const auto found = co_await store->log().offset_for_time(time);
    SLUICE_ASSERT(found.has_value());
  }
}

void offset_for_time(benchmark::State& state) {
  Store store;
  store.append(kStored);
  constexpr int kAtOnce = 64;
  for (auto _ : state) store.run([&store] { return look_up_time(&store, kAtOnce); });
  state.SetItemsProcessed(state.iterations() * kAtOnce);
}
BENCHMARK(offset_for_time)->UseRealTime();

void recovery_scan(benchmark::State& state) {
  Store store;
  store.append(kStored);
  for (auto _ : state) {
    store.run([&store] { return Store::abandon(&store); });
    store.open(false);
  }
  state.SetBytesProcessed(state.iterations() * kStored * store.batch_bytes());
}
BENCHMARK(recovery_scan)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::micro
