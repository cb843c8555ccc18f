#include "coordinator/share_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int8_t kAvailable = 0, kDone = 2, kArchived = 4;

ShareStateBatch batch(std::int64_t first, std::int64_t last, std::int8_t state, std::int16_t count) {
  return {{first}, {last}, state, count};
}

TEST(ShareStateBatches, JoinNeighboursInTheSameState) {
  EXPECT_THAT(combine({batch(0, 4, kDone, 1)}, {batch(5, 9, kDone, 1), batch(10, 12, kDone, 2)}, {-1}),
              ElementsAre(batch(0, 9, kDone, 1), batch(10, 12, kDone, 2)));
}

TEST(ShareStateBatches, KeepWhatWasDeliveredMoreOften) {
  EXPECT_THAT(combine({batch(0, 9, kAvailable, 1)}, {batch(3, 5, kDone, 1)}, {-1}),
              ElementsAre(batch(0, 2, kAvailable, 1), batch(3, 5, kDone, 1), batch(6, 9, kAvailable, 1)));
  EXPECT_THAT(combine({batch(3, 5, kAvailable, 2)}, {batch(0, 9, kArchived, 1)}, {-1}),
              ElementsAre(batch(0, 2, kArchived, 1), batch(3, 5, kAvailable, 2), batch(6, 9, kArchived, 1)));
}

TEST(ShareStateBatches, LeaveGapsWhereNothingIsKnown) {
  EXPECT_THAT(combine({batch(0, 1, kDone, 1)}, {batch(5, 6, kDone, 1)}, {-1}),
              ElementsAre(batch(0, 1, kDone, 1), batch(5, 6, kDone, 1)));
}

TEST(ShareStateBatches, ForgetWhatLiesBeforeTheStart) {
  EXPECT_THAT(combine({batch(0, 4, kDone, 1)}, {batch(5, 9, kAvailable, 1)}, {7}),
              ElementsAre(batch(7, 9, kAvailable, 1)));
  EXPECT_THAT(combine({batch(0, 4, kDone, 1)}, {}, {5}), IsEmpty());
}

TEST(ShareStateBatches, TakeNothingOfWhatCannotBe) {
  EXPECT_THAT(combine({}, {batch(9, 3, kDone, 1), batch(0, INT64_MAX, kDone, 1)}, {-1}), IsEmpty());
}

}  // namespace
}  // namespace sluice::test
