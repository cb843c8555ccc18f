// coordinator/streams_member.h: one member of a streams group (KIP-1071): a thread of a process of the
// application.
//
//              new target: some must be given up              all given up
//   stable -----------------------------------------> unrevoked ---------> stable or unreleased
//     |  new target: some are not free yet                                       ^
//     +-----------------------------------------> unreleased --------------------+
//                                                              they became free
//
// In `unrevoked` the member keeps its epoch and is asked to give tasks up; in `unreleased` it has the epoch of its
// target assignment, but waits for tasks that others still hold.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "coordinator/streams_tasks.h"
#include "wire/coordinator/streams_group_current_member_assignment.h"
#include "wire/coordinator/streams_group_member_metadata.h"

namespace sluice {

/// The numbers are those of the records.
enum class StreamsMemberState : std::int8_t {
  stable = 1,
  unrevoked_tasks = 2,
  unreleased_tasks = 3,
  unknown = 127,
};

/// Where the application answers queries about its state.
struct StreamsEndpoint {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const StreamsEndpoint&, const StreamsEndpoint&) = default;
};

struct StreamsMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = -1;
  std::int32_t topology_epoch = -1;
  std::string process_id;
  std::optional<StreamsEndpoint> endpoint;
  std::map<std::string, std::string> client_tags;

  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  StreamsMemberState state = StreamsMemberState::stable;
  HeldTasks assigned;         ///< Active ones with the assignment epoch (KIP-1251).
  HeldTasks pending_release;  ///< What it was asked to give up and may still hold.

  bool is_reconciled_to(std::int32_t target_epoch) const {
    return state == StreamsMemberState::stable && epoch == target_epoch;
  }
  std::chrono::milliseconds rebalance_timeout() const {
    return std::chrono::milliseconds(std::max(rebalance_timeout_ms, 0));
  }
  /// Moves on to an epoch, remembering the one before: the member may not have heard of the new one.
  void advance_to(std::int32_t next) { previous_epoch = std::exchange(epoch, next); }

  /// What a record says of the member; the rest stays.
  void update(const wire::StreamsGroupMemberMetadataValue& value);
  void update(const wire::StreamsGroupCurrentMemberAssignmentValue& value);

  friend bool operator==(const StreamsMember&, const StreamsMember&) = default;
};

}  // namespace sluice
