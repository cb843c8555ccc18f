#include <deque>

#include "client/cluster_fixture.h"
#include "client/consumer.h"

namespace sluice::client {
namespace {

std::set<TopicPartition> merged(const std::set<TopicPartition>& a, const std::set<TopicPartition>& b) {
  std::set<TopicPartition> all = a;
  all.insert(b.begin(), b.end());
  return all;
}

/// A member that polls again and again, as an application does, and notes what it is told.
struct Member {
  std::unique_ptr<Consumer> consumer;
  std::vector<std::string> heard;
  std::vector<std::string> values;
  std::vector<Failure> failures;
  bool polling = true;

  static std::string shown(const char* what, const std::set<TopicPartition>& partitions) {
    std::string text = what;
    for (const TopicPartition& partition : partitions) text += " " + std::to_string(partition.partition.value);
    return text;
  }
  static Task<void> hear(Member* self, const char* what, std::set<TopicPartition> partitions) {
    self->heard.push_back(shown(what, partitions));
    co_return;
  }
  RebalanceListener listener() {
    return {
        .assigned = [this](std::set<TopicPartition> partitions) { return hear(this, "+", std::move(partitions)); },
        .revoked = [this](std::set<TopicPartition> partitions) { return hear(this, "-", std::move(partitions)); },
        .lost = [this](std::set<TopicPartition> partitions) { return hear(this, "lost", std::move(partitions)); }};
  }
  Task<void> run() {
    while (polling) {
      const Outcome<ConsumedRecords> records = co_await consumer->poll(100ms);
      if (!records) {
        failures.push_back(records.error());
        continue;
      }
      for (const PartitionRecords& partition : records->partitions())
        for (const ConsumedRecord& record : partition.records) values.emplace_back(as_text(*record.value));
    }
  }
};

class ConsumerGroupTest : public ClusterFixture {
 protected:
  ConsumerGroupTest() { cluster_.create_topic("orders", 6); }
  ~ConsumerGroupTest() override {
    for (Member& member : members_) stop(member);
  }

  ConsumerConfig config(std::string assignor = "range") const {
    ConsumerConfig config;
    config.client = cluster_.client_config();
    config.group_id = "readers";
    config.auto_offset_reset.kind = OffsetReset::Kind::earliest;
    config.partition_assignment_strategy = {std::move(assignor)};
    return config;
  }
  Member& join(const ConsumerConfig& config) {
    Member& member = members_.emplace_back();
    member.consumer = std::make_unique<Consumer>(loop_, network_, config);
    EXPECT_TRUE(member.consumer->subscribe({"orders"}, member.listener()));
    tasks_.start(member.run());
    return member;
  }
  void stop(Member& member) {
    if (!member.consumer) return;
    member.polling = false;
    loop_.run(member.consumer->close());
    loop_.run_until_idle();
    member.consumer.reset();
  }
  /// Long enough for joins, heartbeats and rebalances.
  void settle() { loop_.advance(15s); }
  std::set<TopicPartition> owned(const Member& member) const { return member.consumer->assignment(); }
  std::set<TopicPartition> all() const {
    std::set<TopicPartition> partitions;
    for (int i = 0; i < 6; ++i) partitions.insert({"orders", PartitionIndex{i}});
    return partitions;
  }
  FakeGroup& group() { return cluster_.group("readers"); }

  TaskGroup tasks_{loop_};
  std::deque<Member> members_;
};

class ConsumerGroupAssignorTest : public ConsumerGroupTest, public testing::WithParamInterface<const char*> {};

// Members come and go; at rest each partition has one reader and all are read.
TEST_P(ConsumerGroupAssignorTest, SharesThePartitionsAmongItsMembers) {
  Member& first = join(config(GetParam()));
  settle();
  EXPECT_EQ(owned(first), all());
  Member& second = join(config(GetParam()));
  settle();
  EXPECT_EQ(owned(first).size(), 3U);
  EXPECT_EQ(owned(second).size(), 3U);
  EXPECT_EQ(merged(owned(first), owned(second)), all());
  Member& third = join(config(GetParam()));
  settle();
  EXPECT_EQ(owned(first).size(), 2U);
  EXPECT_EQ(merged(merged(owned(first), owned(second)), owned(third)), all());
  stop(first);
  settle();
  EXPECT_EQ(merged(owned(second), owned(third)), all());
  EXPECT_EQ(group().size(), 2U);
  for (const Member& member : members_) EXPECT_TRUE(member.failures.empty()) << member.failures.front().what;
}
INSTANTIATE_TEST_SUITE_P(Assignors, ConsumerGroupAssignorTest,
                         testing::Values("range", "roundrobin", "sticky", "cooperative-sticky"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

// No record is lost or read twice while members come and go, since each commits before it lets go.
TEST_F(ConsumerGroupTest, ReadsEachRecordOnceThroughRebalances) {
  std::set<std::string> expected;
  const auto produce = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      cluster_.log("orders", i % 6).append_records({std::to_string(i)});
      expected.insert(std::to_string(i));
    }
  };
  produce(0, 60);
  Member& first = join(config("cooperative-sticky"));
  loop_.advance(2s);
  join(config("cooperative-sticky"));
  produce(60, 90);
  loop_.advance(2s);
  produce(90, 120);
  settle();
  join(config("cooperative-sticky"));
  produce(120, 150);
  settle();
  stop(first);
  produce(150, 180);
  settle();
  std::vector<std::string> values;
  for (const Member& member : members_) values.insert(values.end(), member.values.begin(), member.values.end());
  EXPECT_EQ(values.size(), 180U);
  EXPECT_EQ(std::set<std::string>(values.begin(), values.end()), expected);
}

// Eager members hand everything back before they join.
TEST_F(ConsumerGroupTest, EagerMembersAreToldOfEverything) {
  Member& first = join(config());
  settle();
  Member& second = join(config());
  settle();
  EXPECT_EQ(first.heard, (std::vector<std::string>{"+ 0 1 2 3 4 5", "- 0 1 2 3 4 5", "+ 0 1 2"}));
  EXPECT_EQ(second.heard, (std::vector<std::string>{"+ 3 4 5"}));
}

// Cooperative members give up only what moves (KIP-429), and read on meanwhile.
TEST_F(ConsumerGroupTest, CooperativeMembersAreToldOfWhatMoves) {
  Member& first = join(config("cooperative-sticky"));
  settle();
  join(config("cooperative-sticky"));
  settle();
  ASSERT_EQ(first.heard.size(), 2U);
  EXPECT_EQ(first.heard[0], "+ 0 1 2 3 4 5");
  EXPECT_EQ(first.heard[1].substr(0, 1), "-");
  EXPECT_EQ(owned(first).size(), 3U);
}

// Who is put out of the group has lost its partitions: it may not commit them any more, and joins again.
TEST_F(ConsumerGroupTest, LearnsThatItsPartitionsAreLost) {
  Member& member = join(config());
  settle();
  group().expel(group().member_ids().front());
  settle();
  EXPECT_EQ(member.heard, (std::vector<std::string>{"+ 0 1 2 3 4 5", "lost 0 1 2 3 4 5", "+ 0 1 2 3 4 5"}));
  EXPECT_EQ(owned(member), all());
}

// A member whose owner does not poll any more makes way for others.
TEST_F(ConsumerGroupTest, LeavesWhenNobodyPolls) {
  ConsumerConfig short_interval = config();
  short_interval.max_poll_interval = 20s;
  Member& member = join(short_interval);
  settle();
  EXPECT_EQ(group().size(), 1U);
  member.polling = false;
  loop_.advance(15s);
  EXPECT_EQ(group().size(), 1U);
  loop_.advance(10s);
  EXPECT_EQ(group().size(), 0U);
  const Outcome<void> done = loop_.run(member.consumer->commit());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unknown_member_id);
}

TEST_F(ConsumerGroupTest, StaysThroughAChangeOfCoordinator) {
  Member& member = join(config());
  settle();
  cluster_.coordinator = NodeId{3};
  settle();
  EXPECT_EQ(owned(member), all());
  EXPECT_EQ(member.heard.size(), 1U) << "no rebalance is needed for that";
}

TEST_F(ConsumerGroupTest, JoinsThroughErrorsThatPass) {
  cluster_.inject({.api = ApiKey::find_coordinator, .error = ErrorCode::coordinator_not_available, .times = 2});
  cluster_.inject({.api = ApiKey::join_group, .error = ErrorCode::coordinator_load_in_progress, .times = 2});
  cluster_.inject({.api = ApiKey::sync_group, .error = ErrorCode::not_coordinator, .times = 1});
  cluster_.inject({.api = ApiKey::join_group, .kind = FakeFault::Kind::cut_after, .times = 1, .skip = 3});
  Member& member = join(config());
  settle();
  settle();
  EXPECT_EQ(owned(member), all());
  EXPECT_TRUE(member.failures.empty()) << member.failures.front().what;
}

TEST_F(ConsumerGroupTest, ReportsWhatKeepsItOut) {
  cluster_.inject({.api = ApiKey::join_group, .error = ErrorCode::group_authorization_failed, .times = 1});
  Member& member = join(config());
  settle();
  ASSERT_EQ(member.failures.size(), 1U);
  EXPECT_EQ(member.failures[0].code, ErrorCode::group_authorization_failed);
  EXPECT_EQ(owned(member), all()) << "the next poll tried again";
}

// A static member that stops is expected back: nobody else gets its partitions, and it gets them again (KIP-345).
TEST_F(ConsumerGroupTest, AStaticMemberDoesNotLeave) {
  ConsumerConfig fixed = config("sticky");
  fixed.group_instance_id = "one";
  Member& first = join(fixed);
  ConsumerConfig other = config("sticky");
  other.group_instance_id = "two";
  Member& second = join(other);
  settle();
  const auto before = owned(first);
  const int joins = group().joins;
  stop(first);
  settle();
  EXPECT_EQ(group().size(), 2U);
  EXPECT_EQ(group().joins, joins) << "the other one was not disturbed";
  EXPECT_EQ(owned(second).size(), 3U);
  Member& back = join(fixed);
  settle();
  EXPECT_EQ(owned(back), before);
}

TEST_F(ConsumerGroupTest, SeesNewPartitions) {
  Member& member = join(config());
  settle();
  cluster_.create_topic("orders", 8);
  loop_.advance(cluster_.client_config().metadata_max_age + 15s);
  EXPECT_EQ(owned(member).size(), 8U);
}

TEST_F(ConsumerGroupTest, SubscribesByFilter) {
  Member& member = members_.emplace_back();
  member.consumer = std::make_unique<Consumer>(loop_, network_, config());
  ASSERT_TRUE(member.consumer->subscribe_where([](std::string_view name) { return name.starts_with("log-"); },
                                               member.listener()));
  tasks_.start(member.run());
  settle();
  EXPECT_TRUE(owned(member).empty());
  cluster_.create_topic("log-a", 2);
  loop_.advance(cluster_.client_config().metadata_max_age + 15s);
  EXPECT_EQ(owned(member).size(), 2U);
}

TEST_F(ConsumerGroupTest, NeedsAGroupToSubscribe) {
  ConsumerConfig alone = config();
  alone.group_id.reset();
  Consumer consumer(loop_, network_, alone);
  const Outcome<void> done = consumer.subscribe({"orders"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_group_id);
  loop_.run(consumer.close());
}

}  // namespace
}  // namespace sluice::client
