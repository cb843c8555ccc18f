// coordinator/target_assignment.h: what the members of a consumer group are to have from now on.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "coordinator/consumer_group.h"
#include "coordinator/group_assignor.h"
#include "metadata/topics_image.h"

namespace sluice {

/// The topics that exist of those that a member subscribes to.
std::set<Uuid> subscribed_topics(const ConsumerGroup& group, const ConsumerMember& member,
                                 const TopicsImage& topics);

/// A new target for every member, in the order of the group's members.
GroupAssignment compute_targets(const ConsumerGroup& group, const TopicsImage& topics, GroupAssignor assignor);

}  // namespace sluice
