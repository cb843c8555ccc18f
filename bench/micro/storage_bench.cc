// A log on the disk under TMPDIR: appending, looking up, searching by time, recovering.
#include <benchmark/benchmark.h>

#include "store.h"

namespace sluice::micro {
namespace {

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
