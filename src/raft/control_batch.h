// raft/control_batch.h: the batches in which the quorum itself writes: who leads, who votes, where a snapshot
// begins and ends (KIP-595, KIP-630, KIP-853).
#pragma once

#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/loop.h"
#include "base/result.h"
#include "raft/voter_set.h"
#include "record/batch_view.h"
#include "record/control_record.h"

namespace sluice::raft {

/// Writes one control batch, record by record.
class ControlBatch {
 public:
  struct Place {
    Offset base;
    LeaderEpoch epoch;
    WallTime time{};
  };
  explicit ControlBatch(Place place) : place_(place) {}

  void add_leader_change(NodeId leader, const VoterSet& voters, const std::vector<NodeId>& granted_by);
  void add_kraft_version(KRaftVersion version);
  void add_voters(const VoterSet& voters);
  /// `last_append_time` is that of the last batch that the snapshot stands for.
  void add_snapshot_header(WallTime last_append_time);
  void add_snapshot_footer();

  std::size_t record_count() const { return records_.size(); }
  /// The batch's bytes.
  Buffer finish() const;

 private:
  struct Record {
    ControlType type;
    Buffer value;
  };
  template <class Message>
  void add(ControlType type, const Message& message);

  Place place_;
  std::vector<Record> records_;
};

/// What control records say of the quorum, taken in one after the other: later ones count.
struct QuorumControl {
  std::optional<KRaftVersion> kraft_version;
  std::optional<VoterSet> voters;
  std::optional<WallTime> snapshot_time;  ///< In a snapshot: the time of the last batch that it stands for.
  bool snapshot_footer = false;

  /// Takes in all records of a control batch. Errors: corrupt, unsupported_version.
  Result<void> take(ConstBatchView batch);
};

}  // namespace sluice::raft
