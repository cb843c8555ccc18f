// A node, its clients and all that can befall them, from a seed.
//
// SLUICE_SIM_SEEDS=N runs N seeds instead of a few; SLUICE_SIM_SEED=S begins with S. To replay a failure:
//   SLUICE_SIM_SEED=S SLUICE_SIM_SEEDS=1 server_tests --gtest_filter='NodeSimulation.KeepsItsPromises'
// SLUICE_SIM_LOG=1 shows what the node logs, SLUICE_SIM_TRACE=1 every event.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "server/sim_world.h"

namespace sluice::sim {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

WorldOutcome live(WorldOptions options) {
  SimWorld world(options);
  if (std::getenv("SLUICE_SIM_TRACE") != nullptr)
    world.trace().listen([](std::string_view what, std::string_view whom, std::uint64_t a, std::uint64_t b) {
      fmt::print("{} {} {} {}\n", what, whom, a, b);
    });
  return world.run();
}

class NodeSimulation : public testing::Test {
 protected:
  NodeSimulation() {
    const bool shown = std::getenv("SLUICE_SIM_LOG") != nullptr;
    spdlog::set_level(shown ? spdlog::level::debug : spdlog::level::off);
  }
};

TEST_F(NodeSimulation, KeepsItsPromises) {
  const std::uint64_t first = number_from("SLUICE_SIM_SEED", 1);
  const std::uint64_t count = number_from("SLUICE_SIM_SEEDS", 100);
  std::size_t acknowledged = 0, settled = 0, compacted = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const WorldOutcome outcome = live({.seed = seed});
    acknowledged += outcome.acknowledged;
    settled += outcome.settled;
    compacted += outcome.compacted;
    for (const std::string& violation : outcome.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
    if (!outcome.violations.empty())
      ADD_FAILURE() << "replay: SLUICE_SIM_SEED=" << seed
                    << " SLUICE_SIM_SEEDS=1 server_tests --gtest_filter=NodeSimulation.KeepsItsPromises";
  }
  EXPECT_GT(acknowledged, 50 * count) << "the worlds were too quiet to show anything";
  EXPECT_GT(settled, 50 * count) << "the share groups were too idle to show anything";
  EXPECT_GT(2 * compacted, count) << "too few logs were compacted to show anything";
}

TEST_F(NodeSimulation, HappensTheSameWayFromTheSameSeed) {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1001; seed <= 1005; ++seed) {
    const WorldOutcome once = live({.seed = seed, .troubled = std::chrono::seconds(10)});
    const WorldOutcome again = live({.seed = seed, .troubled = std::chrono::seconds(10)});
    EXPECT_EQ(once.trace, again.trace) << "seed " << seed;
    EXPECT_EQ(once.events, again.events) << "seed " << seed;
    EXPECT_GT(once.events, 1000u);
    traces.insert(once.trace);
  }
  EXPECT_EQ(traces.size(), 5u) << "different seeds, different worlds";
}

// What is checked must be able to fail: each of these bugs must be seen in some of a few worlds.
TEST_F(NodeSimulation, SeesEveryPlantedBug) {
  using enum PlantedBug;
  for (const PlantedBug bug :
       {disk_ignores_sync, disk_drops_write, disk_rots, log_loses_tail, group_forgets_commits, start_moves,
        table_loses_key, share_forgets_states, share_skips_records}) {
    bool seen = false;
    for (std::uint64_t seed = 1; seed <= 8 && !seen; ++seed)
      seen = !live({.seed = seed, .bug = bug, .troubled = std::chrono::seconds(5)}).violations.empty();
    EXPECT_TRUE(seen) << "planted bug " << static_cast<int>(bug);
  }
}

}  // namespace
}  // namespace sluice::sim
