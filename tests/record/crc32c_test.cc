#include "record/crc32c.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace sluice {
namespace {

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

TEST(Crc32c, MatchesPublishedValues) {
  EXPECT_EQ(crc32c(as_bytes("")), 0u);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
  const std::vector<std::byte> zeros(32);  // RFC 3720, B.4.
  EXPECT_EQ(crc32c(zeros), 0x8A9136AAu);
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926u);
}

// Every length up to beyond the shortest lanes, and some around the longer ones, at several alignments.
TEST(Crc32c, HardwareAndTablesAgree) {
  const std::vector<std::byte> bytes = pattern(20'000);
  const auto expect_equal = [&](std::size_t from, std::size_t size) {
    const Bytes part = Bytes{bytes}.subspan(from, size);
    EXPECT_EQ(crc32c(part), detail::crc32c_portable(part, 0)) << size << " bytes from " << from;
  };
  for (std::size_t size = 0; size < 1'600; ++size) expect_equal(size % 8, size);
  for (std::size_t size = 6'100; size < 6'200; ++size) expect_equal(size % 8, size);
  for (std::size_t size = 13'000; size < 13'100; ++size) expect_equal(size % 8, size);
}

TEST(Crc32c, OfPartsIsThatOfTheWhole) {
  const std::vector<std::byte> bytes = pattern(5'000);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 61) {
    const Bytes front = Bytes{bytes}.first(cut);
    const Bytes back = Bytes{bytes}.subspan(cut);
    EXPECT_EQ(crc32c(back, crc32c(front)), crc32c(bytes));
    EXPECT_EQ(crc32(back, crc32(front)), crc32(bytes));
  }
}

}  // namespace
}  // namespace sluice
