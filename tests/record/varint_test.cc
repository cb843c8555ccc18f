#include "record/varint.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

namespace sluice {
namespace {

std::vector<std::byte> encoded(std::int64_t value) {
  std::vector<std::byte> bytes(varint_size(value));
  EXPECT_EQ(put_varint(bytes.data(), value), bytes.data() + bytes.size());
  return bytes;
}

// All values around each power of two, which is where the size changes.
TEST(Varint, GoesThereAndBack) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::int64_t near : {-2, -1, 0, 1, 2}) {
      const auto value = static_cast<std::int64_t>((std::uint64_t{1} << bit) + static_cast<std::uint64_t>(near));
      const auto bytes = encoded(value);
      const std::byte* position = bytes.data();
      std::int64_t wide = 0;
      ASSERT_TRUE(get_varlong(position, bytes.data() + bytes.size(), wide)) << value;
      EXPECT_EQ(wide, value);
      EXPECT_EQ(position, bytes.data() + bytes.size());
      if (value != static_cast<std::int32_t>(value)) continue;
      std::int32_t narrow = 0;
      position = bytes.data();
      ASSERT_TRUE(get_varint(position, bytes.data() + bytes.size(), narrow)) << value;
      EXPECT_EQ(narrow, value);
    }
  }
}

TEST(Varint, HasTheSizesOfTheFormat) {
  EXPECT_EQ(varint_size(0), 1u);
  EXPECT_EQ(varint_size(-1), 1u);
  EXPECT_EQ(varint_size(63), 1u);
  EXPECT_EQ(varint_size(-64), 1u);
  EXPECT_EQ(varint_size(64), 2u);
  EXPECT_EQ(varint_size(std::numeric_limits<std::int32_t>::min()), kVarintSizeMax);
  EXPECT_EQ(varint_size(std::numeric_limits<std::int64_t>::min()), kVarlongSizeMax);
}

TEST(Varint, EndsWithTheBytesOrWithItsLargestSize) {
  const std::array<std::byte, 12> endless = [] {
    std::array<std::byte, 12> bytes{};
    bytes.fill(std::byte{0x80});
    return bytes;
  }();
  for (std::size_t size = 0; size <= endless.size(); ++size) {
    std::int32_t narrow = 0;
    std::int64_t wide = 0;
    const std::byte* position = endless.data();
    EXPECT_FALSE(get_varint(position, endless.data() + size, narrow));
    EXPECT_LE(position, endless.data() + std::min(size, kVarintSizeMax));
    position = endless.data();
    EXPECT_FALSE(get_varlong(position, endless.data() + size, wide));
    EXPECT_LE(position, endless.data() + std::min(size, kVarlongSizeMax));
  }
}

}  // namespace
}  // namespace sluice
