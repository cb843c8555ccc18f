// Random consumers of both protocols against a group. After every step nobody holds a partition that another
// member has, and replaying the records makes the same state; when nothing is disturbed any more everybody comes
// to have its target. A seed that fails replays alone: SLUICE_SEED=n.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "coordinator/consumer_embedding.h"
#include "coordinator/group_world.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

constexpr int kClients = 6;
constexpr int kSteps = 250;

/// A consumer, as far as the group can tell. What it holds is what it was told to hold, and it gives up late.
struct Client {
  std::string name;
  std::optional<std::string> instance = {};
  bool is_classic = false;
  std::string member = {};  // Empty: not in the group.
  std::int32_t epoch = 0;
  AssignedPartitions assigned = {};
  AssignedPartitions held = {};
  std::vector<std::string> topics = {};
  std::string pattern = {};
  std::optional<WaitId> join = {};
  std::optional<WaitId> sync = {};
  bool rejoins = false;        // A classic one that was told to join again.
  bool missed_answer = false;  // It says everything, to be told everything.
};

class ConsumerModel {
 public:
  ConsumerModel(std::uint64_t seed, bool with_classic) : random_(seed), with_classic_(with_classic) {
    world_.set_topics(topics_);
    for (int i = 0; i < kClients; ++i) {
      Client client;
      client.name = fmt::format("client{}", i);
      if (i % 3 == 0) client.instance = fmt::format("instance{}", i);
      clients_.push_back(client);
    }
  }

  void run() {
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(fmt::format("step {}", i));
      step();
      check();
    }
    settle();
  }

 private:
  void step() {
    Client& client = clients_[random_.below(clients_.size())];
    switch (random_.below(16)) {
      case 0: return world_.advance(std::chrono::milliseconds(random_.below(20'000)));
      case 1: return change_topics();
      case 2: return restart();
      case 3: return leave(client);
      case 4: client.member.clear(); [[fallthrough]];  // It dies without a word.
      case 5: return forget(client);
      case 6: return resubscribe(client);
      default: break;
    }
    world_.advance(std::chrono::milliseconds(random_.below(1'500)));
    act(client);
  }

  void act(Client& client) {
    if (client.member.empty() && !client.join) return join(client);
    if (client.is_classic) return act_classic(client);
    // It tells what it holds, some of which it may have given up by now.
    const bool gives_up = random_.below(3) != 0;
    if (gives_up) client.held = client.assigned;
    Beat beat = beat_of(client);
    if (!client.missed_answer && random_.one_in(4)) beat.owned.reset();
    const ConsumerHeartbeatAnswer answer = world_.beat(beat);
    client.missed_answer = random_.one_in(8);
    if (!client.missed_answer) take(client, answer);
  }

  static Beat beat_of(const Client& client) {
    Beat beat = Beat::again(client.member, client.epoch, client.held);
    beat.instance = client.instance;
    if (!client.missed_answer) return beat;
    beat.rebalance = 60s;
    beat.topics = client.topics;
    beat.pattern = client.pattern;
    return beat;
  }

  void take(Client& client, const ConsumerHeartbeatAnswer& answer) {
    if (answer.error != ErrorCode::none) {
      if (answer.error != ErrorCode::unreleased_instance_id) forget(client);
      return;
    }
    client.member = answer.member_id;
    client.epoch = answer.member_epoch;
    if (!answer.assignment) return;
    client.assigned = *answer.assignment;
    for (const auto& [topic, partitions] : client.assigned)
      client.held[topic].insert(partitions.begin(), partitions.end());
  }

  void join(Client& client) {
    client.is_classic = with_classic_ && random_.below(2) == 0;
    if (client.topics.empty() && client.pattern.empty()) subscribe(client);
    if (client.is_classic) return join_classic(client);
    Beat beat;
    beat.member = fmt::format("{}-{}", client.name, next_member_++);
    beat.instance = client.instance;
    beat.topics = client.topics;
    beat.pattern = client.pattern;
    take(client, world_.beat(beat));
  }

  void join_classic(Client& client) {
    Join join;
    join.member = client.member;
    join.client = client.name;
    join.instance = client.instance;
    join.session = 45s;
    // A classic consumer resolves its expressions itself.
    join.protocols = {
        {"range", subscription(client.topics.empty() ? std::vector<std::string>{"t"} : client.topics)}};
    client.join = world_.join(join);
    act_classic(client);
  }

  void act_classic(Client& client) {
    if (std::exchange(client.rejoins, false)) return join_classic(client);
    if (client.join) {
      const JoinAnswer* answer = world_.joined(*client.join);
      if (answer == nullptr) return;
      client.join.reset();
      if (answer->error == ErrorCode::member_id_required) {
        client.member = answer->member_id;
        return join_classic(client);
      }
      if (answer->error != ErrorCode::none) return forget(client);
      client.member = answer->member_id;
      client.epoch = answer->generation;
      Sync sync{.member = client.member, .generation = client.epoch, .instance = client.instance};
      if (answer->leader == client.member)
        for (const JoinedMember& member : answer->members) sync.assignments[member.id] = "";
      client.sync = world_.sync(sync);
    }
    if (client.sync) {
      const SyncAnswer* answer = world_.synced(*client.sync);
      if (answer == nullptr) return;
      client.sync.reset();
      client.rejoins = answer->error == ErrorCode::rebalance_in_progress;
      if (client.rejoins) return;
      if (answer->error != ErrorCode::none) return forget(client);
      // An eager consumer: it gave everything up before it joined.
      const auto assigned = read_assignment(answer->assignment, image_of(topics_)->topics);
      client.assigned = assigned ? *assigned : AssignedPartitions{};
      client.held = client.assigned;
      return;
    }
    const ErrorCode error = beat_classic(client);
    if (error == ErrorCode::rebalance_in_progress) {
      client.held.clear();
      client.assigned.clear();
      join_classic(client);
    } else if (error != ErrorCode::none) {
      forget(client);
    }
  }

  ErrorCode beat_classic(const Client& client) { return world_.heartbeat(client.member, client.epoch, "g"); }

  void leave(Client& client) {
    if (client.member.empty()) return;
    if (client.is_classic) {
      world_.leave({{client.member, client.instance}});
    } else {
      Beat beat = Beat::again(client.member, client.instance && random_.one_in(2) ? -2 : -1);
      beat.instance = client.instance;
      world_.beat(beat);
    }
    forget(client);
  }

  void forget(Client& client) {
    client.member.clear();
    client.epoch = 0;
    client.assigned.clear();
    client.held.clear();
    client.join.reset();
    client.sync.reset();
    client.missed_answer = client.rejoins = false;
  }

  void subscribe(Client& client) {
    client.topics.clear();
    client.pattern.clear();
    if (random_.one_in(4)) client.pattern = random_.one_in(2) ? "[tu]" : "v.*";
    for (const char* topic : {"t", "u", "v"})
      if (random_.one_in(2)) client.topics.emplace_back(topic);
  }

  void resubscribe(Client& client) {
    if (client.member.empty() || client.is_classic) return;
    subscribe(client);
    Beat beat = beat_of(client);
    beat.topics = client.topics;
    beat.pattern = client.pattern;
    take(client, world_.beat(beat));
  }

  void change_topics() {
    const char* names[] = {"t", "u", "v", "vv"};
    const std::string name = names[random_.below(4)];
    if (random_.one_in(3))
      topics_.erase(name);
    else
      topics_[name] += static_cast<std::int32_t>(random_.below(4)) + 1;
    world_.set_topics(topics_);
  }

  void restart() {
    world_.restart();
    for (Client& client : clients_) {
      client.join.reset();
      client.sync.reset();
      if (client.is_classic && client.epoch == 0) forget(client);
    }
  }

  // What a member has, assigned or still to be given up, no other member of the group has.
  void check() {
    if (random_.one_in(8)) {
      const Groups replayed = world_.replayed();
      EXPECT_TRUE(replayed.consumer_groups() == world_.groups().consumer_groups())
          << "replaying made another state";
    }
    if (!world_.has_consumers()) return;
    std::map<std::pair<Uuid, PartitionIndex>, std::string> owners;
    for (const auto& [id, member] : world_.consumers().members())
      for (const PartitionEpochs* partitions : {&member.assigned, &member.pending_release})
        for (const auto& [topic, epochs] : *partitions)
          for (const auto& [partition, epoch] : epochs) {
            const auto [owner, is_first] = owners.emplace(std::pair(topic, partition), id);
            EXPECT_TRUE(is_first) << id << " and " << owner->second << " have the same partition";
          }
  }

  // Everybody is heard of and gives up what it is asked to; the topics stay as they are.
  void settle() {
    for (int turn = 0; turn < 60 && !testing::Test::HasFailure(); ++turn) {
      for (Client& client : clients_) {
        if (client.member.empty() && !client.join) continue;
        if (client.is_classic) {
          act_classic(client);
          continue;
        }
        client.held = client.assigned;
        take(client, world_.beat(beat_of(client)));
        client.missed_answer = false;
      }
      check();
      world_.advance(2s);
    }
    if (!world_.has_consumers() || testing::Test::HasFailure()) return;
    const ConsumerGroup& group = world_.consumers();
    EXPECT_TRUE(group.state() == ConsumerGroupState::stable || group.empty()) << name(group.state());
    for (const Client& client : clients_)
      if (!client.member.empty()) {
        const ConsumerMember* member = group.find(client.member);
        ASSERT_NE(member, nullptr) << client.name;
        EXPECT_EQ(without_epochs(member->assigned), group.target(client.member)) << client.name;
        EXPECT_EQ(client.assigned, group.target(client.member)) << client.name;
      }
  }

  GroupWorld world_;
  sim::Random random_;
  bool with_classic_;
  std::map<std::string, std::int32_t> topics_ = {{"t", 4}, {"u", 3}};
  std::vector<Client> clients_;
  int next_member_ = 0;
};

void run_seeds(std::uint64_t count, bool with_classic) {
  const char* fixed = std::getenv("SLUICE_SEED");
  const std::uint64_t first = fixed ? std::strtoull(fixed, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < (fixed ? first + 1 : count + 1); ++seed) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    ConsumerModel(seed, with_classic).run();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(ConsumerModel, NobodySharesAPartitionAndEverybodyGetsItsTarget) { run_seeds(60, false); }

// Consumers of the classic protocol among them: the group passes to and fro.
TEST(ConsumerModel, HoldsWithMembersOfBothProtocols) { run_seeds(60, true); }

}  // namespace
}  // namespace sluice::test
