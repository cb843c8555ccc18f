#include "coordinator/deadlines.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr SteadyTime at(int seconds) { return SteadyTime{std::chrono::seconds(seconds)}; }

TEST(Deadlines, ComeInTheOrderOfTimeWhateverTheyWereSetBefore) {
  Deadlines deadlines;
  deadlines.set("a", at(1));
  deadlines.set("b", at(2));
  deadlines.set("c", at(2));
  deadlines.set("a", at(3));
  EXPECT_EQ(deadlines.next(), at(2));
  EXPECT_EQ(deadlines.take_due(at(1)), std::nullopt);
  EXPECT_EQ(deadlines.take_due(at(3)), "b");
  EXPECT_EQ(deadlines.take_due(at(3)), "c");
  EXPECT_EQ(deadlines.take_due(at(3)), "a");
  EXPECT_EQ(deadlines.next(), std::nullopt);
}

TEST(Deadlines, CanBeTakenAway) {
  Deadlines deadlines;
  deadlines.cancel("nobody");
  deadlines.set("a", at(1));
  deadlines.cancel("a");
  EXPECT_EQ(deadlines.next(), std::nullopt);
}

}  // namespace
}  // namespace sluice
