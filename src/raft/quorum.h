// raft/quorum.h: who leads and what is committed: KRaft's decisions (KIP-595), without clock, network or disk.
//
// The driver feeds in what has happened and takes out what is to be done, in this order: persist the election
// state, tell of it (persisted()), append the record with which a leader begins, tell how far the log is durable
// (durable()). A vote counts, and a leader acts, only when what it did before is durable.
//
//   unattached --campaign()--> candidate --own vote persisted, majority--> elected --persisted--> leader
//
// A quorum of one is what this elects: its single voter's own vote is the majority.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "base/result.h"
#include "raft/election_state.h"
#include "raft/voter_set.h"

namespace sluice::raft {

enum class Role {
  unattached,  ///< Knows of no leader in its epoch.
  candidate,   ///< Asks for votes.
  leader,
};

/// One node's part in a quorum. For one task.
class Quorum {
 public:
  /// What a node knows when it starts. The log is durable up to its end: it was just read from the disk.
  struct Start {
    ReplicaKey local;
    VoterSet voters;
    ElectionState election;
    LeaderEpoch log_epoch{0};  ///< Of the last batch in the log.
    Offset log_end{0};
  };
  explicit Quorum(Start start);

  /// What is to be done; each of it once.
  struct Output {
    std::optional<ElectionState> persist;  ///< Make this durable, then call persisted().
    bool begin_epoch = false;              ///< Append the leader's first record, then call durable().
    bool empty() const { return !persist && !begin_epoch; }
  };
  Output take_output();

  /// Stands for election in the next epoch. Errors: not_leader (the node is no voter, or not the only one),
  /// corrupt (there is no next epoch).
  Result<void> campaign();
  /// The election state that was asked for is durable.
  void persisted();
  /// The leader's log is durable up to `end`. Ends only grow.
  void durable(Offset end);

  Role role() const { return role_; }
  LeaderEpoch epoch() const { return election_.epoch; }
  std::optional<NodeId> leader() const { return election_.leader; }
  const ReplicaKey& local() const { return local_; }
  const VoterSet& voters() const { return voters_; }
  const ElectionState& election() const { return election_; }
  /// Whose votes made this node the leader.
  std::vector<NodeId> granted_by() const { return {granted_by_.begin(), granted_by_.end()}; }
  /// Everything before it is committed: it will never be lost or changed. None before this epoch's first record is
  /// durable: a leader cannot tell before what its predecessors had committed.
  std::optional<Offset> high_watermark() const { return high_watermark_; }
  /// The first offset of the leader's epoch.
  Offset epoch_start() const { return epoch_start_; }

 private:
  void persist(ElectionState state);
  void count_votes();

  ReplicaKey local_;
  VoterSet voters_;
  ElectionState election_;
  Offset durable_end_;
  Role role_ = Role::unattached;
  std::set<NodeId> granted_by_;
  Offset epoch_start_{0};
  std::optional<Offset> high_watermark_;
  bool persisting_ = false;
  Output output_;
};

}  // namespace sluice::raft
