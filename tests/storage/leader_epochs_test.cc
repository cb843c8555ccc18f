#include "storage/leader_epochs.h"

#include <gtest/gtest.h>

#include "simulation/sim_disk.h"

namespace sluice::test {
namespace {

struct LeaderEpochsTest : testing::Test {
  void assign(std::int32_t epoch, std::int64_t start) {
    ASSERT_TRUE(loop.run(epochs.assign(disk, {epoch}, {start})));
  }
  std::string file() const { return disk.contents("t-0/leader-epoch-checkpoint"); }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
  LeaderEpochs epochs{(disk.set_contents("t-0/x", ""), "t-0")};
};

TEST_F(LeaderEpochsTest, WritesWhatKafkaReads) {
  assign(0, 0);
  assign(2, 10);
  EXPECT_EQ(file(), "0\n2\n0 0\n2 10\n");
  LeaderEpochs again("t-0");
  ASSERT_TRUE(loop.run(again.load(disk)));
  EXPECT_EQ(again.entries(), epochs.entries());
}

TEST_F(LeaderEpochsTest, SaysWhereEpochsEnd) {
  assign(2, 10);
  assign(4, 30);
  const Offset end{50};
  EXPECT_EQ(epochs.end_of({-1}, end), EpochEnd{});
  EXPECT_EQ(epochs.end_of({0}, end), (EpochEnd{{0}, {10}})) << "before the first that is known";
  EXPECT_EQ(epochs.end_of({2}, end), (EpochEnd{{2}, {30}}));
  EXPECT_EQ(epochs.end_of({3}, end), (EpochEnd{{2}, {30}}));
  EXPECT_EQ(epochs.end_of({4}, end), (EpochEnd{{4}, {50}}));
  EXPECT_EQ(epochs.end_of({5}, end), EpochEnd{}) << "nobody has told of it yet";
  EXPECT_EQ(epochs.epoch_of({9}), std::nullopt);
  EXPECT_EQ(epochs.epoch_of({29}), LeaderEpoch{2});
  EXPECT_EQ(epochs.previous({4}), LeaderEpoch{2});
}

TEST_F(LeaderEpochsTest, ForgetsWhatContradictsANewEpoch) {
  assign(1, 5);
  assign(2, 10);
  assign(3, 8);
  EXPECT_EQ(epochs.entries(), (std::vector<EpochStart>{{{1}, {5}}, {{3}, {8}}}));
  assign(3, 20);
  EXPECT_EQ(epochs.latest()->start, Offset{8}) << "an epoch begins once";
}

TEST_F(LeaderEpochsTest, IsCutAtBothEnds) {
  assign(1, 0);
  assign(2, 10);
  assign(3, 20);
  ASSERT_TRUE(loop.run(epochs.truncate_from_end(disk, {20})));
  EXPECT_EQ(file(), "0\n2\n1 0\n2 10\n");
  ASSERT_TRUE(loop.run(epochs.truncate_from_start(disk, {5})));
  EXPECT_EQ(file(), "0\n2\n1 5\n2 10\n");
  ASSERT_TRUE(loop.run(epochs.truncate_from_start(disk, {10})));
  EXPECT_EQ(file(), "0\n1\n2 10\n");
}

TEST_F(LeaderEpochsTest, RefusesFilesThatCannotBe) {
  for (const char* text : {"", "0", "1\n0\n", "0\n1\n", "0\n1\n1 2 3\n", "0\n1\nx 2\n", "0\n2\n2 5\n1 6\n",
                           "0\n2\n1 5\n2 4\n", "0\n1\n-1 0\n", "0\n-1\n", "0\n1\n99999999999 0\n"})
    EXPECT_FALSE(LeaderEpochs::parse(text)) << text;
  EXPECT_TRUE(LeaderEpochs::parse("0\n0\n")->empty());
}

// A change that could not be written must be tried again, not be taken for done.
TEST_F(LeaderEpochsTest, StaysAsItWasWhenTheDiskFails) {
  assign(1, 0);
  disk.inject({.call = sim::DiskCall::write, .path_contains = "leader-epoch", .error_number = 28, .times = 1});
  EXPECT_FALSE(loop.run(epochs.assign(disk, {2}, {10})));
  EXPECT_EQ(epochs.latest()->epoch, LeaderEpoch{1});
  EXPECT_TRUE(epochs.assigns({2}, {10}));
}

}  // namespace
}  // namespace sluice::test
