// What a hostile or broken peer may send. Every golden vector is cut and bent; what is read must be an error or a
// legal message, and must not take more memory than the frame justifies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "test_vectors.h"
#include "wire/api/metadata.h"
#include "wire/api/produce.h"
#include "wire/frame.h"

namespace {

std::size_t allocated = 0;

}  // namespace

// Counts what the whole test program allocates; the tests look at differences.
void* operator new(std::size_t size) {
  allocated += size;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sluice::wire {
namespace {

// Beside elements: the text of an error, and the buffer of what is encoded again.
constexpr std::size_t kOtherMemory = 8 * 1024;

/// Reads `bytes` as a request is read and checks what that took.
void read_within_memory(const TestVector& vector, Bytes bytes) {
  const std::size_t before = allocated;
  const Result<Buffer> again = vector.recoder->recode(bytes, vector.version, kRequestMemory);
  const std::size_t limit = kRequestMemory.floor + kRequestMemory.factor * bytes.size() + kOtherMemory;
  ASSERT_LE(allocated - before, limit);
  if (!again) {
    ASSERT_FALSE(again.error().what.empty());
  }
}

TEST(Robustness, EveryCutOfEveryMessageIsReadOrRefused) {
  for (const TestVector& vector : golden_vectors()) {
    SCOPED_TRACE(vector.title());
    for (std::size_t size = 0; size < vector.bytes.size(); ++size)
      ASSERT_NO_FATAL_FAILURE(read_within_memory(vector, Bytes(vector.bytes).first(size))) << size << " bytes";
  }
}

// Lengths and counts are where a byte does most harm: all ones, the largest positive, and off by one.
TEST(Robustness, EveryBentByteOfEveryMessageIsReadOrRefused) {
  for (TestVector vector : golden_vectors()) {
    SCOPED_TRACE(vector.title());
    for (std::size_t at = 0; at < vector.bytes.size(); ++at) {
      const std::byte original = vector.bytes[at];
      const auto number = std::to_integer<unsigned>(original);
      for (const unsigned bent : {0xffu, 0x7fu, 0x80u, 0x00u, number + 1, number - 1}) {
        vector.bytes[at] = static_cast<std::byte>(bent);
        ASSERT_NO_FATAL_FAILURE(read_within_memory(vector, vector.bytes)) << "byte " << at << " is " << bent;
      }
      vector.bytes[at] = original;
    }
  }
}

TEST(Robustness, ACountThatTheFrameCannotHoldAllocatesNothing) {
  // Topics in version 0 of a Metadata request: a count, then strings of two bytes at least.
  std::vector<std::byte> frame(4 + 1000);
  store<std::int32_t>(frame, 0, 501);
  const std::size_t before = allocated;
  const Result<MetadataRequest> request = decode<MetadataRequest>(frame, 0, kRequestMemory);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().what,
            "MetadataRequest version 0: Topics: claims 501 elements, which do not fit in 1000 bytes");
  EXPECT_LT(allocated - before, 2048u);
}

// 500,000 empty names fit in a megabyte but would take tens of megabytes as structs.
TEST(Robustness, ElementsThatTakeFarMoreMemoryThanBytesAreRefused) {
  constexpr std::int32_t kTopics = 500'000;
  std::vector<std::byte> frame(4 + 2 * kTopics);
  store(frame, 0, kTopics);
  const std::size_t before = allocated;
  const Result<MetadataRequest> request = decode<MetadataRequest>(frame, 0, kRequestMemory);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, Errc::too_large);
  EXPECT_LT(allocated - before, 2048u);
  EXPECT_TRUE(decode<MetadataRequest>(frame, 0, MemoryLimit{.floor = 0, .factor = 64}));
}

TEST(Robustness, ATruthfulCountOfManyElementsIsReadWhole) {
  ProduceRequest request;
  std::vector<ProduceRequest::PartitionProduceData> partitions(10'000);
  for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].index = PartitionIndex{static_cast<int>(i)};
  request.topic_data.push_back({.name = "orders", .partition_data = partitions});
  const Result<Buffer> bytes = encode(request, 9);
  ASSERT_TRUE(bytes) << bytes.error().what;
  const Result<ProduceRequest> again =
      decode<ProduceRequest>(bytes->bytes(), 9, kRequestMemory, Trailing::refused);
  ASSERT_TRUE(again) << again.error().what;
  ASSERT_EQ(again->topic_data[0].partition_data.size(), partitions.size());
  EXPECT_EQ(again->topic_data[0].partition_data.back().index, PartitionIndex{9999});
}

TEST(Robustness, AHeaderOfTagsWithoutEndIsRefusedWithoutReadingOn) {
  // API 3 version 9, correlation id, no client id, then two million empty tagged fields (CVE-2026-111115).
  std::vector<std::byte> frame(8 + 2 + 4 + 4'000'000);
  store<std::int16_t>(frame, 0, 3);
  store<std::int16_t>(frame, 2, 9);
  store<std::int16_t>(frame, 8, -1);
  const unsigned char count[] = {0x80, 0x89, 0x7a};  // 2,000,000
  for (std::size_t i = 0; i < sizeof(count); ++i) frame[10 + i] = std::byte{count[i]};
  const std::size_t before = allocated;
  const Result<OpenedRequest> opened = open_request(frame);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::too_large);
  EXPECT_LT(allocated - before, 2048u);
}

}  // namespace
}  // namespace sluice::wire
