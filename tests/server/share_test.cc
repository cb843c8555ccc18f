// Share groups on the real node, by the messages that a client sends (KIP-932).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "server/share_member.h"

namespace sluice::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Shards, ShareOnNode, testing::Values(1, 3));

// What waits for records is answered when the node stops, and does not begin anything anew.
TEST_P(ShareOnNode, StopsWhileAMemberWaits) {
  initialize();
  send(1);
  ShareMember a(loop, network, node, "a", topic);
  EXPECT_THAT(a.fetch().values, ElementsAre("v0"));
  TaskGroup waiting(loop);
  waiting.start(a.wait_for_records());
  loop.advance(1s);
  loop.run(node.end(NodeEnd::stop));
  loop.run(waiting.close());
  a.leave_rudely();
  start();
}

TEST_P(ShareOnNode, SpreadsRecordsOverMembers) {
  initialize();
  send(4);
  const auto a = member("a"), b = member("b");
  const ShareFetched first = a->fetch(0ms, 2);
  EXPECT_THAT(first.values, ElementsAre("v0", "v1"));
  EXPECT_THAT(b->fetch(0ms, 2).values, ElementsAre("v2", "v3"));
  EXPECT_THAT(a->fetch(0ms, 2).values, IsEmpty());
}

TEST_P(ShareOnNode, AssignsToMembersWhatTheyFetch) {
  const auto a = member("a");
  ASSERT_EQ(a->beat(), 1U) << "with its first heartbeat";
  EXPECT_THAT(a->fetch().values, IsEmpty());
  send(2);
  EXPECT_THAT(a->fetch(1s).values, ElementsAre("v0", "v1")) << "a group begins at the end, unless told otherwise";
  restart(NodeEnd::kill);
  loop.advance(2s);  // Assignments are not made more often than once a second.
  const auto b = member("b");
  EXPECT_EQ(b->beat(), 1U);
  EXPECT_THAT(b->fetch(1s).values, ElementsAre("v0", "v1"));
}

TEST_P(ShareOnNode, WaitsForRecords) {
  initialize();
  const auto a = member("a");
  const SteadyTime before = loop.now();
  EXPECT_THAT(a->fetch(500ms).values, IsEmpty());
  EXPECT_GE(loop.now() - before, 500ms);
}

TEST_P(ShareOnNode, RemembersWhatIsAcceptedAcrossACrash) {
  initialize();
  send(4);
  {
    const auto a = member("a");
    EXPECT_EQ(a->fetch(0ms, 4).values.size(), 4U);
    EXPECT_EQ(a->acknowledge({0, 1}, 1), ErrorCode::none);
  }
  restart(NodeEnd::kill);
  const auto b = member("b");
  EXPECT_THAT(b->fetch(1s, 4).values, ElementsAre("v2", "v3"));
}

TEST_P(ShareOnNode, AcknowledgesWithTheNextFetch) {
  initialize();
  send(2);
  const auto a = member("a");
  EXPECT_THAT(a->fetch(0ms, 1).values, ElementsAre("v0"));
  const ShareFetched next = a->fetch(1s, 1, {{0, 0}});
  EXPECT_EQ(next.acknowledge_error, ErrorCode::none);
  EXPECT_THAT(next.values, ElementsAre("v1"));
  EXPECT_EQ(a->fetch(0ms, 1, {{0, 0}}).acknowledge_error, ErrorCode::none) << "what is gone needs no word";
  EXPECT_EQ(a->fetch(0ms, 1, {{5, 5}}).acknowledge_error, ErrorCode::invalid_request);
}

TEST_P(ShareOnNode, DeliversAgainWhatIsReleased) {
  initialize();
  send(1);
  const auto a = member("a"), b = member("b");
  a->fetch();
  EXPECT_EQ(a->acknowledge({0, 0}, 2), ErrorCode::none);
  const ShareFetched again = b->fetch(1s);
  EXPECT_THAT(again.values, ElementsAre("v0"));
  EXPECT_THAT(again.delivery_counts, ElementsAre(2));
}

TEST_P(ShareOnNode, DeliversAgainWhenALockEnds) {
  initialize();
  send(1);
  const auto a = member("a"), b = member("b");
  a->fetch();
  EXPECT_THAT(b->fetch(1min).values, ElementsAre("v0")) << "it waits for the lock to end";
  EXPECT_EQ(a->acknowledge({0, 0}, 1), ErrorCode::invalid_record_state);
}

TEST_P(ShareOnNode, DeliversAgainWhatAVanishedMemberHad) {
  initialize();
  send(1);
  const auto a = member("a"), b = member("b");
  a->fetch();
  a->leave_rudely();
  EXPECT_THAT(b->fetch(1s).values, ElementsAre("v0"));
}

TEST_P(ShareOnNode, GivesBackEverythingWhenASessionEnds) {
  initialize();
  send(2);
  const auto a = member("a"), b = member("b");
  a->fetch();
  EXPECT_EQ(a->acknowledge({0, 0}, 1, true), ErrorCode::none);
  EXPECT_THAT(b->fetch(1s).values, ElementsAre("v1"));
  EXPECT_EQ(a->acknowledge({1, 1}, 1), ErrorCode::share_session_not_found);
}

TEST_P(ShareOnNode, HoldsSessionsToTheirEpochs) {
  initialize();
  const auto a = member("a");
  EXPECT_EQ(a->acknowledge({0, 0}, 1), ErrorCode::invalid_share_session_epoch);
  EXPECT_EQ(a->fetch().error, ErrorCode::none);
  a->begin_again();
  EXPECT_EQ(a->fetch(0ms, 1, {{0, 0}}).error, ErrorCode::invalid_request);
  EXPECT_EQ(a->fetch().error, ErrorCode::none);
}

TEST_P(ShareOnNode, ServesOnlyWhatTheGroupHasTakenUp) {
  send(1);
  const auto a = member("a");
  EXPECT_EQ(a->fetch().partition_error, ErrorCode::coordinator_not_available) << "there is no topic for the state";
  initialize();
  EXPECT_THAT(a->fetch().values, ElementsAre("v0"));
}

}  // namespace
}  // namespace sluice::sim
