#include "server/share_batches.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "record/batch_builder.h"
#include "simulation/sim_loop.h"

namespace sluice {
namespace {

/// A file that counts what is read of it.
class CountingFile final : public File {
 public:
  explicit CountingFile(Buffer bytes) : bytes_(std::move(bytes)) {}
  Task<Result<std::size_t>> read(std::uint64_t position, MutableBytes into) override {
    const Bytes from = bytes_.bytes().subspan(position, std::min(into.size(), bytes_.size() - position));
    std::ranges::copy(from, into.begin());
    read_ += from.size();
    co_return from.size();
  }
  Task<Result<void>> write(std::uint64_t, std::span<const Bytes>) override { co_return Result<void>{}; }
  Task<Result<void>> sync() override { co_return Result<void>{}; }
  Task<Result<void>> truncate(std::uint64_t) override { co_return Result<void>{}; }
  Task<Result<void>> allocate(std::uint64_t) override { co_return Result<void>{}; }
  Task<Result<std::uint64_t>> size() override { co_return bytes_.size(); }
  int descriptor() const override { return -1; }
  std::size_t read_so_far() const { return read_; }

 private:
  Buffer bytes_;
  std::size_t read_ = 0;
};

/// Batches of so many records each, of so many bytes, from offset 0 on.
Buffer batches(int count, int records, std::size_t record_bytes) {
  Buffer bytes;
  const std::string value(record_bytes, 'x');
  for (int i = 0; i < count; ++i) {
    BatchBuilder builder(bytes, {.base_offset = Offset{std::int64_t{i} * records}});
    for (int r = 0; r < records; ++r) EXPECT_TRUE(builder.append({.value = as_bytes(value)}));
    EXPECT_TRUE(builder.finish());
  }
  return bytes;
}

FetchedBatches look_in_memory(Bytes bytes) {
  FetchedBatches batches;
  for (auto batch = BatchHeader::read(bytes); batch && batch->size <= bytes.size();
       batch = BatchHeader::read(bytes)) {
    batches.add(*batch, {});
    bytes = bytes.subspan(batch->size);
  }
  return batches;
}

struct Look {
  FetchedBatches batches;
  std::size_t bytes_read;
};

Look look(Buffer bytes, std::size_t size, Offset enough) {
  sim::SimLoop loop(1);
  const auto file = std::make_shared<CountingFile>(std::move(bytes));
  LogSlice slice{.base = {0}, .position = 0, .size = size, .file = file};
  auto found = loop.run(look_at_slice(slice, {}, enough));
  EXPECT_TRUE(found.has_value());
  return {std::move(*found), file->read_so_far()};
}

TEST(ShareBatches, ReadsHeadersOnlyAndNoMoreThanIsWanted) {
  Buffer bytes = batches(100, 10, 10'000);
  const std::size_t size = bytes.size();
  const Look looked = look(std::move(bytes), size, Offset{45});
  EXPECT_EQ(looked.batches.all.size(), 5U);
  EXPECT_EQ(looked.batches.all.back().last, Offset{49});
  EXPECT_LT(looked.bytes_read, size / 100);
}

// Wherever the slice is cut, what is found is what lies in it whole.
TEST(ShareBatches, FindsTheSameBatchesAsInMemory) {
  const Buffer bytes = batches(30, 3, 90);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    SCOPED_TRACE(size);
    const FetchedBatches expected = look_in_memory(bytes.bytes().first(size));
    const Look looked = look(Buffer::copy_of(bytes.bytes()), size, Offset{INT64_MAX});
    EXPECT_EQ(looked.batches.ends, expected.ends);
    ASSERT_EQ(looked.batches.all.size(), expected.all.size());
    if (!expected.all.empty()) EXPECT_EQ(looked.batches.all.back().last, expected.all.back().last);
  }
}

// Where records of one key go to one member at a time, only what may be answered with is read.
TEST(ShareBatches, ReadsKeysOfWhatWasLookedAtOnly) {
  Buffer bytes;
  for (int b = 0; b < 20; ++b) {
    BatchBuilder builder(bytes, {.base_offset = {2 * b}});
    const std::string first = fmt::format("key {}", b), value(1'000, 'v');
    EXPECT_TRUE(builder.append({.key = as_bytes(first), .value = as_bytes(value)}));
    EXPECT_TRUE(builder.append({.value = as_bytes(value)}));
    EXPECT_TRUE(builder.finish());
  }
  const std::size_t size = bytes.size();
  FetchedBatches batches = look_in_memory(bytes.bytes().first(size / 5));
  ASSERT_EQ(batches.all.size(), 4U);
  batches.excluded.push_back(batches.all[1]);
  sim::SimLoop loop(1);
  const auto file = std::make_shared<CountingFile>(std::move(bytes));
  const LogSlice slice{.base = {0}, .position = 0, .size = size, .file = file};
  Decompressor decompressor;
  const auto keys = loop.run(read_keys(slice, batches, decompressor));
  ASSERT_TRUE(keys);
  std::vector<std::int64_t> offsets;
  for (const RecordKey& key : *keys) offsets.push_back(key.offset.value);
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 4, 6}));
  EXPECT_EQ(file->read_so_far(), batches.ends.back());
}

}  // namespace
}  // namespace sluice
