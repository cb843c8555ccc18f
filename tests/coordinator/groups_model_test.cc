// Random clients against the groups' state machine. After every step the state must agree with what replaying the
// records makes, and with what the clients were told. A seed that fails replays alone: SLUICE_SEED=n.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "coordinator/group_world.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

constexpr int kClients = 6;
constexpr int kWork = 8;  // Pieces that the leader shares out.
constexpr int kSteps = 400;

struct ModelClient {
  std::string name;
  std::optional<std::string> instance = {};
  std::string member = {};
  std::int32_t generation = -1;
  bool is_leader = false;
  std::vector<std::string> others = {};  // What the leader was told.
  std::optional<WaitId> join = {};
  std::optional<WaitId> sync = {};

  void forget() {
    member.clear();
    generation = -1;
    join.reset();
    sync.reset();
  }
};

class Model {
 public:
  explicit Model(std::uint64_t seed) : random_(seed) {
    world_.options.initial_rebalance_delay = std::chrono::milliseconds(random_.below(4) * 1000);
    for (int i = 0; i < kClients; ++i) {
      ModelClient client;
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
    end();
  }

 private:
  void step() {
    ModelClient& client = clients_[random_.below(clients_.size())];
    collect(client);
    switch (random_.below(12)) {
      case 0: world_.advance(std::chrono::milliseconds(random_.below(15'000))); break;
      case 1: leave(client); break;
      case 2: client.forget(); break;  // It has crashed.
      case 3: commit(client); break;
      case 4: commit_as_administrator(); break;
      case 5: heartbeat(client); break;
      case 6:
        if (random_.one_in(10)) restart();
        break;
      default: go_on(client); break;
    }
    if (world_.has_group()) generation_seen_ = std::max(generation_seen_, world_.group().generation());
  }

  /// What a client would do next if nothing came in between.
  void go_on(ModelClient& client) {
    if (client.join || client.sync) {
      world_.advance(std::chrono::milliseconds(random_.below(3'000)));
      return;
    }
    if (client.generation < 0)
      client.join = world_.join(request(client));
    else
      client.sync = world_.sync({.member = client.member,
                                 .generation = client.generation,
                                 .assignments = client.is_leader ? assign(client) : no_assignments(),
                                 .instance = client.instance});
    if (client.join) pending_.insert(*client.join);
  }

  Join request(const ModelClient& client) {
    Join join{.member = client.member, .instance = client.instance, .client = client.name};
    join.rebalance = 20s;
    join.protocols = {{"range", subscription({"t"})}, {"sticky", subscription({"t"})}};
    if (random_.one_in(3)) std::swap(join.protocols[0], join.protocols[1]);
    join.version = random_.one_in(4) ? 3 : 9;
    return join;
  }

  static std::map<std::string, std::string> no_assignments() { return {}; }
  static std::map<std::string, std::string> assign(const ModelClient& leader) {
    std::map<std::string, std::string> assignments;
    for (int piece = 0; piece < kWork; ++piece)
      assignments[leader.others[static_cast<std::size_t>(piece) % leader.others.size()]] += std::to_string(piece);
    return assignments;
  }

  void collect(ModelClient& client) {
    if (client.join) {
      if (const JoinAnswer* answer = world_.joined(*client.join)) {
        client.join.reset();
        take(client, *answer);
      }
    }
    if (client.sync) {
      if (const SyncAnswer* answer = world_.synced(*client.sync)) {
        client.sync.reset();
        if (answer->error == ErrorCode::none)
          own(client, answer->assignment);
        else
          client.generation = -1;
        if (answer->error == ErrorCode::unknown_member_id) client.member.clear();
      }
    }
  }

  void take(ModelClient& client, const JoinAnswer& answer) {
    if (answer.error == ErrorCode::member_id_required) client.member = answer.member_id;
    if (answer.error == ErrorCode::unknown_member_id || answer.error == ErrorCode::fenced_instance_id)
      client.member.clear();
    if (answer.error != ErrorCode::none) return;
    client.member = answer.member_id;
    client.generation = answer.generation;
    client.is_leader = !answer.members.empty() && !answer.skip_assignment;
    client.others.clear();
    for (const JoinedMember& member : answer.members) client.others.push_back(member.id);
  }

  // In one generation a piece of work belongs to one member, or to one instance whatever its ids.
  void own(const ModelClient& client, const std::string& assignment) {
    const std::string owner = client.instance.value_or(client.member);
    for (const char piece : assignment) {
      const auto [owned, is_new] = owners_.emplace(std::pair(client.generation, piece), owner);
      EXPECT_EQ(owned->second, owner) << "piece " << piece << " of generation " << client.generation;
    }
  }

  void leave(ModelClient& client) {
    if (client.member.empty() || !world_.has_group()) return;
    world_.leave({{client.member, client.instance}});
    client.forget();
  }

  void heartbeat(ModelClient& client) {
    if (client.member.empty() || client.generation < 0) return;
    const ErrorCode error = world_.heartbeat(client.member, client.generation);
    if (error == ErrorCode::rebalance_in_progress || error == ErrorCode::illegal_generation)
      client.generation = -1;
    if (error == ErrorCode::unknown_member_id) client.forget();
  }

  void commit(ModelClient& client) {
    if (client.member.empty() || client.generation < 0) return;
    note(world_.commit({.member = client.member, .generation = client.generation, .offset = ++next_offset_}));
  }
  void commit_as_administrator() { note(world_.commit({.offset = ++next_offset_})); }
  void note(const OffsetsAnswer& answer) {
    if (answer.error == ErrorCode::none) committed_ = next_offset_;
  }

  void restart() {
    world_.restart();
    owners_.clear();  // Generations that were not recorded come again.
    pending_.clear();
    for (ModelClient& client : clients_) {
      client.join.reset();
      client.sync.reset();
      client.generation = -1;
    }
    generation_seen_ = world_.has_group() ? world_.group().generation() : 0;
  }

  void check() {
    const Groups replayed = world_.replayed();
    EXPECT_EQ(replayed.offsets().groups(), world_.groups().offsets().groups());
    EXPECT_EQ(world_.fetch("t", 0), committed_);
    ASSERT_EQ(replayed.classic_groups().contains("g"), world_.has_group());
    if (!world_.has_group()) return;
    const ClassicGroup& live = world_.group();
    EXPECT_GE(live.generation(), generation_seen_);
    check_waits(live);
    check_replayed(live, replayed.classic_groups().at("g"));
  }

  static void check_waits(const ClassicGroup& live) {
    EXPECT_EQ(live.members().empty() && live.state() != ClassicState::preparing_rebalance,
              live.state() == ClassicState::empty);
    std::size_t awaiting = 0;
    for (const auto& [id, member] : live.members().all()) {
      EXPECT_EQ(id, member.id);
      awaiting += member.awaiting_join ? 1 : 0;
      if (member.awaiting_join) EXPECT_EQ(live.state(), ClassicState::preparing_rebalance);
      if (member.awaiting_sync) EXPECT_EQ(live.state(), ClassicState::completing_rebalance);
    }
    EXPECT_EQ(awaiting, live.members().awaiting_join_count());
    if (!live.members().empty()) EXPECT_TRUE(live.members().contains(live.members().leader().value_or("")));
  }

  static void check_replayed(const ClassicGroup& live, const ClassicGroup& replayed) {
    if (live.state() != ClassicState::stable && live.state() != ClassicState::empty) {
      EXPECT_LE(replayed.generation(), live.generation());
      return;
    }
    EXPECT_EQ(replayed.state(), live.state());
    EXPECT_EQ(replayed.generation(), live.generation());
    EXPECT_EQ(replayed.protocol(), live.protocol());
    EXPECT_EQ(replayed.members().leader(), live.members().leader());
    ASSERT_EQ(replayed.members().size(), live.members().size());
    for (const auto& [id, member] : live.members().all()) {
      const ClassicMember* again = replayed.members().find(id);
      ASSERT_NE(again, nullptr);
      EXPECT_EQ(again->assignment, member.assignment);
      EXPECT_EQ(again->instance_id, member.instance_id);
      EXPECT_EQ(again->metadata(*live.protocol()), member.metadata(*live.protocol()));
    }
  }

  // When everybody falls silent every wait ends and the group empties.
  void end() {
    world_.advance(std::chrono::hours(1));
    for (const WaitId wait : pending_) EXPECT_NE(world_.joined(wait), nullptr) << "join " << wait.value;
    if (world_.has_group()) EXPECT_EQ(world_.group().state(), ClassicState::empty);
  }

  sim::Random random_;
  GroupWorld world_;
  std::vector<ModelClient> clients_;
  std::map<std::pair<std::int32_t, char>, std::string> owners_;
  std::set<WaitId> pending_;
  std::int32_t generation_seen_ = 0;
  std::int64_t next_offset_ = 0;
  std::int64_t committed_ = -1;
};

TEST(GroupsModel, AgreesWithItsRecordsAndItsClients) {
  const char* only = std::getenv("SLUICE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t count = only != nullptr ? 1 : 100;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    Model(seed).run();
  }
}

}  // namespace
}  // namespace sluice::test
