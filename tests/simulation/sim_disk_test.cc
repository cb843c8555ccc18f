#include "simulation/sim_disk.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace sluice::sim {
namespace {

struct SimDiskTest : testing::Test {
  std::unique_ptr<File> open(const std::string& path, OpenMode mode = OpenMode::create) {
    auto file = loop.run(disk.open(path, mode));
    EXPECT_TRUE(file) << file.error().what;
    return std::move(*file);
  }
  void write(File& file, std::uint64_t position, std::string_view text) {
    ASSERT_TRUE(loop.run(file.write(position, as_bytes(text))));
  }

  SimLoop loop{7};
  SimDisk disk{loop};
};

TEST_F(SimDiskTest, ReadsWhatWasWritten) {
  const auto file = open("f");
  write(*file, 3, "abc");
  std::string into(10, '?');
  EXPECT_EQ(loop.run(file->read(1, std::as_writable_bytes(std::span(into)))), 5u);
  EXPECT_EQ(into.substr(0, 5), std::string("\0\0abc", 5));
}

// The synced half must survive every crash; of the other half nothing is promised.
TEST_F(SimDiskTest, ACrashKeepsWhatWasSynced) {
  bool lost_something = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimLoop world(seed);
    SimDisk victim(world);
    auto file = world.run(victim.open("f", OpenMode::create));
    ASSERT_TRUE(world.run((*file)->write(0, as_bytes(std::string(6000, 'a')))));
    ASSERT_TRUE(world.run((*file)->sync()));
    ASSERT_TRUE(world.run(victim.sync_directory("")));
    ASSERT_TRUE(world.run((*file)->write(6000, as_bytes(std::string(20000, 'b')))));
    victim.crash();
    const std::string left = victim.contents("f");
    ASSERT_GE(left.size(), 6000u);
    EXPECT_EQ(left.substr(0, 6000), std::string(6000, 'a'));
    lost_something |= left != std::string(6000, 'a') + std::string(20000, 'b');
    EXPECT_FALSE(world.run((*file)->sync())) << "a file of before the crash still works";
  }
  EXPECT_TRUE(lost_something);
}

TEST_F(SimDiskTest, ACrashMayUndoARenameUntilTheDirectoryIsSynced) {
  int undone = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimLoop world(seed);
    SimDisk victim(world);
    victim.set_contents("d/old", "x");
    ASSERT_TRUE(world.run(victim.rename("d/old", "d/new")));
    victim.crash();
    EXPECT_NE(victim.has("d/old"), victim.has("d/new")) << "a rename is whole or not at all";
    undone += victim.has("d/old");
  }
  EXPECT_GT(undone, 0);
  EXPECT_LT(undone, 50);

  disk.set_contents("d/old", "x");
  ASSERT_TRUE(loop.run(disk.rename("d/old", "d/new")));
  ASSERT_TRUE(loop.run(disk.sync_directory("d")));
  disk.crash();
  EXPECT_TRUE(disk.has("d/new"));
}

// What fsyncgate taught: after a failed sync the next one succeeds and the data is not there.
TEST_F(SimDiskTest, AFailedSyncLosesThePages) {
  const auto file = open("f");
  ASSERT_TRUE(loop.run(disk.sync_directory("")));
  write(*file, 0, std::string(512, 'a'));
  disk.inject({.call = DiskCall::sync, .path_contains = "f", .error_number = EIO, .times = 1});
  EXPECT_FALSE(loop.run(file->sync()));
  EXPECT_TRUE(loop.run(file->sync()));
  disk.crash();
  EXPECT_EQ(disk.contents("f"), std::string(512, '\0'));
}

TEST_F(SimDiskTest, AFullDiskRefusesWrites) {
  disk.set_capacity(100);
  const auto file = open("f");
  const auto written = loop.run(file->write(0, as_bytes(std::string(101, 'a'))));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::no_space);
  EXPECT_TRUE(loop.run(file->write(0, as_bytes(std::string(100, 'a')))));
}

TEST_F(SimDiskTest, ALockIsHeldOnceUntilItsHolderDies) {
  auto held = loop.run(disk.lock(".lock"));
  ASSERT_TRUE(held);
  EXPECT_EQ(loop.run(disk.lock(".lock")).error().code, Errc::already_exists);
  held->reset();
  EXPECT_TRUE(loop.run(disk.lock(".lock")));
}

TEST_F(SimDiskTest, MovesADirectoryWithAllInIt) {
  disk.set_contents("t-0/a.log", "1");
  ASSERT_TRUE(loop.run(disk.rename("t-0", "t-0.gone-delete")));
  EXPECT_EQ(disk.files(""), std::vector<std::string>{"t-0.gone-delete/a.log"});
}

}  // namespace
}  // namespace sluice::sim
