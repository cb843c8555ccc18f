// coordinator/consumer_member.h: one member of a consumer group (KIP-848).
//
//              new target: some must be given up              all given up
//   stable -----------------------------------------> unrevoked ---------> stable or unreleased
//     |  new target: some are not free yet                                       ^
//     +-----------------------------------------> unreleased --------------------+
//                                                              they became free
//
// In `unrevoked` the member keeps its epoch and is asked to give partitions up; in `unreleased` it has the epoch
// of its target assignment, but waits for partitions that others still hold.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/classic_members.h"
#include "coordinator/group_assignment.h"
#include "wire/coordinator/consumer_group_current_member_assignment.h"
#include "wire/coordinator/consumer_group_member_metadata.h"

namespace sluice {

/// What a member says of itself instead of its epoch.
inline constexpr std::int32_t kJoiningEpoch = 0;
inline constexpr std::int32_t kLeavingEpoch = -1;
/// A static member that will come back: its partitions are kept for it.
inline constexpr std::int32_t kStaticLeavingEpoch = -2;

/// The numbers are those of the records.
enum class MemberState : std::int8_t {
  stable = 0,
  unrevoked_partitions = 1,
  unreleased_partitions = 2,
  unknown = 127,
};

/// What makes a member one of the classic protocol, with consumers that have not been moved yet.
struct ClassicMembership {
  std::int32_t session_timeout_ms = 0;
  std::vector<GroupProtocol> protocols;
  friend bool operator==(const ClassicMembership&, const ClassicMembership&) = default;
};

struct ConsumerMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = -1;
  std::set<std::string, std::less<>> topics;  ///< Subscribed to by name.
  std::string pattern;                        ///< Subscribed to by regular expression; empty: none.
  std::optional<std::string> assignor;        ///< Which one it would like; none: the group's default.
  std::optional<ClassicMembership> classic;   ///< None: it speaks the consumer protocol.

  std::int32_t epoch = kJoiningEpoch;
  std::int32_t previous_epoch = -1;
  MemberState state = MemberState::stable;
  PartitionEpochs assigned;         ///< Each with the member epoch in which it was assigned (KIP-1251).
  PartitionEpochs pending_release;  ///< What it was asked to give up and still holds.

  bool is_reconciled_to(std::int32_t target_epoch) const {
    return state == MemberState::stable && epoch == target_epoch;
  }
  std::chrono::milliseconds rebalance_timeout() const {
    return std::chrono::milliseconds(std::max(rebalance_timeout_ms, 0));
  }
  /// Moves on to an epoch, remembering the one before: the member may not have heard of the new one.
  void advance_to(std::int32_t next) { previous_epoch = std::exchange(epoch, next); }

  /// What a record says of the member; the rest stays.
  void update(const wire::ConsumerGroupMemberMetadataValue& value);
  void update(const wire::ConsumerGroupCurrentMemberAssignmentValue& value);

  friend bool operator==(const ConsumerMember&, const ConsumerMember&) = default;
};

}  // namespace sluice
