#include "config/topic_config.h"

#include "support.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

// The same settings are taken and refused as by Kafka 4.4.0, with the same words.
TEST(TopicConfig, IsCheckedAsKafkaChecksIt) {
  std::size_t checked = 0;
  for (const auto& row : read_table("tests/config/data/kafka-topics.tsv")) {
    SCOPED_TRACE(row[0] + " | " + row[1] + " | " + row[2]);
    const auto result = validate_topic_config(map_of(row[2]), map_of(row[1]), broker_with(row[0]));
    EXPECT_EQ(error_of(result), row[4]);
    ++checked;
  }
  EXPECT_GT(checked, 50u);
}

TEST(TopicConfig, FollowsTheBrokerWhereTheTopicSaysNothing) {
  const Configuration broker = broker_with(
      "log.retention.hours=2; log.segment.bytes=2000000; log.cleanup.policy=compact,delete; "
      "min.insync.replicas=2; "
      "message.max.bytes=77; compression.type=zstd; log.roll.hours=3; log.message.timestamp.type=LogAppendTime");
  TopicConfig config = effective_topic_config({}, broker);
  EXPECT_EQ(config.retention_time, 2h);
  EXPECT_EQ(config.retention_bytes, std::nullopt);
  EXPECT_EQ(config.segment_bytes, 2'000'000u);
  EXPECT_EQ(config.segment_time, 3h);
  EXPECT_TRUE(config.compact);
  EXPECT_TRUE(config.remove);
  EXPECT_EQ(config.min_insync_replicas, 2);
  EXPECT_EQ(config.max_message_bytes, 77u);
  EXPECT_EQ(config.compression, TopicCompression::zstd);
  EXPECT_EQ(config.timestamp_type, TopicTimestampType::log_append_time);

  config = effective_topic_config(
      map_of("retention.ms=-1; retention.bytes=9; cleanup.policy=; min.insync.replicas=1"), broker);
  EXPECT_EQ(config.retention_time, std::nullopt);
  EXPECT_EQ(config.retention_bytes, 9u);
  EXPECT_FALSE(config.compact);
  EXPECT_FALSE(config.remove);
  EXPECT_EQ(config.min_insync_replicas, 1);
}

TEST(TopicConfig, HasKafkasDefaults) {
  const TopicConfig config = effective_topic_config({}, Configuration(ConfigScope::broker));
  EXPECT_EQ(config.retention_time, 168h);
  EXPECT_EQ(config.segment_bytes, 1u << 30);
  EXPECT_EQ(config.segment_time, 168h);
  EXPECT_EQ(config.segment_jitter, 0h);
  EXPECT_EQ(config.max_message_bytes, 1048588u);
  EXPECT_EQ(config.index_interval_bytes, 4096u);
  EXPECT_EQ(config.delete_retention, 24h);
  EXPECT_EQ(config.file_delete_delay, 1min);
  EXPECT_EQ(config.timestamp_after_max, 1h);
  EXPECT_EQ(config.compression, TopicCompression::producer);
  EXPECT_FALSE(config.compact);
  EXPECT_TRUE(config.remove);
}

// log.retention.ms goes before minutes, and those before hours; any negative one means for ever.
TEST(TopicConfig, KnowsTheOrderOfTheBrokersRetentionKeys) {
  const auto retention = [](std::string_view text) {
    return effective_topic_config({}, broker_with(text)).retention_time;
  };
  EXPECT_EQ(retention("log.retention.hours=1; log.retention.minutes=5; log.retention.ms=7"), 7ms);
  EXPECT_EQ(retention("log.retention.hours=1; log.retention.minutes=5"), 5min);
  EXPECT_EQ(retention("log.retention.minutes=-7"), std::nullopt);
  EXPECT_EQ(retention("log.retention.hours=-1"), std::nullopt);
  EXPECT_EQ(effective_topic_config({}, broker_with("log.flush.scheduler.interval.ms=9")).flush_time, 9ms);
}

TEST(TopicConfig, DerivesLocalRetentionFromTheWholeOne) {
  const auto config = effective_topic_config(map_of("retention.ms=100; retention.bytes=50; local.retention.ms=7"),
                                             Configuration(ConfigScope::broker));
  EXPECT_EQ(config.local_retention_time, 7ms);
  EXPECT_EQ(config.local_retention_bytes, 50u);
}

TEST(TopicConfig, RollsACompactedLogInTimeForItsLongestLag) {
  const Configuration broker(ConfigScope::broker);
  EXPECT_EQ(
      effective_topic_config(map_of("cleanup.policy=compact; max.compaction.lag.ms=60000"), broker).roll_time(),
      1min);
  EXPECT_EQ(effective_topic_config(map_of("max.compaction.lag.ms=60000"), broker).roll_time(), 168h);
}

TEST(TopicConfig, ReadsThrottledReplicas) {
  const Configuration broker(ConfigScope::broker);
  const auto some =
      effective_topic_config(map_of("leader.replication.throttled.replicas=0:1,2:3"), broker).leader_throttled;
  EXPECT_TRUE(some.covers(2, 3));
  EXPECT_FALSE(some.covers(2, 1));
  EXPECT_TRUE(effective_topic_config(map_of("follower.replication.throttled.replicas=*"), broker)
                  .follower_throttled.covers(5, 5));
}

// Metadata may hold what another version took; a topic must not become unreadable by it.
TEST(TopicConfig, PassesOverWhatDoesNotFit) {
  const auto config = effective_topic_config(map_of("message.format.version=2.0; segment.bytes=5; retention.ms=9"),
                                             Configuration(ConfigScope::broker));
  EXPECT_EQ(config.segment_bytes, 1u << 30);
  EXPECT_EQ(config.retention_time, 9ms);
}

// The topic of the transcript: `kafka-configs --describe --topic orders --all` against Kafka 4.4.0.
TEST(TopicConfig, IsDescribedAsKafkaDescribesIt) {
  const std::string transcript = read_text("tests/reference/transcripts/kafka-configs.txt");
  const std::string title = "All configs for topic orders are:\n";
  const std::size_t start = transcript.find(title) + title.size();
  const Strings expected = split(transcript.substr(start, transcript.find("\n--- ", start) - start), "\n");
  ASSERT_EQ(expected.size(), 37u);

  BrokerLayers broker(broker_with(""));
  broker.replace_cluster_settings({{"min.insync.replicas", "1"}});
  const ConfigMap settings =
      map_of("max.message.bytes=2000000; retention.bytes=-1; retention.ms=86400000; segment.bytes=1048576");
  Strings described;
  for (const ConfigEntry& entry : describe_topic_configs(settings, broker)) described.push_back(line_of(entry));
  EXPECT_EQ(described, expected);
}

TEST(TopicConfig, ShowsTheBrokersOtherKeysOnlyBehindItsFirst) {
  BrokerLayers broker(broker_with("log.retention.hours=1"));
  EXPECT_EQ(line_of(*describe_topic_config("retention.ms", {}, broker)),
            "  retention.ms=3600000 sensitive=false synonyms={}");
  broker.replace_broker_settings({{"log.retention.ms", "7"}});
  EXPECT_EQ(line_of(*describe_topic_config("retention.ms", {}, broker)),
            "  retention.ms=7 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.retention.ms=7, "
            "STATIC_BROKER_CONFIG:log.retention.hours=1, DEFAULT_CONFIG:log.retention.hours=168}");
  EXPECT_EQ(describe_topic_config("nope", {}, broker), std::nullopt);
}

}  // namespace
}  // namespace sluice
