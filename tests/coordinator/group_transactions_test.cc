// Offsets that are committed with a transaction: what the groups make of them, and how they come to count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/group_coordinator.h"
#include "coordinator/group_world.h"
#include "coordinator/memory_log.h"
#include "coordinator/share_store.h"
#include "simulation/sim_loop.h"

namespace sluice::test {
namespace {

using testing::ElementsAre;

constexpr TransactionMarker kCommit{.producer_id = {4}, .epoch = {0}, .commit = true};
constexpr TransactionMarker kAbort{.producer_id = {4}, .epoch = {0}, .commit = false};

class GroupTransactionsTest : public testing::Test {
 protected:
  GroupTransactionsTest() : store(loop) { restart(); }
  ~GroupTransactionsTest() override { loop.run(coordinator->close()); }

  void restart() {
    if (coordinator) loop.run(coordinator->close());
    coordinator = std::make_unique<GroupCoordinator>(loop, shares, options);
    coordinator->load({0}, 1, store.open());
    loop.run_until_idle();
  }

  static wire::TxnOffsetCommitRequest request_for(std::int64_t offset) {
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = "x";
    request.group_id = "g";
    request.producer_id = {4};
    request.producer_epoch = {0};
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back(
        {.partition_index = {0}, .committed_offset = {offset}, .committed_metadata = "m", .unknown_tags = {}});
    return request;
  }
  Task<ErrorCode> noted_check() {
    ++checks;
    co_return check_says;
  }
  OffsetsAnswer commit(const wire::TxnOffsetCommitRequest& request) {
    return loop.run(coordinator->commit_transactional(request, true, [this] { return noted_check(); }));
  }
  OffsetsAnswer commit(std::int64_t offset) {
    const wire::TxnOffsetCommitRequest request = request_for(offset);
    return commit(request);
  }
  ErrorCode end(TransactionMarker marker) { return loop.run(coordinator->write_marker({0}, marker)); }
  FetchedOffset fetch(bool require_stable = false) {
    const auto request = fetch_of("g", "t", 0);
    return loop.run(coordinator->fetch(request, require_stable)).topics.at(0).partitions.at(0);
  }
  std::int64_t fetched() { return fetch().offset.value; }

  sim::SimLoop loop;
  MemoryStore store;
  ShareStore shares{loop};
  GroupOptions options;
  std::unique_ptr<GroupCoordinator> coordinator;
  int checks = 0;
  ErrorCode check_says = ErrorCode::none;
};

TEST_F(GroupTransactionsTest, OffsetsCountOnceTheirTransactionIsCommitted) {
  EXPECT_THAT(commit(5).partitions, ElementsAre(ErrorCode::none));
  EXPECT_EQ(fetched(), -1);
  EXPECT_EQ(fetch(true).error, ErrorCode::unstable_offset_commit);
  EXPECT_EQ(end(kCommit), ErrorCode::none);
  EXPECT_EQ(fetched(), 5);
  EXPECT_EQ(fetch(true).error, ErrorCode::none);
  restart();
  EXPECT_EQ(fetched(), 5);
}

TEST_F(GroupTransactionsTest, OffsetsOfAnAbortedTransactionNeverWere) {
  commit(5);
  end(kCommit);
  commit(9);
  EXPECT_EQ(end(kAbort), ErrorCode::none);
  EXPECT_EQ(fetched(), 5);
  EXPECT_EQ(fetch(true).error, ErrorCode::none);
}

TEST_F(GroupTransactionsTest, ACrashLeavesThemPending) {
  commit(5);
  restart();
  EXPECT_EQ(fetched(), -1);
  EXPECT_EQ(fetch(true).error, ErrorCode::unstable_offset_commit);
  end(kCommit);
  EXPECT_EQ(fetched(), 5);
}

TEST_F(GroupTransactionsTest, TheTransactionsCoordinatorIsAskedWhereThatIsDue) {
  commit(5);
  EXPECT_EQ(checks, 0);
  store.guard = AppendGuard{3};
  check_says = ErrorCode::invalid_txn_state;
  EXPECT_EQ(commit(6).error, ErrorCode::invalid_txn_state);
  check_says = ErrorCode::none;
  EXPECT_THAT(commit(7).partitions, ElementsAre(ErrorCode::none));
  EXPECT_EQ(checks, 2);
  end(kCommit);
  EXPECT_EQ(fetched(), 7);
}

// A producer that was locked out must not stop the others of the partition.
TEST_F(GroupTransactionsTest, WhatTheLogRefusesHarmsNobody) {
  store.fail_next(Errc::producer_fenced, false);
  EXPECT_EQ(commit(5).error, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(fetch(true).error, ErrorCode::none);
  EXPECT_THAT(commit(6).partitions, ElementsAre(ErrorCode::none));
}

// KIP-447: a member that has lost its partitions must not commit for them.
TEST_F(GroupTransactionsTest, WhoClaimsToBeAMemberHasToBeOne) {
  wire::TxnOffsetCommitRequest request = request_for(5);
  request.generation_id_or_member_epoch = 3;
  request.member_id = "nobody";
  EXPECT_EQ(commit(request).error, ErrorCode::illegal_generation);  // There is no such group.
  commit(1);
  end(kCommit);
  EXPECT_EQ(commit(request).error, ErrorCode::unknown_member_id);
  request.generation_id_or_member_epoch = -1;
  EXPECT_THAT(commit(request).partitions, ElementsAre(ErrorCode::none));  // The group has no members.
}

TEST_F(GroupTransactionsTest, TooMuchMetadataIsRefused) {
  options.offset_metadata_bytes_max = 0;
  restart();
  EXPECT_THAT(commit(5).partitions, ElementsAre(ErrorCode::offset_metadata_too_large));
}

}  // namespace
}  // namespace sluice::test
