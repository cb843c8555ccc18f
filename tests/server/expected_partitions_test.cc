#include "server/expected_partitions.h"

#include <gmock/gmock.h>

#include "server/partition_key.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ExpectedPartitionsTest : public ::testing::Test {
 protected:
  Task<void> append(int number) {
    if (expected.contains(key)) co_await expected.wait_for(key);
    (open ? accepted : refused).push_back(number);
  }
  void settle(bool opened) {
    open = opened;
    expected.settle(key);
  }

  sim::SimLoop loop;
  ExpectedPartitions expected{loop};
  TaskGroup tasks{loop};
  PartitionKey key{Uuid{}, PartitionIndex{0}};
  bool open = false;
  std::vector<int> accepted, refused;
};

TEST_F(ExpectedPartitionsTest, LetsAppendsInInTheOrderInWhichTheyCame) {
  expected.expect(key);
  for (int i = 0; i < 3; ++i) tasks.start(append(i));
  EXPECT_THAT(expected.take_wanted(), ElementsAre(key, key, key));
  EXPECT_THAT(accepted, IsEmpty());
  settle(true);
  // Those who waited are woken, and have not gone yet.
  for (int i = 3; i < 6; ++i) tasks.start(append(i));
  loop.run(tasks.close());
  EXPECT_THAT(accepted, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_FALSE(expected.contains(key)) << "nobody needs to wait any more";
}

TEST_F(ExpectedPartitionsTest, SendsAllAwayTogether) {
  expected.expect(key);
  tasks.start(append(0));
  loop.advance(ExpectedPartitions::kWaitMax - 1s);
  tasks.start(append(1));
  EXPECT_THAT(refused, IsEmpty());
  loop.advance(1s);
  EXPECT_THAT(refused, ElementsAre(0, 1));
  tasks.start(append(2));
  settle(true);
  loop.run(tasks.close());
  EXPECT_THAT(accepted, ElementsAre(2));
}

TEST_F(ExpectedPartitionsTest, LetsNobodyWaitForWhatWillNotCome) {
  expected.expect(key);
  tasks.start(append(0));
  expected.settle_all();
  loop.run(tasks.close());
  EXPECT_THAT(refused, ElementsAre(0));
  EXPECT_FALSE(expected.contains(key));
}

}  // namespace
}  // namespace sluice::test
