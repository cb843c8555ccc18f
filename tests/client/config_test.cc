#include <gtest/gtest.h>

#include "client/consumer_config.h"
#include "client/producer_config.h"

namespace sluice::client {
namespace {

using namespace std::chrono_literals;

TEST(ClientConfig, ReadsServers) {
  const auto servers = parse_bootstrap_servers(" a:1 , PLAINTEXT://b:2,[::1]:3,");
  ASSERT_TRUE(servers);
  EXPECT_EQ(*servers, (std::vector<Endpoint>{{"a", 1}, {"b", 2}, {"::1", 3}}));
  for (const auto* wrong : {"", "a", "a:", ":1", "a:0", "a:65536", "a:1x", ","})
    EXPECT_FALSE(parse_bootstrap_servers(wrong));
}

// What a file says counts over the defaults, and leaves the others as they are.
TEST(ClientConfig, ReadsTheKeysOfEveryClient) {
  std::vector<std::string> warnings;
  ClientConfig defaults;
  defaults.client_id = "default";
  defaults.default_api_timeout = 15s;
  defaults.on_warning = [&warnings](std::string_view sentence) { warnings.emplace_back(sentence); };
  const auto config = ClientConfig::from({{"request.timeout.ms", "1234"}, {"no.such.key", "1"}}, defaults);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->request_timeout, 1234ms);
  EXPECT_EQ(config->default_api_timeout, 15s);
  EXPECT_EQ(config->client_id, "default");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings.front().find("no.such.key"), std::string::npos);
  EXPECT_EQ(ClientConfig::from({{"request.timeout.ms", "soon"}}, {}).error().code, ErrorCode::invalid_config);
}

TEST(ProducerConfig, ReadsKafkasNames) {
  const auto config = ProducerConfig::from({{"bootstrap.servers", "a:1"},
                                            {"client.id", "me"},
                                            {"acks", "1"},
                                            {"linger.ms", "7"},
                                            {"batch.size", "100"},
                                            {"compression.type", "zstd"},
                                            {"compression.zstd.level", "9"},
                                            {"max.block.ms", "9223372036854775807"}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->client.client_id, "me");
  EXPECT_EQ(config->acks, Acks::leader);
  EXPECT_EQ(config->linger, 7ms);
  EXPECT_EQ(config->compression.codec, Codec::zstd);
  EXPECT_EQ(config->compression.level, 9);
  EXPECT_FALSE(config->idempotent()) << "acks=1 switches it off unless it was asked for";
}

// All that is wrong is told at once, with key and value.
TEST(ProducerConfig, TellsAllThatIsWrong) {
  const auto config = ProducerConfig::from(
      {{"bootstrap.servers", "nowhere"}, {"acks", "some"}, {"linger.ms", "-1"}, {"batch.size", "big"}});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::invalid_config);
  for (const auto* part : {"nowhere", "acks", "some", "linger.ms", "batch.size", "big"})
    EXPECT_NE(config.error().what.find(part), std::string::npos) << part << " in " << config.error().what;
}

TEST(ProducerConfig, RefusesWhatDoesNotGoTogether) {
  const auto with = [](Settings more) {
    more.emplace("bootstrap.servers", "a:1");
    return ProducerConfig::from(more).has_value();
  };
  EXPECT_TRUE(with({}));
  EXPECT_FALSE(with({{"enable.idempotence", "true"}, {"acks", "1"}}));
  EXPECT_FALSE(with({{"enable.idempotence", "true"}, {"retries", "0"}}));
  EXPECT_FALSE(with({{"enable.idempotence", "true"}, {"max.in.flight.requests.per.connection", "6"}}));
  EXPECT_FALSE(with({{"delivery.timeout.ms", "1000"}}));
  EXPECT_FALSE(with({{"transactional.id", "t"}, {"enable.idempotence", "false"}}));
  EXPECT_TRUE(with({{"request.timeout.ms", "300000"}})) << "the delivery timeout follows, as it was not set";
}

TEST(ProducerConfig, WarnsOfUnknownKeys) {
  std::vector<std::string> warnings;
  ClientConfig defaults;
  defaults.on_warning = [&](std::string_view sentence) { warnings.emplace_back(sentence); };
  ASSERT_TRUE(ProducerConfig::from({{"bootstrap.servers", "a:1"}, {"lingr.ms", "1"}}, defaults));
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("lingr.ms"), std::string::npos);
}

TEST(ConsumerConfig, ReadsKafkasNames) {
  const auto config =
      ConsumerConfig::from({{"bootstrap.servers", "a:1"},
                            {"group.id", "g"},
                            {"auto.offset.reset", "by_duration:P1DT2H3M4.5S"},
                            {"isolation.level", "read_committed"},
                            {"partition.assignment.strategy",
                             "org.apache.kafka.clients.consumer.CooperativeStickyAssignor, roundrobin"}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->auto_offset_reset.kind, OffsetReset::Kind::by_duration);
  EXPECT_EQ(config->auto_offset_reset.before, 24h + 2h + 3min + 4500ms);
  EXPECT_EQ(config->partition_assignment_strategy, (std::vector<std::string>{"cooperative-sticky", "roundrobin"}));
  EXPECT_TRUE(config->auto_commits());
}

TEST(ConsumerConfig, RefusesWrongPolicies) {
  for (const auto* wrong : {"", "Earliest", "by_duration:", "by_duration:5", "by_duration:P", "by_duration:PT",
                            "by_duration:PT1D", "by_duration:P1S", "by_duration:PT-1S"})
    EXPECT_FALSE(parse_offset_reset(wrong)) << wrong;
  EXPECT_FALSE(ConsumerConfig::from({{"bootstrap.servers", "a:1"}, {"partition.assignment.strategy", "best"}}));
  EXPECT_FALSE(ConsumerConfig::from({{"bootstrap.servers", "a:1"}, {"enable.auto.commit", "true"}}));
  EXPECT_FALSE(ConsumerConfig::from({{"bootstrap.servers", "a:1"}, {"heartbeat.interval.ms", "45000"}}));
}

}  // namespace
}  // namespace sluice::client
