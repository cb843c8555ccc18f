// coordinator/group_step.h: what goes into a step of the groups' state machine and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "coordinator/group_assignment.h"
#include "coordinator/group_options.h"
#include "wire/error_code.h"

namespace sluice {

/// One JoinGroup or SyncGroup that waits for its answer.
using WaitId = Id<struct WaitIdKind, std::uint64_t>;

/// Who sent a request. Views what the caller keeps during the step.
struct GroupClient {
  std::string_view client_id;
  std::string_view host;  ///< As Kafka writes it: "/127.0.0.1".
  std::int16_t version = 0;
};

struct JoinedMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string metadata;  ///< Opaque bytes.
};

struct JoinAnswer {
  ErrorCode error = ErrorCode::none;
  std::int32_t generation = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<JoinedMember> members;  ///< For the leader only.

  static JoinAnswer failed(ErrorCode error, std::string_view member_id) {
    JoinAnswer answer;
    answer.error = error;
    answer.member_id = member_id;
    return answer;
  }
};

struct SyncAnswer {
  ErrorCode error = ErrorCode::none;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string assignment;  ///< Opaque bytes.

  static SyncAnswer failed(ErrorCode error) {
    SyncAnswer answer;
    answer.error = error;
    return answer;
  }
};

template <class Answer>
struct WaitEnd {
  WaitId wait;
  Answer answer;
};

/// Partitions that the share coordinator is to keep state of for a group, once the step is committed.
struct ShareInitialization {
  std::string group;
  std::int32_t state_epoch = 0;
  AssignedPartitions partitions;
};

/// Partitions that the share coordinator has been told of: whether it still knows them.
struct ShareCheck {
  std::string group;
  std::int32_t group_epoch = 0;
  AssignedPartitions partitions;
};

/// What is left to be done when a step has changed the state: records to be written, in this order, and waits to
/// be ended once they are committed.
struct GroupEffects {
  std::vector<CoordinatorRecord> records;
  std::vector<WaitEnd<JoinAnswer>> joins;
  std::vector<WaitEnd<SyncAnswer>> syncs;
  std::vector<ShareInitialization> share_initializations;
  std::vector<ShareCheck> share_checks;
};

/// The surroundings of one step: they do not change while it lasts.
struct GroupStep {
  SteadyTime now;
  WallTime wall;
  const GroupOptions& options;
  GroupEffects& effects;
  std::uint64_t chance = 0;  ///< A random number, for what is spread in time.

  void end(std::optional<WaitId> wait, JoinAnswer answer) {
    if (wait) effects.joins.push_back({*wait, std::move(answer)});
  }
  void end(std::optional<WaitId> wait, SyncAnswer answer) {
    if (wait) effects.syncs.push_back({*wait, std::move(answer)});
  }
};

}  // namespace sluice
