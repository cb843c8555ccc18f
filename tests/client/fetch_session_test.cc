#include "client/detail/fetch_session.h"

#include <gtest/gtest.h>

namespace sluice::client::detail {
namespace {

const TopicPartition kA0{"a", PartitionIndex{0}};
const TopicPartition kA1{"a", PartitionIndex{1}};

Uuid id_of(int number) {
  Uuid id;
  id.bytes[15] = static_cast<std::byte>(number);
  return id;
}

FetchWish wish(std::int64_t offset, int id = 1) {
  return {
      .topic_id = id_of(id), .offset = Offset{offset}, .current_leader_epoch = LeaderEpoch{0}, .bytes_max = 100};
}

TEST(FetchSession, SaysOnlyWhatChanged) {
  FetchSession session;
  const auto first = session.plan({{kA0, wish(0)}, {kA1, wish(0)}}, true);
  EXPECT_TRUE(first.full());
  EXPECT_EQ(first.session_id, 0);
  EXPECT_EQ(first.send.size(), 2U);
  session.answered(first, 17);

  const auto second = session.plan({{kA0, wish(5)}, {kA1, wish(0)}}, true);
  EXPECT_EQ(second.session_id, 17);
  EXPECT_EQ(second.epoch, 1);
  EXPECT_EQ(second.send.size(), 1U);
  EXPECT_TRUE(second.send.contains(kA0));
  session.answered(second, 17);

  const auto third = session.plan({{kA1, wish(0)}}, true);
  EXPECT_EQ(third.epoch, 2);
  EXPECT_TRUE(third.send.empty());
  EXPECT_EQ(third.forget.count(kA0), 1U);
}

TEST(FetchSession, BeginsAnewWhenTheBrokerDoesNotKnowIt) {
  FetchSession session;
  session.answered(session.plan({{kA0, wish(0)}}, true), 17);
  session.refused(ErrorCode::fetch_session_id_not_found);
  const auto next = session.plan({{kA0, wish(0)}}, true);
  EXPECT_TRUE(next.full());
  EXPECT_EQ(next.session_id, 0);
  EXPECT_EQ(next.send.size(), 1U);
}

// A request without an answer may have been counted or not. Epoch 0 with the old id ends that session.
TEST(FetchSession, EndsTheOldSessionAfterALostAnswer) {
  FetchSession session;
  session.answered(session.plan({{kA0, wish(0)}}, true), 17);
  session.lost();
  const auto next = session.plan({{kA0, wish(0)}}, true);
  EXPECT_TRUE(next.full());
  EXPECT_EQ(next.session_id, 17);
}

TEST(FetchSession, ReplacesATopicThatWasMadeAgain) {
  FetchSession session;
  session.answered(session.plan({{kA0, wish(0, 1)}}, true), 17);
  const auto next = session.plan({{kA0, wish(0, 2)}}, true);
  EXPECT_EQ(next.send.at(kA0).topic_id, id_of(2));
  EXPECT_EQ(next.forget.at(kA0), id_of(1));
}

TEST(FetchSession, KeepsToNamesOrToIds) {
  FetchSession session;
  session.answered(session.plan({{kA0, wish(0)}}, true), 17);
  EXPECT_TRUE(session.plan({{kA0, wish(0)}}, false).full());
}

// A broker without room for sessions answers with id 0; one too old for them as well.
TEST(FetchSession, SaysEverythingWhereThereIsNoSession) {
  FetchSession session;
  session.answered(session.plan({{kA0, wish(0)}}, false), 0);
  const auto next = session.plan({{kA0, wish(0)}}, false);
  EXPECT_TRUE(next.full());
  EXPECT_EQ(next.send.size(), 1U);
}

}  // namespace
}  // namespace sluice::client::detail
