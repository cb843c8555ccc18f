// Checksums, variable-length integers, and the checks that every produced batch goes through.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "batches.h"
#include "record/crc32c.h"
#include "record/produce_validation.h"
#include "record/varint.h"

namespace sluice::micro {
namespace {

void crc32c_of(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{7});
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc32c_of)->Arg(100)->Arg(1 << 10)->Arg(16 << 10)->Arg(1 << 20);

void varint_put(benchmark::State& state) {
  std::array<std::byte, kVarlongSizeMax> room;
  for (auto _ : state) benchmark::DoNotOptimize(put_varint(room.data(), state.range(0)));
}
BENCHMARK(varint_put)->Arg(1)->Arg(1000)->Arg(1'000'000'000);

void varint_get(benchmark::State& state) {
  std::array<std::byte, kVarlongSizeMax> room;
  const std::byte* end = put_varint(room.data(), state.range(0));
  for (auto _ : state) {
    const std::byte* at = room.data();
    std::int64_t value = 0;
    benchmark::DoNotOptimize(get_varlong(at, end, value));
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(varint_get)->Arg(1)->Arg(1000)->Arg(1'000'000'000);

/// As Produce does it: header, CRC, every record. Arguments: records, bytes of each.
void validate(benchmark::State& state, Codec codec) {
  Buffer batch = make_batch(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)), codec);
  Decompressor decompressor;
  const ProduceRules rules{.api_version = 13, .now = WallTime{std::chrono::milliseconds{1'700'000'000'000}}};
  for (auto _ : state) {
    auto valid = validate_produced(batch.bytes(), rules, decompressor);
    if (!valid) state.SkipWithError(valid.error().message.c_str());
    benchmark::DoNotOptimize(valid);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.size()));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(validate, none, Codec::none)
    ->Args({1, 100})
    ->Args({15, 1024})
    ->Args({150, 100})
    ->Args({250, 1024});
BENCHMARK_CAPTURE(validate, lz4, Codec::lz4)->Args({15, 1024})->Args({150, 100});
BENCHMARK_CAPTURE(validate, zstd, Codec::zstd)->Args({15, 1024})->Args({150, 100});

}  // namespace
}  // namespace sluice::micro
