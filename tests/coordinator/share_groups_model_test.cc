// Random members, administrators and crashes against a share group on its log, with a share coordinator beside it
// that fails now and then. After every step the group is what a simple model says, and replaying the log makes the
// same group; when nothing is disturbed any more every partition is with somebody. A seed that fails replays
// alone: SLUICE_SEED=n.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "coordinator/group_coordinator.h"
#include "coordinator/group_world.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using namespace std::chrono_literals;

constexpr int kSteps = 200;
constexpr auto kSession = 45s;
const std::vector<std::string> kTopics{"t", "u"};

/// A member, as it knows itself.
struct Member {
  std::int32_t epoch = 0;
  std::set<std::string> topics;
  AssignedPartitions assigned;
  SteadyTime expires{};
};

class ShareGroupModel {
 public:
  explicit ShareGroupModel(std::uint64_t seed)
      : loop_(seed), random_(loop_.seeded()), log_(loop_), shares_(loop_) {
    set_topics();
    open();
  }
  ~ShareGroupModel() { loop_.run(coordinator_->close()); }

  void run() {
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(fmt::format("step {}", i));
      step();
      check();
    }
    if (!testing::Test::HasFailure()) settle();
  }

 private:
  void step() {
    const std::string id = fmt::format("m{}", random_.below(4));
    shares_.failure = random_.one_in(6) ? ErrorCode::coordinator_not_available : ErrorCode::none;
    switch (random_.below(15)) {
      case 0: return advance(std::chrono::seconds(random_.below(30)));
      case 1: return restart();
      case 2: return change_topics();
      case 3: return leave(id);
      case 4: return alter();
      case 5: return delete_offsets();
      case 6:
      case 7:
        if (random_.one_in(3)) return lose_states();
        if (random_.one_in(3)) return delete_group();
        [[fallthrough]];
      default: advance(std::chrono::seconds(random_.below(4))); return beat(id);
    }
  }

  void open() {
    coordinator_ = std::make_unique<GroupCoordinator>(loop_, shares_, GroupOptions{});
    coordinator_->set_cluster(cluster_, {});
    coordinator_->load({0}, 1, log_.open());
    loop_.run_until_idle();
    for (auto& [id, member] : members_) member.expires = loop_.now() + kSession;
  }

  void restart() {
    loop_.run(coordinator_->close());
    open();
  }

  /// Power fails, and only the group's own log was flushed.
  void lose_states() {
    shares_.states.reset();
    altered_.clear();
    lost_ = true;
    restart();
  }

  void advance(std::chrono::seconds time) {
    loop_.advance(time);
    std::erase_if(members_, [&](const auto& member) { return member.second.expires <= loop_.now(); });
  }

  void set_topics() {
    cluster_.image = image_of(topics_, ++version_);
    if (!coordinator_) return;
    GroupClusterChange change;
    for (const std::string& name : kTopics) change.topics.insert(name);
    coordinator_->set_cluster(cluster_, change);
  }

  void change_topics() {
    const std::string& name = kTopics[random_.below(kTopics.size())];
    topics_[name] += static_cast<std::int32_t>(random_.below(3)) + 1;
    set_topics();
  }

  void beat(const std::string& id, bool may_resubscribe = true) {
    const auto known = members_.find(id);
    wire::ShareGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = id;
    std::set<std::string> topics;
    if (known == members_.end() || (may_resubscribe && random_.one_in(5))) {
      topics.insert(kTopics[random_.below(2)]);
      if (random_.one_in(2)) topics.insert(kTopics.begin(), kTopics.end());
      request.subscribed_topic_names.emplace(topics.begin(), topics.end());
    }
    request.member_epoch = known == members_.end() ? 0 : known->second.epoch;
    // Its deadline counts from when the beat comes, not from the answer.
    const SteadyTime expires = loop_.now() + kSession;
    const ConsumerHeartbeatAnswer answer = loop_.run(coordinator_->share_heartbeat(request, client_));
    ASSERT_EQ(answer.error, ErrorCode::none) << id << ": " << answer.error_message;
    group_exists_ = true;
    Member& member = members_[id];
    EXPECT_GE(answer.member_epoch, member.epoch);
    member.epoch = answer.member_epoch;
    member.expires = expires;
    if (!topics.empty()) member.topics = topics;
    if (answer.assignment) member.assigned = *answer.assignment;
  }

  void leave(const std::string& id) {
    wire::ShareGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.member_epoch = -1;
    const ErrorCode expected = members_.contains(id) ? ErrorCode::none
                               : group_exists_       ? ErrorCode::unknown_member_id
                                                     : ErrorCode::group_id_not_found;
    EXPECT_EQ(loop_.run(coordinator_->share_heartbeat(request, client_)).error, expected);
    members_.erase(id);
  }

  PartitionIndex any_partition(const std::string& topic) {
    return {static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(topics_.at(topic))))};
  }

  void alter() {
    const std::string& name = kTopics[random_.below(kTopics.size())];
    const Uuid topic = id_of(name);
    const PartitionIndex partition = any_partition(name);
    const Offset start{static_cast<std::int64_t>(random_.below(1'000))};
    const AlteredShareOffsets altered =
        loop_.run(coordinator_->alter_share_offsets("g", {{topic, {{partition, start}}}}));
    EXPECT_EQ(altered.error, members_.empty() ? ErrorCode::none : ErrorCode::non_empty_group);
    if (altered.error != ErrorCode::none) return;
    group_exists_ = true;
    EXPECT_EQ(altered.partitions.at(topic).at(partition), shares_.failure);
    if (shares_.failure == ErrorCode::none) altered_[{topic, partition}] = start;
  }

  void delete_offsets() {
    const Uuid topic = id_of(kTopics[random_.below(kTopics.size())]);
    const bool had_some = loop_.run(coordinator_->share_partitions("g")).partitions.contains(topic);
    const DeletedShareOffsets deleted = loop_.run(coordinator_->delete_share_offsets("g", {topic}));
    EXPECT_EQ(deleted.error, !group_exists_     ? ErrorCode::group_id_not_found
                             : members_.empty() ? ErrorCode::none
                                                : ErrorCode::non_empty_group);
    if (deleted.error != ErrorCode::none) return;
    if (had_some) EXPECT_EQ(deleted.topics.at(topic), shares_.failure);
    // Where it fails it is begun all the same: the next member may begin the topic afresh.
    if (had_some) std::erase_if(altered_, [&](const auto& one) { return one.first.first == topic; });
    EXPECT_FALSE(loop_.run(coordinator_->share_partitions("g")).partitions.contains(topic));
  }

  void delete_group() {
    const ErrorCode error = loop_.run(coordinator_->delete_group("g"));
    if (!group_exists_ || !members_.empty()) {
      EXPECT_EQ(error, group_exists_ ? ErrorCode::non_empty_group : ErrorCode::group_id_not_found);
      return;
    }
    if (error != ErrorCode::none) {
      EXPECT_EQ(error, shares_.failure) << "it is there until its states are gone";
      return;
    }
    group_exists_ = false;
    altered_.clear();
    for (const std::string& name : kTopics)
      for (PartitionIndex i{0}; i.value < topics_.at(name); ++i.value)
        EXPECT_EQ(shares_.states.find_state({"g", id_of(name), i}), nullptr) << name << i.value;
  }

  void check() {
    const DescribedConsumerGroup group = loop_.run(coordinator_->describe_share_group("g"));
    ASSERT_EQ(group.error, group_exists_ ? ErrorCode::none : ErrorCode::group_id_not_found);
    std::set<std::string> seen, expected;
    for (const DescribedConsumer& member : group.members) seen.insert(member.id);
    for (const auto& [id, member] : members_) expected.insert(id);
    ASSERT_EQ(seen, expected);
    for (const DescribedConsumer& described : group.members) {
      const Member& member = members_.at(described.id);
      EXPECT_EQ((std::set<std::string>{described.topics.begin(), described.topics.end()}), member.topics);
      EXPECT_EQ(described.epoch, member.epoch) << described.id;
      for (const DescribedPartitions& topic : described.assigned)
        for (const PartitionIndex partition : topic.partitions) {
          EXPECT_TRUE(member.assigned.at(topic.topic_id).contains(partition));
          EXPECT_TRUE(lost_ || is_known(topic.topic_id, partition))
              << "the share coordinator knows nothing of what is assigned";
        }
    }
    check_offsets();
    if (!random_.one_in(6)) return;
    restart();
    const DescribedConsumerGroup replayed = loop_.run(coordinator_->describe_share_group("g"));
    EXPECT_EQ(replayed.epoch, group.epoch);
    EXPECT_EQ(replayed.assignment_epoch, group.assignment_epoch);
    EXPECT_EQ(replayed.members.size(), group.members.size());
  }

  /// Whatever has an offset that an administrator gave it still has that: no member's coming begins it anew.
  void check_offsets() {
    for (const auto& [key, start] : altered_) {
      const ShareState* state = shares_.states.find_state({"g", key.first, key.second});
      ASSERT_NE(state, nullptr);
      EXPECT_EQ(state->start, start);
    }
    for (const auto& [topic, partitions] : loop_.run(coordinator_->share_partitions("g")).partitions)
      for (const PartitionIndex partition : partitions) EXPECT_TRUE(lost_ || is_known(topic, partition));
  }

  bool is_known(const Uuid& topic, PartitionIndex partition) const {
    return shares_.states.find_state({"g", topic, partition}) != nullptr;
  }

  /// Everybody is heard of and nothing fails: what is subscribed to is with somebody, and has its state.
  void settle() {
    for (int round = 0; round < 12; ++round) {
      shares_.failure = ErrorCode::none;
      advance(5s);
      for (const std::string id : {"m0", "m1", "m2", "m3"}) {
        beat(id, false);
        check();
        if (testing::Test::HasFailure()) return;
      }
    }
    std::map<Uuid, std::set<PartitionIndex>> assigned, wanted;
    for (const auto& [id, member] : members_) {
      for (const std::string& name : member.topics)
        for (PartitionIndex i{0}; i.value < topics_.at(name); ++i.value) wanted[id_of(name)].insert(i);
      for (const auto& [topic, partitions] : member.assigned)
        assigned[topic].insert(partitions.begin(), partitions.end());
    }
    EXPECT_EQ(assigned, wanted);
    for (const auto& [topic, partitions] : wanted)
      for (const PartitionIndex partition : partitions) EXPECT_TRUE(is_known(topic, partition));
  }

  Uuid id_of(const std::string& name) const { return cluster_.image->topics.topic(std::string_view(name))->id(); }

  sim::SimLoop loop_;
  sim::Random& random_;
  MemoryStore log_;
  ShareStore shares_;
  GroupCluster cluster_;
  GroupClient client_{.client_id = "c", .host = "/h", .version = 1};
  std::map<std::string, std::int32_t> topics_ = {{"t", 3}, {"u", 2}};
  std::int64_t version_ = 0;
  std::unique_ptr<GroupCoordinator> coordinator_;

  bool group_exists_ = false;
  bool lost_ = false;  ///< Of some partitions the states may be gone until the end.
  std::map<std::string, Member> members_;
  std::map<std::pair<Uuid, PartitionIndex>, Offset> altered_;
};

TEST(ShareGroupModel, IsWhatItsMembersAndAdministratorsMadeOfIt) {
  const char* fixed = std::getenv("SLUICE_SEED");
  const std::uint64_t first = fixed != nullptr ? std::strtoull(fixed, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < (fixed != nullptr ? first + 1 : 81); ++seed) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    ShareGroupModel(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::test
