// Power fails at any moment of a node's life: what was answered is there afterwards, and no epoch is led twice.
#include <gtest/gtest.h>

#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::QuorumWorld;

/// What a node had told the world when the power failed.
struct Told {
  std::vector<std::string> committed;
  std::optional<LeaderEpoch> led;
  std::int64_t snapshots = 0;
};

Task<void> live(QuorumWorld* world, Told* told) {
  auto opened = co_await MetadataLog::open(world->loop, world->disk, world->options);
  if (!opened) co_return;
  const std::unique_ptr<MetadataLog> log = std::move(*opened);
  const auto elected = co_await log->elect();
  if (elected) told->led = log->epoch();
  for (int i = 0; elected && i < 8; ++i) {
    const std::string text = "record " + std::to_string(told->committed.size());
    const Bytes record = as_bytes(text);
    const auto appended = co_await log->append({&record, 1}, Grouping::atomic);
    if (!appended) break;
    told->committed.push_back(text);
    if (i != 4) continue;
    auto writer = co_await log->begin_snapshot({log->high_watermark(), log->epoch()}, world->loop.wall_now());
    if (!writer) break;
    const auto written = co_await (*writer)->append({&record, 1});
    if (!written) break;
    const auto ended = co_await log->end_snapshot(std::move(*writer));
    if (!ended) break;
    ++told->snapshots;
  }
  [[maybe_unused]] const auto closed = co_await log->close();
}

Task<void> crash_at(QuorumWorld* world, SteadyTime at, TaskGroup* group) {
  co_await group->sleep_until(at);
  world->disk.crash();
}

// The same node crashes three times, each time a little later in its life.
TEST(MetadataLogCrash, LosesNothingThatWasAnswered) {
  for (int step = 0; step < 150; ++step) {
    SCOPED_TRACE(step);
    QuorumWorld world(static_cast<std::uint64_t>(step) + 1);
    world.format();
    const auto meta = world.loop.run(MetaProperties::read(world.disk, "data"));
    world.options.log_dir = "data";
    world.options.local = {.id = {1}, .directory_id = *(*meta)->directory_id};
    world.disk.set_latency(std::chrono::microseconds(500));
    Told told;
    std::optional<LeaderEpoch> led_before;
    for (int life = 0; life < 3; ++life) {
      TaskGroup group(world.loop);
      group.start(crash_at(&world, world.loop.now() + std::chrono::microseconds(200 * step + 37 * life), &group));
      told.led.reset();
      world.loop.run(live(&world, &told));
      world.loop.run(group.close());
      if (led_before && told.led) ASSERT_GT(*told.led, *led_before);
      if (told.led) led_before = told.led;
      world.disk.crash();
    }
    world.disk.set_latency(std::chrono::nanoseconds(0));
    world.open();
    world.elect();
    if (led_before) ASSERT_GT(world.log->epoch(), *led_before);
    const std::vector<std::string> found = world.read({0});
    // A record whose append the power cut off may be there all the same, and then stands before a later one.
    std::size_t at = 0;
    for (const std::string& record : told.committed) {
      while (at < found.size() && found[at] != record) ++at;
      ASSERT_LT(at, found.size()) << record << " is gone";
      ++at;
    }
    if (told.snapshots > 0) ASSERT_TRUE(world.log->latest_snapshot());
    if (const auto snapshot = world.log->latest_snapshot()) EXPECT_EQ(world.read_snapshot(*snapshot).size(), 1u);
  }
}

}  // namespace
}  // namespace sluice::raft
