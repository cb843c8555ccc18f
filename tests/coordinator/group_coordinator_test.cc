// The coordinator as the broker uses it: on a loop, over a log, with requests that wait.
#include "coordinator/group_coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_world.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// One request at work: what it views, and its answer when there is one.
template <class Asked, class Request, class Answer>
struct Call {
  explicit Call(Asked asks) : asked(std::move(asks)), request(request_of(asked)) {}
  Asked asked;
  Request request;
  std::optional<Answer> answer;
};
using JoinCall = Call<Join, wire::JoinGroupRequest, JoinAnswer>;
using SyncCall = Call<Sync, wire::SyncGroupRequest, SyncAnswer>;
using CommitCall = Call<Commit, wire::OffsetCommitRequest, OffsetsAnswer>;

GroupClient client(std::int16_t version) { return {.client_id = "c", .host = "/127.0.0.1", .version = version}; }

Task<void> run(GroupCoordinator& coordinator, std::shared_ptr<JoinCall> call) {
  call->answer = co_await coordinator.join(call->request, client(call->asked.version));
}
Task<void> run(GroupCoordinator& coordinator, std::shared_ptr<SyncCall> call) {
  call->answer = co_await coordinator.sync(call->request);
}
Task<void> run(GroupCoordinator& coordinator, std::shared_ptr<CommitCall> call) {
  call->answer = co_await coordinator.commit(call->request, client(call->asked.version));
}

class CoordinatorTest : public testing::Test {
 protected:
  CoordinatorTest() : store(loop), tasks(loop) { restart(); }
  ~CoordinatorTest() override {
    store.commit();
    loop.run(coordinator->close());
    loop.run(tasks.close());
  }

  /// A new coordinator on the same log, as after a crash.
  void restart() {
    if (coordinator) loop.run(coordinator->close());
    coordinator = std::make_unique<GroupCoordinator>(loop, shares, options);
    coordinator->load({0}, 1, store.open());
  }

  template <class C, class Asked>
  std::shared_ptr<C> start(Asked asked) {
    auto call = std::make_shared<C>(std::move(asked));
    tasks.start(run(*coordinator, call));
    loop.run_until_idle();
    return call;
  }
  std::shared_ptr<JoinCall> join(Join asked) { return start<JoinCall>(std::move(asked)); }
  std::shared_ptr<SyncCall> sync(Sync asked) { return start<SyncCall>(std::move(asked)); }
  std::shared_ptr<CommitCall> commit(Commit asked) { return start<CommitCall>(std::move(asked)); }

  ErrorCode heartbeat(const std::string& member, std::int32_t generation) {
    wire::HeartbeatRequest request;
    request.group_id = "g";
    request.member_id = member;
    request.generation_id = generation;
    return coordinator->heartbeat(request);
  }
  FetchAnswer fetch() {
    const auto request = fetch_of("g", "t", 0);
    return loop.run(coordinator->fetch(request, false));
  }
  std::int64_t fetched() { return fetch().topics.at(0).partitions.at(0).offset.value; }
  std::vector<ListedGroup> list() { return loop.run(coordinator->list()).groups; }

  /// A stable group of one member; returns its id.
  std::string form_group() {
    const std::shared_ptr<JoinCall> told = join({});
    const std::shared_ptr<JoinCall> joined = join({.member = told->answer->member_id});
    loop.advance(options.initial_rebalance_delay);
    loop.advance(options.initial_rebalance_delay);
    const std::string id = joined->answer->member_id;
    sync({.member = id, .generation = joined->answer->generation, .assignments = {{id, "work"}}});
    return id;
  }

  GroupOptions options;
  sim::SimLoop loop;
  MemoryStore store;
  ShareStore shares{loop};
  TaskGroup tasks;
  std::unique_ptr<GroupCoordinator> coordinator;
};

TEST_F(CoordinatorTest, KeepsGroupsAndOffsetsInTheLog) {
  const std::string id = form_group();
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::none);
  EXPECT_THAT(commit({.member = id, .generation = 1, .offset = 42})->answer->partitions,
              ElementsAre(ErrorCode::none));
  EXPECT_EQ(fetched(), 42);

  restart();
  loop.run_until_idle();
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::none);
  EXPECT_EQ(sync({.member = id, .generation = 1})->answer->assignment, "work");
  EXPECT_EQ(fetched(), 42);
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].state, "Stable");
}

TEST_F(CoordinatorTest, GivesMembersIdsOfTheirOwn) {
  const std::string a = join({})->answer->member_id;
  const std::string b = join({})->answer->member_id;
  EXPECT_NE(a, b);
  EXPECT_THAT(a, testing::MatchesRegex("c-[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  EXPECT_EQ(a.size(), 2U + 36U);
}

TEST_F(CoordinatorTest, AnswersOnlyWhenTheRecordsAreCommitted) {
  store.hold();
  const std::shared_ptr<CommitCall> call = commit({.offset = 7});
  EXPECT_FALSE(call->answer);
  store.commit();
  loop.run_until_idle();
  ASSERT_TRUE(call->answer);
  EXPECT_EQ(call->answer->error, ErrorCode::none);
}

TEST_F(CoordinatorTest, DoesNotWaitForACommitForEver) {
  store.hold();
  const std::shared_ptr<CommitCall> call = commit({.offset = 7});
  loop.advance(options.commit_timeout - 1ms);
  EXPECT_FALSE(call->answer);
  loop.advance(1ms);
  ASSERT_TRUE(call->answer);
  EXPECT_EQ(call->answer->error, ErrorCode::coordinator_not_available);
  store.commit();  // It was only late.
  loop.run_until_idle();
  EXPECT_EQ(fetched(), 7);
}

// What could still be rolled back is not shown either.
TEST_F(CoordinatorTest, ShowsNothingThatIsNotCommitted) {
  commit({.offset = 1});
  store.hold();
  commit({.offset = 2});
  EXPECT_EQ(fetch().error, ErrorCode::coordinator_not_available);  // After a wait.
  store.commit();
  loop.run_until_idle();
  EXPECT_EQ(fetched(), 2);
}

TEST_F(CoordinatorTest, TakesBackWhatCouldNotBeWritten) {
  commit({.offset = 1});
  const std::shared_ptr<JoinCall> waiting = join({.version = 3});
  store.fail_next(Errc::storage_offline, false);
  const std::shared_ptr<CommitCall> failed = commit({.offset = 2, .version = 9});
  ASSERT_TRUE(failed->answer);
  EXPECT_EQ(failed->answer->error, ErrorCode::unknown_member_id);  // The group has a member.
  const std::shared_ptr<CommitCall> other = commit({.group = "other", .offset = 2});
  ASSERT_TRUE(other->answer);
  EXPECT_EQ(other->answer->error, ErrorCode::not_coordinator);
  ASSERT_TRUE(waiting->answer);
  EXPECT_EQ(waiting->answer->error, ErrorCode::not_coordinator);
  loop.run_until_idle();
  EXPECT_EQ(fetched(), 1);
  EXPECT_THAT(list(), SizeIs(1));
}

TEST_F(CoordinatorTest, EndsWaitsWhenItGivesUpAPartition) {
  const std::shared_ptr<JoinCall> waiting = join({.version = 3});
  EXPECT_FALSE(waiting->answer);
  loop.run(coordinator->unload({0}));
  ASSERT_TRUE(waiting->answer);
  EXPECT_EQ(waiting->answer->error, ErrorCode::not_coordinator);
  EXPECT_EQ(join({})->answer->error, ErrorCode::not_coordinator);
  EXPECT_EQ(heartbeat("m", 1), ErrorCode::not_coordinator);
  EXPECT_THAT(list(), SizeIs(0));
}

TEST_F(CoordinatorTest, EndsASyncWhenItCloses) {
  const std::shared_ptr<JoinCall> a = join({.version = 3});
  const std::shared_ptr<JoinCall> b = join({.version = 3});
  loop.advance(options.initial_rebalance_delay * 2);
  ASSERT_TRUE(a->answer && b->answer);
  const std::string follower =
      a->answer->leader == a->answer->member_id ? b->answer->member_id : a->answer->member_id;
  const std::shared_ptr<SyncCall> waiting = sync({.member = follower, .generation = 1});
  EXPECT_FALSE(waiting->answer);
  loop.run(coordinator->close());
  ASSERT_TRUE(waiting->answer);
  EXPECT_EQ(waiting->answer->error, ErrorCode::not_coordinator);
}

TEST_F(CoordinatorTest, AsksForPatienceWhileItLoads) {
  commit({.offset = 1});
  store.hold();
  commit({.offset = 2});
  restart();  // The second commit is in the log, but not committed.
  EXPECT_EQ(join({})->answer->error, ErrorCode::coordinator_load_in_progress);
  EXPECT_EQ(fetch().error, ErrorCode::coordinator_load_in_progress);
  EXPECT_EQ(heartbeat("m", 1), ErrorCode::none);
  store.commit();
  loop.run_until_idle();
  EXPECT_EQ(fetched(), 2);
}

TEST_F(CoordinatorTest, RefusesWhatIsOutsideTheLimits) {
  EXPECT_EQ(join({.session = 5'999ms})->answer->error, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.session = 1'800'001ms})->answer->error, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.session = -1ms})->answer->error, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join({.group = ""})->answer->error, ErrorCode::invalid_group_id);
}

TEST_F(CoordinatorTest, EndsSessionsByItself) {
  form_group();
  loop.advance(10s);
  ASSERT_THAT(list(), SizeIs(1));
  EXPECT_EQ(list()[0].state, "Empty");
}

TEST_F(CoordinatorTest, ExpiresOffsetsByItself) {
  commit({.offset = 1});
  loop.advance(options.offsets_retention + options.offsets_retention_check_interval);
  EXPECT_THAT(list(), SizeIs(0));
  EXPECT_EQ(fetched(), -1);
}

TEST_F(CoordinatorTest, ForgetsDeletedTopics) {
  commit({.offset = 1});
  coordinator->forget_topics({"t"});
  EXPECT_EQ(fetched(), -1);
  restart();
  loop.run_until_idle();
  EXPECT_EQ(fetched(), -1);
}

TEST(PartitionOfGroup, IsWhereKafkaLooksForIt) {
  sim::SimLoop loop;
  MemoryStore store(loop);
  ShareStore shares(loop);
  GroupCoordinator coordinator(loop, shares, {});
  coordinator.load({12}, 50, store.open());
  loop.run_until_idle();
  EXPECT_EQ(loop.run(coordinator.describe("my-group")).error, ErrorCode::group_id_not_found);
  EXPECT_EQ(loop.run(coordinator.describe("a")).error, ErrorCode::not_coordinator);
  loop.run(coordinator.close());
}

}  // namespace
}  // namespace sluice::test
