// raft/election_state.h: what a node must not forget about elections, and the file that keeps it: quorum-state,
// JSON of QuorumStateData (KIP-595; with directory ids from data_version 1 on, KIP-853).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "raft/voter_set.h"

namespace sluice::raft {

/// The newest epoch that the node knows, with that epoch's leader if it is known, and the node's vote in it. An
/// epoch never goes back, and in one epoch a vote is given once: whoever acts on a vote must have made it durable.
struct ElectionState {
  LeaderEpoch epoch{0};
  std::optional<NodeId> leader;
  std::optional<ReplicaKey> voted;
  friend bool operator==(const ElectionState&, const ElectionState&) = default;
};

/// The file's text. `version` decides the form; `voters` stand in the form of static voters only.
std::string format_quorum_state(const ElectionState& state, KRaftVersion version, const VoterSet& voters);

/// Errors: corrupt, unsupported_version.
Result<ElectionState> parse_quorum_state(std::string_view text);

/// The file in a directory of its own: replaced whole, so that after a crash it is the old one or the new one.
class QuorumStateFile {
 public:
  static constexpr std::string_view kName = "quorum-state";
  QuorumStateFile(Disk& disk, std::string directory) : disk_(&disk), path_(directory + "/" + std::string(kName)) {}

  /// None if there is no file, or an empty one. Errors: corrupt, unsupported_version, and those of Disk.
  Task<Result<std::optional<ElectionState>>> read() const;
  /// Durable when done.
  Task<Result<void>> write(ElectionState state, KRaftVersion version, VoterSet voters);

 private:
  Disk* disk_;
  std::string path_;
};

}  // namespace sluice::raft
