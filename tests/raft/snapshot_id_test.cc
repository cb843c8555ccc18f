#include "raft/snapshot_id.h"

#include <gtest/gtest.h>

namespace sluice::raft {
namespace {

using State = SnapshotFileName::State;

TEST(SnapshotFileName, IsKafkas) {
  EXPECT_EQ(snapshot_file_name({{2716}, {2}}), "00000000000000002716-0000000002.checkpoint");
  EXPECT_EQ(snapshot_file_name(kBootstrapSnapshot), "00000000000000000000-0000000000.checkpoint");
}

TEST(SnapshotFileName, TellsSnapshotsInEveryState) {
  const std::string name = snapshot_file_name({{2716}, {2}});
  EXPECT_EQ(SnapshotFileName::parse(name), (SnapshotFileName{{{2716}, {2}}, State::whole}));
  EXPECT_EQ(SnapshotFileName::parse(name + ".part"), (SnapshotFileName{{{2716}, {2}}, State::partial}));
  EXPECT_EQ(SnapshotFileName::parse("00000000000000002716-0000000002-991827.checkpoint.part"),
            (SnapshotFileName{{{2716}, {2}}, State::partial}));
  EXPECT_EQ(SnapshotFileName::parse(name + ".deleted"), (SnapshotFileName{{{2716}, {2}}, State::deleted}));
}

TEST(SnapshotFileName, LeavesOtherFilesAlone) {
  for (const char* name :
       {"", "quorum-state", "leader-epoch-checkpoint", "00000000000000000000.log", "00000000000000002717.snapshot",
        "00000000000000002716-0000000002.log", "0000000000000000271x-0000000002.checkpoint",
        "99999999999999999999-0000000002.checkpoint", "00000000000000002716-9999999999.checkpoint",
        "00000000000000002716-0000000002.checkpoint.tmp"})
    EXPECT_EQ(SnapshotFileName::parse(name), std::nullopt) << name;
}

TEST(SnapshotId, IsOrderedByOffset) {
  EXPECT_LT(kBootstrapSnapshot, (SnapshotId{{1}, {0}}));
  EXPECT_LT((SnapshotId{{9}, {3}}), (SnapshotId{{10}, {1}}));
}

}  // namespace
}  // namespace sluice::raft
