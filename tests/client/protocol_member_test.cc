// Members by the consumer protocol (KIP-848): what they say to a coordinator, and what they make of its answers.
#include <deque>

#include "client/cluster_fixture.h"
#include "client/consumer.h"
#include "wire/api/consumer_group_heartbeat.h"

namespace sluice::client {
namespace {

using Request = wire::ConsumerGroupHeartbeatRequest;
using Response = wire::ConsumerGroupHeartbeatResponse;

/// A heartbeat as it came, without what it viewed.
struct Heard {
  std::int32_t epoch = 0;
  std::string member{};
  std::optional<std::vector<std::string>> topics{};
  std::optional<std::string> pattern{};
  std::optional<std::size_t> owned{};  ///< How many partitions.
};

class ProtocolMemberTest : public ClusterFixture {
 protected:
  ProtocolMemberTest() {
    cluster_.create_topic("orders", 3);
    cluster_.log("orders", 0).append_records({"a"});
    cluster_.log("orders", 1).append_records({"b"});
    cluster_.on<Request>([this](NodeId, const Request& request) { return answer(request); });
    ConsumerConfig config;
    config.client = cluster_.client_config();
    config.group_id = "g";
    config.group_protocol = GroupProtocol::consumer;
    config.enable_auto_commit = false;
    config.auto_offset_reset = {.kind = OffsetReset::Kind::earliest};
    config.max_poll_interval = 60s;
    consumer_ = std::make_unique<Consumer>(loop_, network_, config);
  }
  ~ProtocolMemberTest() override { loop_.run(consumer_->close()); }

  Response answer(const Request& request) {
    Heard heard{.epoch = request.member_epoch, .member = std::string(request.member_id)};
    if (request.subscribed_topic_names)
      heard.topics.emplace(request.subscribed_topic_names->begin(), request.subscribed_topic_names->end());
    if (request.subscribed_topic_regex) heard.pattern = *request.subscribed_topic_regex;
    if (request.topic_partitions) {
      heard.owned = 0;
      for (const auto& topic : *request.topic_partitions) *heard.owned += topic.partitions.size();
    }
    heard_.push_back(heard);
    Response response;
    response.heartbeat_interval_ms = 1'000;
    response.member_epoch = request.member_epoch == 0 ? ++epoch_ : request.member_epoch;
    if (!errors_.empty()) {
      response.error_code = errors_.front();
      errors_.pop_front();
      return response;
    }
    if (target_) {
      Response::TopicPartitions topic;
      topic.topic_id = orders_id();
      for (const int partition : *target_) topic.partitions.push_back(PartitionIndex{partition});
      response.assignment.emplace();
      if (!target_->empty()) response.assignment->topic_partitions.push_back(topic);
      // Told once, and to whoever joins.
      if (request.member_epoch != 0) target_.reset();
    }
    return response;
  }
  static Uuid orders_id() {
    Uuid id;
    id.bytes[15] = std::byte{1};
    return id;
  }

  RebalanceListener listener() {
    return {.assigned = [this](std::set<TopicPartition> partitions) { return note("+", std::move(partitions)); },
            .revoked = [this](std::set<TopicPartition> partitions) { return note("-", std::move(partitions)); },
            .lost = [this](std::set<TopicPartition> partitions) { return note("lost", std::move(partitions)); }};
  }
  Task<void> note(const char* what, std::set<TopicPartition> partitions) {
    std::string text = what;
    for (const TopicPartition& partition : partitions) text += " " + std::to_string(partition.partition.value);
    told_.push_back(text);
    co_return;
  }
  /// Polls for about so long; the values that came.
  std::vector<std::string> poll(int seconds) {
    std::vector<std::string> values;
    for (int i = 0; i < seconds; ++i) {
      const auto records = loop_.run(consumer_->poll(1s));
      if (!records) {
        failures_.push_back(records.error());
        continue;
      }
      for (const PartitionRecords& partition : records->partitions())
        for (const ConsumedRecord& record : partition.records) values.emplace_back(as_text(*record.value));
    }
    return values;
  }

  std::optional<std::vector<int>> target_ = std::vector<int>{0};
  std::deque<ErrorCode> errors_;
  std::int32_t epoch_ = 0;
  std::vector<Heard> heard_;
  std::vector<std::string> told_;
  std::vector<Failure> failures_;
  std::unique_ptr<Consumer> consumer_;
};

TEST_F(ProtocolMemberTest, JoinsReadsWhatItIsGivenAndSaysSo) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  EXPECT_EQ(poll(3), std::vector<std::string>{"a"});
  ASSERT_GE(heard_.size(), 2U);
  EXPECT_EQ(heard_[0].epoch, 0);
  EXPECT_EQ(heard_[0].topics, std::vector<std::string>{"orders"});
  EXPECT_EQ(heard_[0].owned, 0U);
  EXPECT_EQ(heard_[1].epoch, 1);
  EXPECT_EQ(heard_[1].member, heard_[0].member);
  EXPECT_GE(std::ranges::count(heard_, std::optional<std::size_t>(1), &Heard::owned), 1);
  // What has been said is not said again.
  EXPECT_EQ(heard_.back().topics, std::nullopt);
  EXPECT_EQ(heard_.back().owned, std::nullopt);
  EXPECT_EQ(told_, std::vector<std::string>{"+ 0"});
}

// Heartbeats come at their intervals; only what is new does not wait for the next.
TEST_F(ProtocolMemberTest, JoinsWithOneHeartbeat) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  loop_.advance(900ms);
  EXPECT_EQ(heard_.size(), 1U);
  poll(1);
  heard_.clear();
  loop_.advance(10s);
  EXPECT_GE(heard_.size(), 9U);
  EXPECT_LE(heard_.size(), 10U);
}

// A change while the join is answered is told by the next heartbeat.
TEST_F(ProtocolMemberTest, TellsOfASubscriptionThatChangesWhileItJoins) {
  network_.set_latency(100ms);
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  for (int i = 0; i < 100 && heard_.empty(); ++i) loop_.advance(10ms);
  ASSERT_EQ(heard_.size(), 1U);
  ASSERT_TRUE(consumer_->subscribe({"orders", "more"}, listener()));
  loop_.advance(900ms);
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_EQ(heard_.back().topics, (std::vector<std::string>{"more", "orders"}));
}

TEST_F(ProtocolMemberTest, DoesNotJoinWhenItHasLeft) {
  network_.set_latency(100ms);
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  loop_.run(consumer_->unsubscribe());
  loop_.advance(10s);
  EXPECT_TRUE(heard_.empty());
}

// Whatever the answer of a join says that comes after the member has left.
TEST_F(ProtocolMemberTest, LeavesWhileItJoins) {
  network_.set_latency(100ms);
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  for (int i = 0; i < 100 && heard_.empty(); ++i) loop_.advance(10ms);
  loop_.run(consumer_->unsubscribe());
  loop_.advance(10s);
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_EQ(heard_.back().epoch, -1);
}

// Partitions are given up before the coordinator is told that they are, and only then others are taken up.
TEST_F(ProtocolMemberTest, FollowsAChangeOfItsTarget) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(3);
  heard_.clear();
  target_ = {1};
  EXPECT_EQ(poll(4), std::vector<std::string>{"b"});
  EXPECT_EQ(told_, (std::vector<std::string>{"+ 0", "- 0", "+ 1"}));
  EXPECT_TRUE(std::ranges::any_of(heard_, [](const Heard& heard) { return heard.owned == 1U; }));
  EXPECT_EQ(consumer_->assignment(), (std::set<TopicPartition>{{"orders", PartitionIndex{1}}}));
}

TEST_F(ProtocolMemberTest, TellsOfANewSubscriptionOnce) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(2);
  heard_.clear();
  ASSERT_TRUE(consumer_->subscribe({"orders", "more"}, listener()));
  poll(3);
  std::erase_if(heard_, [](const Heard& heard) { return !heard.topics; });
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_.front().epoch, 1);
  EXPECT_EQ(heard_.front().topics, (std::vector<std::string>{"more", "orders"}));
}

TEST_F(ProtocolMemberTest, LeavesThePatternToTheCoordinator) {
  ASSERT_TRUE(consumer_->subscribe_to_pattern("ord.*", listener()));
  EXPECT_EQ(poll(3), std::vector<std::string>{"a"});
  EXPECT_EQ(heard_.front().pattern, "ord.*");
}

// Others may have its partitions by now: they are lost, not revoked, and it joins anew under the same name.
TEST_F(ProtocolMemberTest, AFencedMemberHasLostWhatItHad) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(2);
  errors_ = {ErrorCode::fenced_member_epoch};
  target_ = {0};
  poll(5);
  EXPECT_EQ(told_, (std::vector<std::string>{"+ 0", "lost 0", "+ 0"}));
  EXPECT_EQ(epoch_, 2);
  EXPECT_EQ(heard_.front().member, heard_.back().member);
}

TEST_F(ProtocolMemberTest, TriesAgainWhileTheCoordinatorLoads) {
  errors_ = {ErrorCode::coordinator_load_in_progress, ErrorCode::not_coordinator};
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  EXPECT_EQ(poll(4), std::vector<std::string>{"a"});
  EXPECT_TRUE(failures_.empty());
}

TEST_F(ProtocolMemberTest, APollSaysWhyThereIsNoMembership) {
  errors_ = {ErrorCode::group_authorization_failed};
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(2);
  ASSERT_FALSE(failures_.empty());
  EXPECT_EQ(failures_.front().code, ErrorCode::group_authorization_failed);
}

// Whoever does not poll is stuck, and gives way to others; with the next poll it comes back.
TEST_F(ProtocolMemberTest, LeavesWhenItIsNotPolled) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(2);
  heard_.clear();
  loop_.advance(90s);
  ASSERT_FALSE(heard_.empty());
  EXPECT_EQ(heard_.back().epoch, -1);
  target_ = {0};
  poll(3);
  EXPECT_EQ(told_, (std::vector<std::string>{"+ 0", "lost 0", "+ 0"}));
}

TEST_F(ProtocolMemberTest, LeavesWhenItCloses) {
  ASSERT_TRUE(consumer_->subscribe({"orders"}, listener()));
  poll(2);
  loop_.run(consumer_->close());
  EXPECT_EQ(heard_.back().epoch, -1);
  EXPECT_EQ(told_.back(), "- 0");
}

}  // namespace
}  // namespace sluice::client
