// raft/voter_set.h: who votes in the quorum (KIP-853).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/data/voters_record.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice::raft {

/// The feature kraft.version: 0 is a quorum whose voters stand in every node's configuration, 1 one that keeps
/// them in its log.
using KRaftVersion = Id<struct KRaftVersionKind, std::int16_t>;
inline constexpr KRaftVersion kStaticVoters{0};
inline constexpr KRaftVersion kDynamicVoters{1};

/// A node with its metadata log: the same node on a new disk is another voter, since it has forgotten its votes.
/// Without dynamic voters the directory's id is not known and zero.
struct ReplicaKey {
  NodeId id{-1};
  Uuid directory_id;
  friend auto operator<=>(const ReplicaKey&, const ReplicaKey&) = default;
};

/// Where a voter can be reached on one of the controllers' listeners.
struct VoterEndpoint {
  std::string listener;
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const VoterEndpoint&, const VoterEndpoint&) = default;
};

struct Voter {
  ReplicaKey key;
  std::vector<VoterEndpoint> endpoints;
  KRaftVersion kraft_version_min = kStaticVoters;  ///< What the voter supports.
  KRaftVersion kraft_version_max = kDynamicVoters;
  friend bool operator==(const Voter&, const Voter&) = default;
};

/// The voters at one offset of the log. May be empty: of a node that has not heard of any yet.
class VoterSet {
 public:
  VoterSet() = default;
  explicit VoterSet(std::vector<Voter> voters);

  /// Reads controller.quorum.voters: "{id}@{host}:{port}" with commas between. Errors: invalid_argument.
  static Result<VoterSet> parse(std::string_view text, std::string_view listener);
  static VoterSet from(const wire::VotersRecord& record);
  /// Views this set.
  wire::VotersRecord record() const;

  bool empty() const { return voters_.empty(); }
  std::size_t size() const { return voters_.size(); }
  /// Null if there is none.
  const Voter* find(NodeId id) const;
  /// Whether this very replica votes; a directory's id that is not known matches any.
  bool contains(const ReplicaKey& key) const;
  /// Whether it is the one voter, so that its own vote is the majority.
  bool is_only_voter(const ReplicaKey& key) const { return size() == 1 && contains(key); }
  /// How many make a majority.
  std::size_t majority() const { return voters_.size() / 2 + 1; }
  const std::map<NodeId, Voter>& voters() const { return voters_; }

  friend bool operator==(const VoterSet&, const VoterSet&) = default;

 private:
  std::map<NodeId, Voter> voters_;
};

}  // namespace sluice::raft
