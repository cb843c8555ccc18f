// The topology of a streams application laid over the topics that there are (KIP-1071).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/configured_topology.h"
#include "coordinator/group_world.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// "orders" is read, repartitioned by "0" into "r", which "1" reads with a changelog.
StreamsTopology repartitioning() {
  StreamsTopology topology = topology_reading("orders");
  topology.subtopologies[0].repartition_sinks = {"r"};
  StreamsSubtopology& second = topology.subtopologies.emplace_back();
  second.id = "1";
  second.repartition_sources.push_back({.name = "r", .configs = {{"cleanup.policy", "delete"}}});
  second.changelogs.push_back({.name = "c", .configs = {}});
  return topology;
}

ConfiguredTopology configured(const StreamsTopology& topology, const std::map<std::string, std::int32_t>& topics) {
  Granted<ConfiguredTopology> made = configure(topology, image_of(topics)->topics);
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made ? std::move(*made) : ConfiguredTopology{};
}

std::string refusal(const StreamsTopology& topology, const std::map<std::string, std::int32_t>& topics) {
  const Granted<ConfiguredTopology> made = configure(topology, image_of(topics)->topics);
  EXPECT_FALSE(made.has_value());
  if (made) return {};
  EXPECT_EQ(made.error().code, ErrorCode::streams_invalid_topology);
  return made.error().message;
}

TEST(ConfiguredTopology, HasAsManyTasksAsThereArePartitions) {
  const ConfiguredTopology made = configured(topology_reading("orders"), {{"orders", 4}});
  EXPECT_TRUE(made.is_ready());
  EXPECT_THAT(made.missing_topics, IsEmpty());
  EXPECT_EQ(made.subtopologies->at("0").task_count, 4);
}

TEST(ConfiguredTopology, SaysWhichSourcesAreMissing) {
  StreamsTopology topology = topology_reading("e");
  topology.subtopologies[0].source_topics = {"e", "d", "c", "b", "a"};
  const ConfiguredTopology made = configured(topology, {{"c", 1}});
  ASSERT_TRUE(made.problem);
  EXPECT_EQ(made.problem->status, StreamsStatus::missing_source_topics);
  EXPECT_EQ(made.problem->detail, "Source topics a, b, d and 1 additional topics are missing.");
  EXPECT_FALSE(made.subtopologies);
}

TEST(ConfiguredTopology, NeedsInternalTopicsWithThePartitionsOfWhatIsRead) {
  const ConfiguredTopology made = configured(repartitioning(), {{"orders", 3}});
  ASSERT_TRUE(made.problem);
  EXPECT_EQ(made.problem->status, StreamsStatus::missing_internal_topics);
  EXPECT_EQ(made.problem->detail, "Internal topics are missing: c, r");
  ASSERT_THAT(made.missing_topics, SizeIs(2));
  EXPECT_EQ(made.missing_topics[0].name, "c");
  EXPECT_EQ(made.missing_topics[0].partitions, 3);
  EXPECT_EQ(made.missing_topics[1].partitions, 3);
  EXPECT_THAT(made.missing_topics[1].configs, ElementsAre(testing::Pair("cleanup.policy", "delete")));
  EXPECT_EQ(made.subtopologies->at("1").task_count, 3);
  EXPECT_TRUE(configured(repartitioning(), {{"orders", 3}, {"c", 3}, {"r", 3}}).is_ready());
}

TEST(ConfiguredTopology, LeavesARepartitionTopicTheNumberThatItAsksFor) {
  StreamsTopology topology = repartitioning();
  topology.subtopologies[1].repartition_sources[0].partitions = 7;
  const ConfiguredTopology made = configured(topology, {{"orders", 3}});
  EXPECT_EQ(made.subtopologies->at("1").task_count, 7);
  EXPECT_EQ(made.missing_topics.at(0).partitions, 7) << "its changelog has as many";
}

TEST(ConfiguredTopology, RefusesInternalTopicsOfAnotherSize) {
  const ConfiguredTopology made = configured(repartitioning(), {{"orders", 3}, {"c", 2}, {"r", 3}});
  ASSERT_TRUE(made.problem);
  EXPECT_EQ(made.problem->status, StreamsStatus::incorrectly_partitioned_topics);
  EXPECT_EQ(made.problem->detail, "Existing topic c has different number of partitions: expected 3, found 2");
  EXPECT_THAT(made.missing_topics, IsEmpty());
}

TEST(ConfiguredTopology, HoldsTopicsThatAreJoinedToOneNumber) {
  StreamsTopology topology = topology_reading("a");
  topology.subtopologies[0].source_topics = {"a", "b"};
  topology.subtopologies[0].copartition_groups = {
      {.source_topics = {0, 1}, .source_patterns = {}, .repartition_sources = {}}};
  EXPECT_TRUE(configured(topology, {{"a", 2}, {"b", 2}}).is_ready());
  const ConfiguredTopology made = configured(topology, {{"a", 2}, {"b", 3}});
  ASSERT_TRUE(made.problem);
  EXPECT_EQ(made.problem->status, StreamsStatus::incorrectly_partitioned_topics);
  EXPECT_EQ(made.problem->detail, "Following topics do not have the same number of partitions: [{a=2, b=3}]");
}

// A topic of others decides how many partitions what is joined with it has.
TEST(ConfiguredTopology, FitsARepartitionTopicToWhatItIsJoinedWith) {
  StreamsTopology topology = repartitioning();
  StreamsSubtopology& joining = topology.subtopologies[1];
  joining.source_topics = {"users"};
  joining.copartition_groups = {{.source_topics = {0}, .source_patterns = {}, .repartition_sources = {0}}};
  const ConfiguredTopology made = configured(topology, {{"orders", 3}, {"users", 5}});
  EXPECT_EQ(made.subtopologies->at("1").repartition_sources.at(0).partitions, 5);
  joining.repartition_sources[0].partitions = 4;
  const ConfiguredTopology unfit = configured(topology, {{"orders", 3}, {"users", 5}});
  ASSERT_TRUE(unfit.problem);
  EXPECT_EQ(
      unfit.problem->detail,
      "Number of partitions [4] of repartition topic [r] doesn't match number of partitions [5] of the source "
      "topic.");
}

// As Kafka has it: where only repartition topics are joined, all that have a number of their own must agree, and
// decide, those too that are not joined with them.
TEST(ConfiguredTopology, FitsJoinedRepartitionTopicsToAnyWithANumberOfItsOwn) {
  StreamsTopology topology = repartitioning();
  topology.subtopologies[0].repartition_sinks.push_back("q");
  StreamsSubtopology& joining = topology.subtopologies[1];
  joining.repartition_sources.push_back({.name = "q", .configs = {}});
  joining.copartition_groups = {{.source_topics = {}, .source_patterns = {}, .repartition_sources = {0, 1}}};
  EXPECT_EQ(configured(topology, {{"orders", 3}}).subtopologies->at("1").task_count, 3) << "the greatest";

  StreamsSubtopology& elsewhere = topology.subtopologies.emplace_back();
  elsewhere.id = "2";
  elsewhere.repartition_sources.push_back({.name = "s", .partitions = 6, .configs = {}});
  const ConfiguredTopology made = configured(topology, {{"orders", 3}});
  EXPECT_EQ(made.subtopologies->at("1").repartition_sources.at(0).partitions, 6);
  EXPECT_EQ(made.subtopologies->at("1").repartition_sources.at(1).partitions, 6);

  elsewhere.repartition_sources.push_back({.name = "t", .partitions = 5, .configs = {}});
  const ConfiguredTopology unfit = configured(topology, {{"orders", 3}});
  ASSERT_TRUE(unfit.problem);
  EXPECT_EQ(unfit.problem->status, StreamsStatus::incorrectly_partitioned_topics);
  EXPECT_EQ(unfit.problem->detail, "Following topics do not have the same number of partitions: [{q=3, r=3}]");
}

TEST(ConfiguredTopology, RefusesWhatCannotBe) {
  StreamsTopology nothing_read;
  nothing_read.subtopologies.emplace_back().id = "0";
  EXPECT_EQ(refusal(nothing_read, {}), "No source topics found for subtopology 0");

  StreamsTopology circle;
  for (const char* id : {"0", "1"}) {
    StreamsSubtopology& subtopology = circle.subtopologies.emplace_back();
    subtopology.id = id;
    subtopology.repartition_sinks = {*id == '0' ? "x" : "y"};
    subtopology.repartition_sources.push_back({.name = *id == '0' ? "y" : "x", .configs = {}});
  }
  EXPECT_THAT(refusal(circle, {}), testing::HasSubstr("loops in the topology"));

  StreamsTopology unwritten = repartitioning();
  unwritten.subtopologies[0].repartition_sinks.clear();
  EXPECT_THAT(refusal(unwritten, {{"orders", 1}}), testing::HasSubstr("never used as a sink topic"));

  StreamsTopology negative = repartitioning();
  negative.subtopologies[1].repartition_sources[0].partitions = -1;
  EXPECT_EQ(refusal(negative, {{"orders", 1}}), "Number of partitions must be at least 1.");
}

TEST(StreamsTopology, RefusesPlacesThatListsDoNotHave) {
  StreamsBeat beat;
  beat.topology = topology_reading("a");
  beat.topology->subtopologies[0].copartition_groups = {
      {.source_topics = {1}, .source_patterns = {}, .repartition_sources = {}}};
  EXPECT_FALSE(topology_of(*request_of(beat).topology).has_value());
  beat.topology->subtopologies[0].copartition_groups[0].source_topics = {-1};
  EXPECT_FALSE(topology_of(*request_of(beat).topology).has_value());
  beat.topology->subtopologies[0].copartition_groups.clear();
  beat.topology->subtopologies.push_back(beat.topology->subtopologies[0]);
  EXPECT_FALSE(topology_of(*request_of(beat).topology).has_value()) << "an id twice";
}

}  // namespace
}  // namespace sluice::test
