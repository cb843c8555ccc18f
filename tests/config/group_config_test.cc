#include "config/group_config.h"

#include "config/client_metrics_config.h"
#include "support.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

bool is_pattern(std::string_view text) { return text != "("; }

/// Where Kafka repeats itself.
bool has_own_words(const std::string& settings) { return settings.starts_with("share.auto.offset.reset"); }

// The same settings are taken and refused as by Kafka 4.4.0, with the same words.
TEST(GroupConfig, IsCheckedAsKafkaChecksIt) {
  std::size_t checked = 0;
  for (const auto& row : read_table("tests/config/data/kafka-groups.tsv")) {
    SCOPED_TRACE(row[0] + " | " + row[1] + " | " + row[2]);
    const auto result = row[0] == "group" ? validate_group_config(map_of(row[2]), broker_with(row[1]))
                                          : validate_client_metrics_config(map_of(row[2]), is_pattern);
    EXPECT_EQ(result.has_value(), row[3] == "ok");
    if (!has_own_words(row[2])) EXPECT_EQ(error_of(result), row[4]);
    ++checked;
  }
  EXPECT_GT(checked, 55u);
}

TEST(GroupConfig, FollowsTheBrokerWhereTheGroupSaysNothing) {
  const Configuration broker =
      broker_with("group.consumer.session.timeout.ms=50000; group.streams.assignors=sticky");
  const GroupConfig config = effective_group_config(map_of("share.auto.offset.reset=earliest"), broker);
  EXPECT_EQ(config.consumer.session_timeout, 50s);
  EXPECT_EQ(config.consumer.heartbeat_interval, 5s);
  EXPECT_EQ(config.share.auto_offset_reset, "earliest");
  EXPECT_EQ(config.share.record_lock_duration, 30s);
  EXPECT_EQ(config.streams.assignor, "sticky");
  EXPECT_EQ(effective_group_config(map_of("consumer.session.timeout.ms=45001"), broker).consumer.session_timeout,
            45001ms);
}

// The operator has lowered a limit since the group was set up.
TEST(GroupConfig, StaysWithinTheBrokersBounds) {
  const Configuration broker = broker_with("group.share.max.record.lock.duration.ms=40000");
  EXPECT_EQ(
      effective_group_config(map_of("share.record.lock.duration.ms=60000"), broker).share.record_lock_duration,
      40s);
}

TEST(GroupConfig, PassesOverWhatDoesNotFit) {
  const Configuration broker(ConfigScope::broker);
  const GroupConfig config = effective_group_config(map_of("nope=1; share.delivery.count.limit=many"), broker);
  EXPECT_EQ(config, effective_group_config({}, broker));
}

std::string synonyms_of(const ConfigEntry& entry) {
  std::string text = entry.value.value_or("null");
  for (const ConfigSynonym& synonym : entry.synonyms)
    text +=
        fmt::format(" {}:{}={}", static_cast<int>(synonym.source), synonym.name, synonym.value.value_or("null"));
  return text;
}

// As Kafka 4.4.0 describes it.
TEST(GroupConfig, ShowsWhatStandsBehindAValue) {
  const BrokerLayers broker(broker_with("group.consumer.heartbeat.interval.ms=6000"));
  const ConfigMap settings = map_of("consumer.session.timeout.ms=50000; share.auto.offset.reset=earliest");
  const auto described = [&](std::string_view name) {
    return synonyms_of(*describe_group_config(name, settings, broker));
  };
  EXPECT_EQ(described("consumer.session.timeout.ms"),
            "50000 8:consumer.session.timeout.ms=50000 5:group.consumer.session.timeout.ms=45000");
  EXPECT_EQ(described("consumer.heartbeat.interval.ms"),
            "6000 4:group.consumer.heartbeat.interval.ms=6000 5:group.consumer.heartbeat.interval.ms=5000");
  EXPECT_EQ(described("share.auto.offset.reset"),
            "earliest 8:share.auto.offset.reset=earliest 5:share.auto.offset.reset=latest");
  EXPECT_EQ(described("streams.assignor.name"), "sticky 5:group.streams.assignors=sticky");
  EXPECT_EQ(described("errors.deadletterqueue.topic.name"), " 5:errors.deadletterqueue.topic.name=");
  EXPECT_EQ(describe_group_configs(settings, broker).size(), 21u + 3u) << "Kafka's and ours";
}

TEST(ClientMetricsConfig, ShowsSettingsAndDefaults) {
  const auto entries = describe_client_metrics_configs(map_of("interval.ms=500"));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].source, ConfigSource::client_metrics_config);
  EXPECT_EQ(synonyms_of(entries[0]), "500 7:interval.ms=500");
  EXPECT_EQ(synonyms_of(entries[1]), "");
}

}  // namespace
}  // namespace sluice
