// coordinator/streams_reconciliation.h: how a member of a streams group comes from the tasks that it has to those
// that it is to have (KIP-1071).
//
// An active task is given when nobody has it any more. Of a task's state there is one copy in a process at most,
// so that within a process even a standby task waits. A member that is to process a task whose standby it keeps,
// goes on keeping it until then; and one that is to keep a standby of what it processes, changes at once.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/streams_group.h"

namespace sluice {

struct StreamsReconciliation {
  std::int32_t target_epoch = 0;
  const TaskRoles& target;
  const StreamsGroup& group;  ///< Who has what.
  /// What the member says that it has; none: it does not say.
  const std::optional<TaskRoles>& reported;
};

/// The member after the next step towards its target, which may be none. Nothing if its state is of a newer
/// version of the protocol and it still has tasks: it must begin anew.
std::optional<StreamsMember> reconcile(const StreamsMember& member, const StreamsReconciliation& with);

}  // namespace sluice
