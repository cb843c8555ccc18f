// Random members of a streams application against its group (KIP-1071). After every step no task is active twice,
// no process has two copies of a task's state, epochs have not gone back, and replaying the records makes the same
// state; when nothing is disturbed any more everybody comes to have its target. A seed that fails replays alone:
// SLUICE_SEED=n.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "coordinator/group_world.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

constexpr int kThreads = 7;
constexpr int kSteps = 250;

/// A thread of the application, as far as the group can tell. It gives up late what it is asked to.
struct Thread {
  std::string name;
  std::string process;
  std::optional<std::string> instance = {};
  std::string member = {};  // Empty: not in the group.
  std::int32_t epoch = 0;
  TaskRoles assigned = {};
  TaskRoles held = {};
  bool missed_answer = false;
};

class StreamsModel {
 public:
  explicit StreamsModel(std::uint64_t seed) : random_(seed) {
    configure();
    topology_ = topology_reading("t", "log");
    StreamsSubtopology& second = topology_.subtopologies.emplace_back();
    second.id = "1";
    second.source_topics = {"u"};
    world_.set_topics(topics_);
    for (int i = 0; i < kThreads; ++i) {
      Thread thread;
      thread.name = fmt::format("thread{}", i);
      thread.process = fmt::format("process{}", i % 3);
      if (i % 3 == 0) thread.instance = fmt::format("instance{}", i);
      threads_.push_back(thread);
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
  void configure() {
    auto settings = std::make_shared<GroupSettings>(*default_group_settings());
    settings->groups["s"] =
        effective_group_config({{"streams.initial.rebalance.delay.ms", random_.one_in(2) ? "0" : "3000"},
                                {"streams.num.standby.replicas", std::to_string(random_.below(3))}},
                               Configuration(ConfigScope::broker));
    world_.set_settings(settings);
  }

  void step() {
    Thread& thread = threads_[random_.below(threads_.size())];
    switch (random_.below(18)) {
      case 0: return world_.advance(std::chrono::milliseconds(random_.below(20'000)));
      case 1: return change_topics();
      case 2: return world_.restart();
      case 3: return leave(thread);
      case 4: return forget(thread);  // It dies without a word.
      case 5: return configure();
      default: break;
    }
    world_.advance(std::chrono::milliseconds(random_.below(1'500)));
    act(thread);
  }

  void act(Thread& thread) {
    if (thread.member.empty()) return join(thread);
    if (random_.below(3) != 0) thread.held = thread.assigned;
    StreamsBeat beat = StreamsBeat::again(thread.member, thread.epoch, thread.held);
    beat.instance = thread.instance;
    if (!thread.missed_answer && random_.one_in(4)) beat.owned.reset();
    const StreamsHeartbeatAnswer answer = world_.streams_beat(beat);
    thread.missed_answer = random_.one_in(8);
    if (!thread.missed_answer) return take(thread, answer);
    // Tasks are told of only once, so that who has missed them begins anew, as when a request times out.
    if (answer.tasks) forget(thread);
  }

  void join(Thread& thread) {
    StreamsBeat beat;
    beat.member = fmt::format("{}-{}", thread.name, next_member_++);
    beat.process = thread.process;
    beat.instance = thread.instance;
    beat.topology = topology_;
    if (random_.one_in(3)) beat.offsets["0"][{static_cast<std::int32_t>(random_.below(4))}] = 10;
    take(thread, world_.streams_beat(beat));
  }

  void take(Thread& thread, const StreamsHeartbeatAnswer& answer) {
    if (answer.error != ErrorCode::none) {
      EXPECT_NE(answer.error, ErrorCode::unknown_server_error) << answer.error_message;
      forget(thread);
      return;
    }
    if (thread.member == answer.member_id) EXPECT_GE(answer.member_epoch, thread.epoch);
    thread.member = answer.member_id;
    thread.epoch = answer.member_epoch;
    if (!answer.tasks) return;
    thread.assigned = *answer.tasks;
    for (const auto role : {&TaskRoles::active, &TaskRoles::standby})
      for (const auto& [subtopology, partitions] : thread.assigned.*role)
        (thread.held.*role)[subtopology].insert(partitions.begin(), partitions.end());
  }

  void leave(Thread& thread) {
    if (thread.member.empty()) return;
    StreamsBeat beat = StreamsBeat::again(thread.member, thread.instance && random_.one_in(2) ? -2 : -1);
    beat.instance = thread.instance;
    world_.streams_beat(beat);
    forget(thread);
  }

  static void forget(Thread& thread) {
    thread.member.clear();
    thread.epoch = 0;
    thread.assigned = thread.held = {};
    thread.missed_answer = false;
  }

  void change_topics() {
    const char* names[] = {"t", "u", "log"};
    const std::string name = names[random_.below(3)];
    if (random_.one_in(3))
      topics_.erase(name);
    else if (name != "log")
      topics_[name] += static_cast<std::int32_t>(random_.below(3)) + 1;
    if (random_.below(3) != 0 && topics_.contains("t")) topics_["log"] = topics_["t"];
    world_.set_topics(topics_);
  }

  void check() {
    if (random_.one_in(8)) {
      const Groups replayed = world_.replayed();
      EXPECT_TRUE(replayed.streams().all() == world_.groups().streams().all()) << "replaying made another state";
    }
    if (!world_.has_streams()) return;
    const StreamsGroup& group = world_.streams();
    EXPECT_GE(group.epoch().epoch, last_epoch_);
    last_epoch_ = group.epoch().epoch;
    EXPECT_LE(group.target_epoch().epoch, group.epoch().epoch);
    std::map<std::pair<std::string, PartitionIndex>, std::string> owners;
    std::set<std::tuple<std::string, std::string, PartitionIndex>> copies;
    for (const auto& [id, member] : group.members())
      for (const HeldTasks* tasks : {&member.assigned, &member.pending_release}) {
        for (const auto& [subtopology, epochs] : tasks->active)
          for (const auto& [partition, epoch] : epochs) {
            const auto [owner, is_first] = owners.emplace(std::pair(subtopology, partition), id);
            EXPECT_TRUE(is_first) << id << " and " << owner->second << " have the same task";
          }
        for (const auto& [subtopology, partitions] : tasks->standby)
          for (const PartitionIndex partition : partitions)
            EXPECT_TRUE(copies.emplace(member.process_id, subtopology, partition).second)
                << member.process_id << " has two copies";
      }
  }

  // Everybody is heard of and gives up what it is asked to; topics and settings stay as they are.
  void settle() {
    for (int turn = 0; turn < 60 && !testing::Test::HasFailure(); ++turn) {
      for (Thread& thread : threads_) {
        if (thread.member.empty()) continue;
        thread.held = thread.assigned;
        StreamsBeat beat = StreamsBeat::again(thread.member, thread.epoch, thread.held);
        beat.instance = thread.instance;
        take(thread, world_.streams_beat(beat));
      }
      check();
      world_.advance(2s);
    }
    if (!world_.has_streams() || testing::Test::HasFailure()) return;
    const StreamsGroup& group = world_.streams();
    for (const Thread& thread : threads_)
      if (!thread.member.empty()) {
        const StreamsMember* member = group.find(thread.member);
        ASSERT_NE(member, nullptr) << thread.name;
        EXPECT_EQ(without_epochs(member->assigned), group.target(thread.member)) << thread.name;
        EXPECT_EQ(thread.assigned, group.target(thread.member)) << thread.name;
      }
    EXPECT_NE(group.state(), StreamsGroupState::reconciling);
    EXPECT_NE(group.state(), StreamsGroupState::assigning);
  }

  GroupWorld world_;
  sim::Random random_;
  StreamsTopology topology_;
  std::map<std::string, std::int32_t> topics_ = {{"t", 4}, {"u", 3}, {"log", 4}};
  std::vector<Thread> threads_;
  int next_member_ = 0;
  std::int32_t last_epoch_ = 0;
};

TEST(StreamsModel, NoTaskIsActiveTwiceAndEverybodyGetsItsTarget) {
  const char* fixed = std::getenv("SLUICE_SEED");
  const std::uint64_t first = fixed ? std::strtoull(fixed, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < (fixed ? first + 1 : 101); ++seed) {
    SCOPED_TRACE(fmt::format("SLUICE_SEED={}", seed));
    StreamsModel(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace sluice::test
