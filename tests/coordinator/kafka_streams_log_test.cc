// __consumer_offsets as Kafka 4.4.0 wrote it for streams groups (KIP-1071). By its log: "app" reads "lines" and
// "more" (two partitions each) through a repartition topic and counts with one spare copy of the state. Its member
// "a" had all tasks until "b", a static one, came; then "b" went away for a while. A description of the topology
// was told to the broker. "gone" had a member and was deleted; "quiet" has none any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/assert.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/group_world.h"
#include "coordinator/groups.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "record/batch_view.h"
#include "record/record_reader.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Buffer segment() {
  const std::filesystem::path directory(SLUICE_STREAMS_FIXTURE_DIR);
  std::ifstream file(directory / "00000000000000000000.log", std::ios::binary);
  EXPECT_TRUE(file.is_open());
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return Buffer::copy_of(as_bytes(bytes));
}

/// The topics of the cluster that wrote the log, with their ids.
GroupCluster cluster_of_the_log() {
  TopicsEditor editor{TopicsImage{}};
  for (const auto& [name, id] :
       {std::pair("lines", "6c8VBS99RlaoxKNrFBJXYg"), std::pair("more", "MA9fZzZ8SSmmRDEHN70EKQ"),
        std::pair("app-by-word-repartition", "s2Gg50IqTjSN1TcFWV58sw"),
        std::pair("app-counts-changelog", "tr1IcqEsSuyIm3HS5HJilg")}) {
    const Uuid uuid = *Uuid::parse(id);
    SLUICE_ASSERT(editor.add(name, uuid).has_value());
    TopicImage* topic = editor.open(uuid);
    for (std::int32_t i = 0; i < 2; ++i) {
      auto partition = std::make_shared<PartitionImage>();
      partition->replicas = {NodeId{1}};
      SLUICE_ASSERT(topic->set_partition({i}, std::move(partition)).has_value());
    }
  }
  auto image = std::make_shared<MetadataImage>();
  image->topics = editor.finish();
  auto settings = std::make_shared<GroupSettings>(*default_group_settings());
  settings->groups["app"] =
      effective_group_config({{"streams.num.standby.replicas", "1"}, {"streams.initial.rebalance.delay.ms", "0"}},
                             Configuration(ConfigScope::broker));
  return {.image = std::move(image), .settings = std::move(settings)};
}

class KafkaStreamsLogTest : public testing::Test {
 protected:
  KafkaStreamsLogTest() : store(loop), shares(loop), coordinator(loop, shares, GroupOptions{}) {
    store.put(segment());
    coordinator.set_cluster(cluster_of_the_log(), {});
    coordinator.load({0}, 1, store.open());
    loop.run_until_idle();
  }
  ~KafkaStreamsLogTest() override { loop.run(coordinator.close()); }

  StreamsHeartbeatAnswer beat(StreamsBeat said) {
    said.group = "app";
    const auto request = request_of(said);
    StreamsHeartbeatAnswer answer =
        loop.run(coordinator.streams_heartbeat(request, {.client_id = "app", .host = "/127.0.0.1", .version = 1}));
    EXPECT_EQ(answer.error, ErrorCode::none) << answer.error_message;
    return answer;
  }
  DescribedStreamsGroup describe(std::string_view group) {
    return loop.run(coordinator.describe_streams_group(group));
  }

  sim::SimLoop loop;
  MemoryStore store;
  ShareStore shares;
  GroupCoordinator coordinator;
};

TEST(KafkaStreamsLog, IsUnderstoodRecordByRecord) {
  const Buffer log = segment();
  Decompressor decompressor;
  Groups groups;
  int records = 0;
  ConstBatchWalk walk(log.bytes());
  while (const auto batch = walk.next()) {
    ASSERT_TRUE(batch->has_value()) << batch->error().what;
    RecordReader reader(**batch, decompressor);
    while (const auto record = reader.next()) {
      ASSERT_TRUE(record->has_value()) << record->error().what;

      EXPECT_TRUE(groups.replay({.offset = (*record)->offset,
                                 .transaction = std::nullopt,
                                 .key = *(*record)->key,
                                 .value = (*record)->value}));
      ++records;
    }
  }
  EXPECT_EQ(records, 56);
  EXPECT_NE(groups.streams().find("app"), nullptr);
}

TEST_F(KafkaStreamsLogTest, HoldsTheGroupsThatKafkaListed) {
  std::map<std::string, std::string> states;
  for (const ListedGroup& group : loop.run(coordinator.list()).groups) {
    EXPECT_EQ(group.type, GroupType::streams);
    states[group.id] = group.state;
  }
  EXPECT_THAT(states, testing::ElementsAre(testing::Pair("app", "Reconciling"), testing::Pair("quiet", "Empty")));
  EXPECT_EQ(describe("gone").error, ErrorCode::group_id_not_found);
}

// As kafka-streams-groups.sh --describe --members --verbose showed it.
TEST_F(KafkaStreamsLogTest, HoldsTheMembersAndTasksThatKafkaDescribed) {
  const DescribedStreamsGroup group = describe("app");
  EXPECT_EQ(group.epoch, 4);
  EXPECT_EQ(group.assignment_epoch, 4);
  EXPECT_EQ(group.topology->epoch, 0);
  EXPECT_THAT(group.topology->subtopologies, SizeIs(2));
  EXPECT_EQ(group.description, nullptr) << "what Kafka's broker kept of it was in its memory";
  ASSERT_THAT(group.members, SizeIs(2));
  const StreamsMember& a = group.members[0].member;
  EXPECT_EQ(a.id, "a");
  EXPECT_EQ(a.epoch, 4);
  EXPECT_EQ(a.process_id, "p-a");
  EXPECT_EQ(a.rack_id, "r1");
  EXPECT_EQ(a.client_tags, (std::map<std::string, std::string>{{"cluster", "c"}, {"zone", "z1"}}));
  TaskRoles tasks{.active = {{"0", {{0}}}, {"1", {{0}}}}, .standby = {{"1", {{1}}}}, .warmup = {}};
  EXPECT_EQ(without_epochs(a.assigned), tasks);
  EXPECT_EQ(group.members[0].target, tasks);
  const StreamsMember& b = group.members[1].member;
  EXPECT_EQ(b.epoch, -2) << "away for a while";
  EXPECT_EQ(b.instance_id, "i-b");
  EXPECT_EQ(b.endpoint->host, "host-b");
  EXPECT_EQ(b.endpoint->port, 4711);
  tasks = {.active = {{"0", {{1}}}, {"1", {{1}}}}, .standby = {{"1", {{0}}}}, .warmup = {}};
  EXPECT_EQ(without_epochs(b.assigned), tasks);
}

// The topics' hash, the settings and the tasks are what Kafka found them to be, so that nothing is new.
TEST_F(KafkaStreamsLogTest, IsGoneOnWithByItsMembers) {
  const StreamsHeartbeatAnswer answer = beat(StreamsBeat::again("a", 4));
  EXPECT_EQ(answer.member_epoch, 4);
  EXPECT_FALSE(answer.tasks);
  EXPECT_THAT(answer.notes, IsEmpty());
  EXPECT_TRUE(answer.description_required);
  EXPECT_EQ(describe("app").epoch, 4);

  StreamsBeat back;
  back.member = "b-again";
  back.instance = "i-b";
  back.process = "p-b";
  back.endpoint = StreamsEndpoint{.host = "host-b", .port = 4711};
  back.topology.emplace();
  StreamsSubtopology& reads = back.topology->subtopologies.emplace_back();
  reads.id = "0";
  reads.source_topics = {"lines", "more"};
  reads.repartition_sinks = {"app-by-word-repartition"};
  reads.copartition_groups = {{.source_topics = {0, 1}, .source_patterns = {}, .repartition_sources = {}}};
  StreamsSubtopology& counts = back.topology->subtopologies.emplace_back();
  counts.id = "1";
  counts.repartition_sources.push_back(
      {.name = "app-by-word-repartition", .configs = {{"cleanup.policy", "delete"}}});
  counts.changelogs.push_back({.name = "app-counts-changelog", .configs = {{"cleanup.policy", "compact"}}});
  const StreamsHeartbeatAnswer returned = beat(back);
  EXPECT_EQ(returned.member_epoch, 4) << "what a static member had waits for it";
  ASSERT_TRUE(returned.tasks);
  EXPECT_EQ(returned.tasks->active, (Tasks{{"0", {{1}}}, {"1", {{1}}}}));
  EXPECT_EQ(returned.tasks->standby, (Tasks{{"1", {{0}}}}));
}

}  // namespace
}  // namespace sluice::test
