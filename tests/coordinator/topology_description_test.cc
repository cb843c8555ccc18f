// Descriptions of topologies (KIP-1331): who is asked for one and when, what is kept, and what is not.
#include "coordinator/topology_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using DescriptionRequest = wire::StreamsGroupTopologyDescriptionUpdateRequest;

DescriptionRequest describing(std::string_view source, std::int32_t epoch = 0) {
  DescriptionRequest request;
  request.group_id = "s";
  request.member_id = "a";
  request.topology_epoch = epoch;
  auto& subtopology = request.topology_description.subtopologies.emplace_back();
  subtopology.subtopology_id = "0";
  auto& node = subtopology.nodes.emplace_back();
  node.name = source;
  node.node_type = 1;
  node.source_topics = {"t"};
  node.successors = {"sink"};
  node.stores = {"not-of-a-source"};
  auto& store = request.topology_description.global_stores.emplace_back();
  store.source.name = "global-source";
  store.source.node_type = 1;
  store.processor.name = "global-processor";
  store.processor.node_type = 2;
  store.processor.stores = {"global"};
  return request;
}

class TopologyDescriptionTest : public testing::Test {
 protected:
  TopologyDescriptionTest() { world.set_topics({{"t", 1}}); }

  StreamsHeartbeatAnswer join(const std::string& member, std::int16_t version = 1) {
    StreamsBeat beat;
    beat.member = member;
    beat.topology = topology_reading("t");
    beat.version = version;
    return world.streams_beat(beat);
  }
  bool is_asked(const std::string& member) {
    const StreamsHeartbeatAnswer answer =
        world.streams_beat(StreamsBeat::again(member, world.streams().find(member)->epoch));
    EXPECT_EQ(answer.error, ErrorCode::none) << answer.error_message;
    return answer.description_required;
  }
  ErrorCode send(const DescriptionRequest& request) {
    const auto taken = world.take_topology_description(request);
    return taken ? ErrorCode::none : taken.error().code;
  }

  GroupWorld world;
};

TEST_F(TopologyDescriptionTest, AsksOneMemberOfAGroupThatHasNone) {
  EXPECT_TRUE(join("a").description_required);
  EXPECT_FALSE(join("b").description_required) << "somebody else has been asked";
  EXPECT_EQ(world.describe_streams().description, nullptr);
  EXPECT_EQ(send(describing("lines")), ErrorCode::none);
  const auto kept = world.describe_streams().description;
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->subtopologies.at(0).nodes.at(0).name, "lines");
  EXPECT_EQ(kept->subtopologies.at(0).nodes.at(0).source_topics, std::vector<std::string>{"t"});
  EXPECT_THAT(kept->subtopologies.at(0).nodes.at(0).stores, testing::IsEmpty());
  EXPECT_EQ(kept->global_stores.at(0).processor.stores, std::vector<std::string>{"global"});
  world.advance(40s);
  EXPECT_FALSE(is_asked("b")) << "it is here";
}

/// The pauses between one asking and the next, in seconds, where chance always gives the same.
std::vector<std::int64_t> pauses_with(std::uint64_t chance) {
  TopologyDescriptionSlot slot;
  SteadyTime now{};
  std::vector<std::int64_t> pauses;
  EXPECT_TRUE(slot.ask(0, now, chance));
  for (SteadyTime last = now; pauses.size() < 9; now += 1s) {
    if (!slot.ask(0, now, chance)) continue;
    pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(now - last).count());
    last = now;
  }
  EXPECT_TRUE(slot.ask(1, now, chance)) << "another topology";
  return pauses;
}

// Who is asked may be told by its configuration not to answer.
TEST(TopologyDescriptionSlotTest, AsksAgainAfterLongerAndLongerPauses) {
  EXPECT_THAT(pauses_with(2'000), testing::ElementsAre(30, 60, 120, 240, 480, 960, 1920, 3600, 3600));
  EXPECT_THAT(pauses_with(0), testing::ElementsAre(24, 48, 96, 192, 384, 768, 1536, 2880, 2880));
  EXPECT_THAT(pauses_with(4'000), testing::ElementsAre(36, 72, 144, 288, 576, 1152, 2304, 3600, 3600));
}

TEST_F(TopologyDescriptionTest, DoesNotAskWhoCannotBeAsked) {
  EXPECT_FALSE(join("a", 0).description_required) << "its version cannot say so";
  EXPECT_TRUE(is_asked("a")) << "nor has the pause begun";
}

TEST_F(TopologyDescriptionTest, DoesNotAskWhereItIsSwitchedOff) {
  world.options.streams.topology_descriptions = false;
  EXPECT_FALSE(join("a").description_required);
}

// After a restart, or a move of the coordinator, nothing is left but the group.
TEST_F(TopologyDescriptionTest, AsksAnewWhenTheGroupIsLoaded) {
  join("a");
  send(describing("lines"));
  world.restart();
  EXPECT_EQ(world.describe_streams().description, nullptr);
  EXPECT_TRUE(is_asked("a"));
}

TEST_F(TopologyDescriptionTest, TakesDescriptionsOnlyFromMembersAndOfTheTopology) {
  EXPECT_EQ(send(describing("lines")), ErrorCode::group_id_not_found);
  join("a");
  DescriptionRequest stranger = describing("lines");
  stranger.member_id = "b";
  EXPECT_EQ(send(stranger), ErrorCode::unknown_member_id);
  EXPECT_EQ(send(describing("lines", 1)), ErrorCode::invalid_request);
  EXPECT_EQ(world.describe_streams().description, nullptr);
}

TEST_F(TopologyDescriptionTest, TakesOnlyNodesThatThereAre) {
  join("a");
  DescriptionRequest odd = describing("lines");
  odd.topology_description.subtopologies[0].nodes[0].node_type = 4;
  EXPECT_EQ(send(odd), ErrorCode::invalid_request);
  odd = describing("lines");
  odd.topology_description.global_stores[0].processor.node_type = 3;
  EXPECT_EQ(send(odd), ErrorCode::invalid_request);
  world.advance(30s);
  EXPECT_TRUE(is_asked("a")) << "somebody else may know better";
}

TEST_F(TopologyDescriptionTest, DoesNotKeepOrAskForWhatIsTooLarge) {
  join("a");
  const std::string name(kTopologyDescriptionBytesMax, 'x');
  EXPECT_EQ(send(describing(name)), ErrorCode::streams_topology_description_update_failed);
  world.advance(40s);
  EXPECT_FALSE(is_asked("a")) << "it would send the same";
  DescriptionRequest many = describing("lines");
  many.topology_description.subtopologies[0].nodes.assign(kTopologyDescriptionBytesMax / sizeof(TopologyNode),
                                                          {.name = {}, .node_type = 2, .unknown_tags = {}});
  EXPECT_EQ(send(many), ErrorCode::streams_topology_description_update_failed) << "empty nodes take room too";
}

}  // namespace
}  // namespace sluice::test
