// raft/snapshot_id.h: which stretch of the log a snapshot stands for, and how its file is called (KIP-630).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "wire/ids.h"

namespace sluice::raft {

/// A snapshot of everything before `end`, whose last record was written in `epoch`.
struct SnapshotId {
  Offset end;
  LeaderEpoch epoch;
  friend auto operator<=>(const SnapshotId&, const SnapshotId&) = default;

  /// "00000000000000002716-0000000002"
  std::string text() const;
};

/// What formatting writes: the first voters and the first records. It is not a state that the log led to: its
/// records are appended to the log by the first leader.
inline constexpr SnapshotId kBootstrapSnapshot{};

/// "00000000000000002716-0000000002.checkpoint"
std::string snapshot_file_name(const SnapshotId& id);

/// What a file's name says of a snapshot.
struct SnapshotFileName {
  enum class State {
    whole,
    partial,  ///< Still being written, or left by a crash.
    deleted,  ///< About to be removed.
  };
  SnapshotId id;
  State state = State::whole;

  /// None for names of other things.
  static std::optional<SnapshotFileName> parse(std::string_view name);
  friend bool operator==(const SnapshotFileName&, const SnapshotFileName&) = default;
};

inline constexpr std::string_view kSnapshotPartialSuffix = ".part";
inline constexpr std::string_view kSnapshotDeletedSuffix = ".deleted";

}  // namespace sluice::raft
