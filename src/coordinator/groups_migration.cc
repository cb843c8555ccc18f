// coordinator/groups_migration.cc: groups that pass from the classic to the consumer protocol and back while their
// members go on reading (KIP-848, "Online migration"): the first consumer of the new protocol makes a classic
// group a consumer group, in which the others are served as before; the last one that goes makes it a classic
// group again.
#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/consumer_embedding.h"
#include "coordinator/consumer_records.h"
#include "coordinator/groups.h"

namespace sluice {
namespace {

std::unexpected<Refusal> not_upgraded(const ClassicGroup& group, std::string_view why) {
  return refused(ErrorCode::group_id_not_found, "Cannot upgrade classic group {} to consumer group because {}.",
                 group.id(), why);
}

ClassicMembership membership_of(const ClassicMember& member) {
  return {.session_timeout_ms = static_cast<std::int32_t>(member.session_timeout.count()),
          .protocols = member.protocols};
}

/// The member as one of a classic group, with what it is to have.
ClassicMember classic_member_of(const ConsumerMember& member, const AssignedPartitions& target,
                                const TopicsImage& topics) {
  ClassicMember classic;
  classic.id = member.id;
  classic.instance_id = member.instance_id;
  classic.client_id = member.client_id;
  classic.client_host = member.client_host;
  classic.rebalance_timeout = member.rebalance_timeout();
  classic.session_timeout = std::chrono::milliseconds(member.classic->session_timeout_ms);
  classic.protocols = member.classic->protocols;
  const std::string_view said =
      classic.protocols.empty() ? std::string_view() : classic.protocols.front().metadata;
  const Result<std::int16_t> version = leading_number(as_bytes(said));
  if (Result<std::string> assignment = write_assignment(target, topics, version.value_or(0)))
    classic.assignment = std::move(*assignment);
  return classic;
}

}  // namespace

/// What a classic group with members becomes: everybody has what it had, in the epoch of the generation.
Granted<ConsumerGroup> Groups::upgraded(const GroupStep& step, const ClassicGroup& classic) {
  if (!step.options.consumer.may_upgrade()) return not_upgraded(classic, "online upgrade is disabled");
  if (!classic.is_consumer_group())
    return not_upgraded(classic, "the group does not use the consumer embedded protocol");
  if (classic.members().size() > step.options.consumer.size_max)
    return not_upgraded(classic, "the group size exceeds the consumer group maximum size");
  const TopicsImage& topics = cluster_.image->topics;
  const std::string protocol = classic.protocol().value_or("");
  ConsumerGroup group(classic.id());
  for (const auto& [id, member] : classic.members().all()) {
    // Members that are joining for the first time speak, but no protocol has been chosen yet.
    const std::string_view said =
        protocol.empty() ? std::string_view(member.protocols.front().metadata) : member.metadata(protocol);
    const Result<EmbeddedSubscription> subscription = read_subscription(said, topics);
    Result<AssignedPartitions> assignment = read_assignment(member.assignment, topics);
    if (!assignment && assignment.error().code == Errc::unsupported_version)
      return not_upgraded(classic, "an unsupported custom assignor is in use");
    if (!subscription || !assignment) return not_upgraded(classic, "the embedded consumer protocol is malformed");
    ConsumerMember moved;
    moved.id = id;
    moved.instance_id = member.instance_id;
    moved.rack_id = subscription->rack_id;
    moved.client_id = member.client_id;
    moved.client_host = member.client_host;
    moved.rebalance_timeout_ms = static_cast<std::int32_t>(member.rebalance_timeout.count());
    moved.topics = subscription->topics;
    moved.classic = membership_of(member);
    moved.epoch = moved.previous_epoch = classic.generation();
    moved.assigned = with_epoch(*assignment, classic.generation());
    group.set_target(id, std::move(*assignment));
    group.put_member(std::move(moved));
  }
  group.set_target_epoch({.epoch = classic.generation(), .computed = {}});
  group.set_epoch(classic.generation(), hash_of_topics(group));
  return group;
}

/// Whether those who stay all speak the classic protocol, now that the last of the others goes.
bool Groups::may_downgrade(const GroupStep& step, const ConsumerGroup& group, const std::set<std::string>& leaving,
                           std::size_t size_after) const {
  const auto is_classic = [&](const std::string& id) {
    const ConsumerMember* member = group.find(id);
    return member != nullptr && member->classic.has_value();
  };
  const auto classic_leaving = static_cast<std::size_t>(std::ranges::count_if(leaving, is_classic));
  const std::size_t others = group.members().size() - group.classic_member_count();
  const bool last_others_leave = others > 0 && others == leaving.size() - classic_leaving;
  return last_others_leave && size_after > 0 && step.options.consumer.may_downgrade() &&
         size_after <= step.options.size_max;
}

/// Ends the consumer group and goes on with those who stay.
void Groups::downgrade(GroupStep& step, ConsumerGroup& group, const std::set<std::string>& leaving,
                       bool rebalance) {
  const std::string id = group.id();
  std::vector<ClassicMember> members;
  for (const auto& [member_id, member] : group.members()) {
    // An instance id belongs to one member; a damaged log may say otherwise.
    const bool is_double = member.instance_id && group.by_instance(member.instance_id) != &member;
    if (leaving.contains(member_id) || is_double) continue;
    SLUICE_ASSERT(member.classic.has_value());
    members.push_back(classic_member_of(member, group.target(member_id), cluster_.image->topics));
  }
  const std::int32_t generation = group.epoch();
  bury(step, group);
  ClassicGroup classic = ClassicGroup::of_members(id, generation, std::move(members), step.wall);
  if (Result<CoordinatorRecord> record = classic.record(step.options))
    step.effects.records.push_back(std::move(*record));
  ClassicGroup& made = classic_.insert_or_assign(id, std::move(classic)).first->second;
  made.resume(step);
  if (rebalance && made.state() == ClassicState::stable) made.rebalance(step);
  watch(made);
}

}  // namespace sluice
