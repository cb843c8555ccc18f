// __consumer_offsets as Kafka 4.4.0 left it: groups of every protocol, loaded through the whole coordinator.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/java_hash.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/group_world.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

constexpr std::int32_t kPartitions = 50;

class KafkaLogTest : public testing::Test {
 protected:
  KafkaLogTest() : shares(loop), coordinator(loop, shares, GroupOptions{}) {
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      auto& store = stores.emplace_back(std::make_unique<MemoryStore>(loop));
      store->put(segment(i));
      coordinator.load({i}, kPartitions, store->open());
    }
    loop.run_until_idle();
  }
  ~KafkaLogTest() override { loop.run(coordinator.close()); }

  static Buffer segment(std::int32_t partition) {
    const std::filesystem::path directory(SLUICE_FIXTURE_DIR);
    std::ifstream file(directory / fmt::format("__consumer_offsets-{}", partition) / "00000000000000000000.log",
                       std::ios::binary);
    EXPECT_TRUE(file.is_open());
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return Buffer::copy_of(as_bytes(bytes));
  }

  std::int64_t fetch(std::string_view group, std::string_view topic, std::int32_t partition) {
    const auto request = fetch_of(group, topic, partition);
    const FetchAnswer answer = loop.run(coordinator.fetch(request, false));
    EXPECT_EQ(answer.error, ErrorCode::none);
    return answer.topics.at(0).partitions.at(0).offset.value;
  }

  std::map<std::string, ListedGroup> list() {
    std::map<std::string, ListedGroup> listed;
    for (ListedGroup& group : loop.run(coordinator.list()).groups) listed.emplace(group.id, group);
    return listed;
  }

  sim::SimLoop loop;
  std::vector<std::unique_ptr<MemoryStore>> stores;
  ShareStore shares;
  GroupCoordinator coordinator;
};

TEST_F(KafkaLogTest, HoldsTheGroupsThatKafkaListed) {
  const std::map<std::string, ListedGroup> listed = list();
  EXPECT_EQ(listed.at("g-classic").type, GroupType::classic);
  EXPECT_EQ(listed.at("g-classic").protocol_type, "consumer");
  EXPECT_EQ(listed.at("g-consumer").type, GroupType::consumer);
  EXPECT_EQ(listed.at("g-share").type, GroupType::share);
  EXPECT_EQ(listed.at("g-classic").state,
            "Stable");  // As kafka-consumer-groups.sh showed it; its member never left.
}

// The groups went on between the transcript, which showed 6560, 6788 and 6682, and the end of the log, which the
// checkpoint of the high watermarks has at 7115, 6788 and 7127.
TEST_F(KafkaLogTest, HoldsOffsetsFromWhereKafkaShowedThemOn) {
  for (const char* group : {"g-classic", "g-consumer"}) {
    EXPECT_THAT(fetch(group, "orders", 0), testing::AllOf(testing::Ge(6560), testing::Le(7115)));
    EXPECT_EQ(fetch(group, "orders", 1), 6788);
    EXPECT_THAT(fetch(group, "orders", 2), testing::AllOf(testing::Ge(6682), testing::Le(7127)));
  }
}

TEST_F(KafkaLogTest, CanBeGoneOnWith) {
  const Join first{.group = "g-classic"};
  const auto request = request_of(first);
  const JoinAnswer answer =
      loop.run(coordinator.join(request, {.client_id = "c", .host = "/127.0.0.1", .version = 9}));
  EXPECT_EQ(answer.error, ErrorCode::member_id_required);
}

}  // namespace
}  // namespace sluice::test
