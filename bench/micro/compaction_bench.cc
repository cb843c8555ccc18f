// Compaction of a log on the disk under TMPDIR, of which a half is superseded, and its map of keys.
#include <benchmark/benchmark.h>

#include "storage/compaction.h"
#include "storage/key_offsets.h"
#include "store.h"

namespace sluice::micro {
namespace {

constexpr std::int64_t kBatches = 4096;  // 64 MB.

/// As make_batch(), with keys that count up from `first`.
Buffer make_keyed_batch(std::int64_t first, Codec codec) {
  Buffer bytes;
  BatchBuilder builder(bytes, {.compression = {.codec = codec}});
  const std::string value(kRecordBytes, 'v');
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = fmt::format("key-{:012}", first + i);
    const auto appended = builder.append({.timestamp = WallTime{std::chrono::milliseconds{1'700'000'000'000 + i}},
                                          .key = as_bytes(key),
                                          .value = as_bytes(value)});
    SLUICE_ASSERT(appended.has_value());
  }
  const auto finished = builder.finish();
  SLUICE_ASSERT(finished.has_value());
  return bytes;
}

Task<void> seal(Store* store) {
  const auto rolled = co_await store->log().roll();
  SLUICE_ASSERT(rolled.has_value());
  const auto flushed = co_await store->log().flush();
  SLUICE_ASSERT(flushed.has_value());
}

Task<void> compact(Store* store, std::uint64_t* bytes) {
  TaskGroup tasks(Loop::current());
  Compaction compaction(tasks, store->disk(), {});
  const auto dirt = co_await compaction.measure(store->log(), store->log().end());
  SLUICE_ASSERT(dirt.has_value());
  const auto compacted = co_await compaction.run(store->log(), *dirt);
  SLUICE_ASSERT(compacted.has_value() && compacted->bytes_after < compacted->bytes_before);
  *bytes += compacted->bytes_before;
  co_await tasks.close();
}

void compaction(benchmark::State& state) {
  const auto codec = static_cast<Codec>(state.range(0));
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    LogConfig config;
    config.cleanup_compact = true;
    config.segment_bytes = 16 << 20;
    auto store = std::make_unique<Store>(config);
    for (std::int64_t i = 0; i < kBatches; ++i) {  // The second half has the keys of the first.
      store->set_batch(make_keyed_batch(i % (kBatches / 2) * kRecords, codec));
      store->append(1);
    }
    store->run([&store] { return seal(store.get()); });
    state.ResumeTiming();
    store->run([&store, &bytes] { return compact(store.get(), &bytes); });
    state.PauseTiming();
    store.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * kBatches * kRecords);
}
BENCHMARK(compaction)
    ->ArgName("codec")
    ->Arg(static_cast<int>(Codec::none))
    ->Arg(static_cast<int>(Codec::lz4))
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void key_offsets(benchmark::State& state) {
  constexpr std::int64_t kKeys = 1 << 20;
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < kKeys; ++i) keys.push_back(fmt::format("key-{:012}", i));
  KeyOffsets offsets(64 << 20, 0.9, {.low = 1, .high = 2});
  for (auto _ : state) {
    offsets.start(kKeys);
    for (std::int64_t i = 0; i < kKeys; ++i)
      benchmark::DoNotOptimize(offsets.put(as_bytes(keys[static_cast<std::size_t>(i)]), {i}));
    for (std::int64_t i = 0; i < kKeys; ++i)
      benchmark::DoNotOptimize(offsets.find(as_bytes(keys[static_cast<std::size_t>(i)])));
  }
  state.SetItemsProcessed(state.iterations() * kKeys * 2);
}
BENCHMARK(key_offsets)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::micro
