// A disk without room, and durability.
#include <gtest/gtest.h>

#include "storage/log_fixture.h"

namespace sluice::test {
namespace {

struct LogRoomTest : testing::Test, LogWorld {
  void set_room(std::int64_t bytes) { health->set_room(bytes, health->room()); }
};

// Between two looks at the disk as well.
TEST_F(LogRoomTest, TakesNoMoreThanThereIsRoomFor) {
  open();
  const auto size = static_cast<std::int64_t>(batch_bytes({}).size());
  set_room(3 * size);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(append({}));
  const auto refused = append({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  EXPECT_EQ(log->end(), Offset{3});
  // What was written while somebody looked is not there any more.
  const std::int64_t as_of = health->room();
  ASSERT_TRUE(append({}, 0, AppendOrigin::coordinator));
  health->set_room(size, as_of);
  EXPECT_FALSE(append({}));
  set_room(size);
  EXPECT_TRUE(append({}));
}

// What the node must be able to write on a full disk, it can; what clients send must wait.
TEST_F(LogRoomTest, RefusesClientsButNotTheNodeItself) {
  open();
  ASSERT_TRUE(append({}));
  set_room(0);
  const auto refused = append({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  const auto copied = append_as_follower({.base_offset = 1});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Errc::no_space);
  EXPECT_TRUE(append({}, 0, AppendOrigin::coordinator));
  EXPECT_TRUE(append({}, 0, AppendOrigin::raft_leader));
  EXPECT_EQ(read_all({0}).size(), 3u);
  EXPECT_TRUE(loop.run(log->advance_start({3}, log->end())));
  EXPECT_TRUE(loop.run(log->roll()));
  EXPECT_EQ(loop.run(log->delete_old_segments(log->end())), 1);
  EXPECT_FALSE(log->offline());
  set_room(1 << 20);
  EXPECT_TRUE(append({}));
}

// One that repeats what it has sent is told that it is there, disk full or not.
TEST_F(LogRoomTest, KnowsARepetitionOnAFullDisk) {
  open();
  const BatchSpec batch{.producer_id = 7, .producer_epoch = 0, .sequence = 0};
  ASSERT_TRUE(append(batch));
  set_room(0);
  const auto again = append(batch);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
}

// Those who come to wait while a sync is under way are served by the next one, all of them.
TEST_F(LogRoomTest, OneSyncServesAllWhoWait) {
  open();
  ASSERT_TRUE(append({}));
  struct Flush {
    static Task<void> run(Log* log, int* done) {
      const Offset end = log->end();
      EXPECT_TRUE(co_await log->flush());
      EXPECT_GE(log->recovery_point(), end);
      ++*done;
    }
  };
  int done = 0;
  const int before = disk->count(sim::DiskCall::sync, ".log");
  TaskGroup tasks(loop);
  disk->set_latency(std::chrono::seconds(1));
  tasks.start(Flush::run(log.get(), &done));
  disk->set_latency(std::chrono::seconds(0));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(append({}));
    tasks.start(Flush::run(log.get(), &done));
  }
  EXPECT_EQ(done, 0);
  loop.run(tasks.close());
  EXPECT_EQ(done, 11);
  EXPECT_EQ(disk->count(sim::DiskCall::sync, ".log") - before, 2);
  crash();
  open();
  EXPECT_EQ(read_all({0}).size(), 11u);
}

}  // namespace
}  // namespace sluice::test
