// What a share group does with records that its members give up, put off, or must have in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/share_member.h"

namespace sluice::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ShareRulesOnNode : public ShareOnNode {};
INSTANTIATE_TEST_SUITE_P(Shards, ShareRulesOnNode, testing::Values(1, 3));

TEST_P(ShareRulesOnNode, PutsWhatIsRejectedIntoTheDeadLetterTopic) {
  node.set("errors.deadletterqueue.auto.create.topics.enable", "true");
  restart(NodeEnd::stop);
  configure_group("errors.deadletterqueue.topic.name", "dlq.orders");
  configure_group("errors.deadletterqueue.copy.record.enable", "true");
  initialize();
  send(3);
  const auto a = member("a");
  a->fetch();
  EXPECT_EQ(a->acknowledge({0, 0}, 1), ErrorCode::none);
  EXPECT_EQ(a->acknowledge({1, 1}, 3), ErrorCode::none);
  EXPECT_EQ(a->acknowledge({2, 2}, 1), ErrorCode::none);
  loop.advance(3s);
  EXPECT_EQ(alter(0, "dlq.orders").second, ErrorCode::none);
  const auto reader = std::make_unique<ShareMember>(loop, network, node, "reader", id_of("dlq.orders"));
  const ShareFetched letters = reader->fetch(1s);
  EXPECT_THAT(letters.values, ElementsAre("v1"));
  EXPECT_THAT(letters.headers,
              ElementsAre("__dlq.errors.topic=orders", "__dlq.errors.partition=0", "__dlq.errors.offset=1",
                          "__dlq.errors.group=workers", "__dlq.errors.delivery.count=1",
                          "__dlq.errors.message=Offset rejected by client."));
}

TEST_P(ShareRulesOnNode, SaysWhereTheGivenUpRecordIsIfItIsNotCopied) {
  node.set("errors.deadletterqueue.auto.create.topics.enable", "true");
  restart(NodeEnd::stop);
  configure_group("errors.deadletterqueue.topic.name", "dlq.orders");
  configure_group("share.delivery.count.limit", "2");
  initialize();
  send(1);
  const auto a = member("a");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(a->fetch(1s).values, ElementsAre("v0"));
    EXPECT_EQ(a->acknowledge({0, 0}, 2), ErrorCode::none);
  }
  loop.advance(3s);
  EXPECT_EQ(alter(0, "dlq.orders").second, ErrorCode::none);
  const auto reader = std::make_unique<ShareMember>(loop, network, node, "reader", id_of("dlq.orders"));
  const ShareFetched letters = reader->fetch(1s);
  EXPECT_THAT(letters.values, ElementsAre("nothing"));
  EXPECT_THAT(letters.headers, testing::Contains("__dlq.errors.message=Offset delivery count "
                                                 "exceeded the threshold."));
}

TEST_P(ShareRulesOnNode, GivesUpWithoutALetterWhereTheTopicIsNotMeantForIt) {
  configure_group("errors.deadletterqueue.topic.name", "dlq.orders");
  initialize();
  send(2);
  const auto a = member("a"), b = member("b");
  a->fetch();
  EXPECT_EQ(a->acknowledge({0, 0}, 3), ErrorCode::none);
  EXPECT_EQ(a->acknowledge({1, 1}, 2), ErrorCode::none);
  loop.advance(3s);
  EXPECT_THAT(b->fetch(1s).values, ElementsAre("v1"));
  EXPECT_EQ(id_of("dlq.orders"), Uuid{});
}

TEST_P(ShareRulesOnNode, GivesAKeysRecordsToOneMemberAtATime) {
  configure_group("sluice.share.ordering", "key");
  initialize();
  send(2, "x");
  send(1, "y");
  const auto a = member("a"), b = member("b");
  EXPECT_THAT(a->fetch(0ms, 1).values, ElementsAre("v0"));
  EXPECT_THAT(b->fetch().values, ElementsAre("v2")) << "v1 has the key of v0";
  EXPECT_EQ(a->acknowledge({0, 0}, 1), ErrorCode::none);
  EXPECT_THAT(b->fetch(1s).values, ElementsAre("v1"));
}

TEST_P(ShareRulesOnNode, KeepsBackWhatWasReleased) {
  configure_group("sluice.share.redelivery.backoff.ms", "5000");
  initialize();
  send(1);
  const auto a = member("a"), b = member("b");
  a->fetch();
  EXPECT_EQ(a->acknowledge({0, 0}, 2), ErrorCode::none);
  const SteadyTime before = loop.now();
  EXPECT_THAT(b->fetch(20s).values, ElementsAre("v0"));
  EXPECT_GE(loop.now() - before, 4s);
  EXPECT_LE(loop.now() - before, 6s);
}

}  // namespace
}  // namespace sluice::sim
