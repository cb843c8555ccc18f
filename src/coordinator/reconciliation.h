// coordinator/reconciliation.h: how a member of a consumer group comes from what it has to what it is to have.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "coordinator/consumer_member.h"
#include "coordinator/group_assignment.h"

namespace sluice {

struct Reconciliation {
  std::int32_t target_epoch = 0;
  const AssignedPartitions& target;
  const std::set<Uuid>&
      subscribed;  ///< What is not subscribed to any more is given up before a new target is made.
  bool subscription_changed = false;
  const PartitionEpochs& held;  ///< By anybody.
  /// What the member says that it has; none: it does not say.
  const std::optional<AssignedPartitions>& reported;
};

/// The member after the next step towards its target, which may be none. Nothing if its state is of a newer
/// version of the protocol and it still has partitions: it must begin anew.
std::optional<ConsumerMember> reconcile(const ConsumerMember& member, const Reconciliation& with);

}  // namespace sluice
