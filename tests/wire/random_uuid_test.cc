#include "wire/random_uuid.h"

#include <gtest/gtest.h>

#include <set>

#include "simulation/sim_loop.h"

namespace sluice {
namespace {

TEST(RandomUuid, LooksLikeNoOption) {
  sim::SimLoop loop(3);
  std::set<std::string> texts;
  for (int i = 0; i < 2000; ++i) {
    const Uuid uuid = random_uuid(loop);
    EXPECT_NE(uuid.text().front(), '-');
    EXPECT_EQ(uuid.bytes[6] & std::byte{0xf0}, std::byte{0x40}) << "version 4";
    EXPECT_EQ(uuid.bytes[8] & std::byte{0xc0}, std::byte{0x80}) << "the variant of RFC 4122";
    texts.insert(uuid.text());
  }
  EXPECT_EQ(texts.size(), 2000U);
}

}  // namespace
}  // namespace sluice
