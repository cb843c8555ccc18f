#include "coordinator/consumer_group.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice {

std::string_view name(ConsumerGroupState state) {
  switch (state) {
    case ConsumerGroupState::empty: return "Empty";
    case ConsumerGroupState::assigning: return "Assigning";
    case ConsumerGroupState::reconciling: return "Reconciling";
    case ConsumerGroupState::stable: return "Stable";
  }
  return "Unknown";
}

namespace {

void count_one(std::map<std::string, std::size_t, std::less<>>& counts, const std::string& what, bool more) {
  if (more) {
    ++counts[what];
    return;
  }
  if (const auto found = counts.find(what); found != counts.end() && --found->second == 0) counts.erase(found);
}

}  // namespace

void ConsumerGroup::Timers::cancel(std::string_view member) {
  for (Deadlines* deadlines : {&sessions, &rebalances, &joins, &syncs}) deadlines->cancel(member);
}

std::optional<SteadyTime> ConsumerGroup::Timers::next() const {
  std::optional<SteadyTime> next = patterns;
  for (const Deadlines* deadlines : {&sessions, &rebalances, &joins, &syncs})
    if (const auto due = deadlines->next(); due && (!next || *due < *next)) next = due;
  return next;
}

void ConsumerGroup::set_epoch(std::int32_t epoch, std::int64_t metadata_hash) {
  epoch_ = epoch;
  metadata_hash_ = metadata_hash;
}

void ConsumerGroup::put_member(ConsumerMember member) {
  const auto before = members_.find(member.id);
  if (before != members_.end()) count(before->second, false);
  count(member, true);
  if (before != members_.end()) {
    before->second = std::move(member);
  } else {
    std::string id = member.id;
    members_.emplace(std::move(id), std::move(member));
  }
}

void ConsumerGroup::remove_member(std::string_view id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  count(found->second, false);
  timers.cancel(id);
  members_.erase(found);
}

void ConsumerGroup::set_target(std::string_view member, AssignedPartitions partitions) {
  if (const auto found = targets_.find(member); found != targets_.end())
    found->second = std::move(partitions);
  else
    targets_.emplace(member, std::move(partitions));
}

void ConsumerGroup::remove_target(std::string_view member) {
  if (const auto found = targets_.find(member); found != targets_.end()) targets_.erase(found);
}

void ConsumerGroup::set_resolved(std::string_view pattern, ResolvedPattern resolved) {
  subscriptions_.set_resolved(pattern, std::move(resolved));
}

const ConsumerMember* ConsumerGroup::find(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

const ConsumerMember* ConsumerGroup::by_instance(std::optional<std::string_view> instance_id) const {
  if (!instance_id) return nullptr;
  const auto found = by_instance_.find(*instance_id);
  return found == by_instance_.end() ? nullptr : find(found->second);
}

const AssignedPartitions& ConsumerGroup::target(std::string_view member) const {
  static const AssignedPartitions kNothing;
  const auto found = targets_.find(member);
  return found == targets_.end() ? kNothing : found->second;
}

ConsumerGroupState ConsumerGroup::state() const {
  if (members_.empty()) return ConsumerGroupState::empty;
  if (epoch_ > target_epoch_.epoch) return ConsumerGroupState::assigning;
  const bool reconciled = std::ranges::all_of(
      members_, [this](const auto& member) { return member.second.is_reconciled_to(target_epoch_.epoch); });
  return reconciled ? ConsumerGroupState::stable : ConsumerGroupState::reconciling;
}

std::optional<std::string_view> ConsumerGroup::preferred_assignor() const {
  const auto most = std::ranges::max_element(assignors_, {}, [](const auto& assignor) { return assignor.second; });
  return most == assignors_.end() ? std::nullopt : std::optional<std::string_view>(most->first);
}

bool ConsumerGroup::supports_classic_protocol(std::string_view protocol) const {
  const auto found = classic_protocols_.find(protocol);
  return (found == classic_protocols_.end() ? 0 : found->second) == classic_members_;
}

void ConsumerGroup::count(const ConsumerMember& member, bool more) {
  if (more) {
    subscriptions_.add_member(member.topics, member.pattern);
    hold(member.assigned, member.epoch);
    hold(member.pending_release, member.epoch);
    if (member.instance_id) by_instance_.insert_or_assign(*member.instance_id, member.id);
  } else {
    subscriptions_.remove_member(member.topics, member.pattern);
    release(member.assigned, member.epoch);
    release(member.pending_release, member.epoch);
    const auto instance = member.instance_id ? by_instance_.find(*member.instance_id) : by_instance_.end();
    if (instance != by_instance_.end() && instance->second == member.id) by_instance_.erase(instance);
  }
  if (member.assignor) count_one(assignors_, *member.assignor, more);
  if (!member.classic) return;
  classic_members_ += more ? 1 : std::size_t(-1);
  for (const GroupProtocol& protocol : member.classic->protocols)
    count_one(classic_protocols_, protocol.name, more);
}

void ConsumerGroup::hold(const PartitionEpochs& partitions, std::int32_t epoch) {
  for (const auto& [topic, indexes] : partitions) {
    std::map<PartitionIndex, std::int32_t>& of_topic = held_[topic];
    for (const auto& [partition, assigned_in] : indexes) of_topic[partition] = epoch;
  }
}

// What another member holds by now stays with it: a log may tell of it before it tells that this one let go.
void ConsumerGroup::release(const PartitionEpochs& partitions, std::int32_t epoch) {
  for (const auto& [topic, indexes] : partitions) {
    const auto of_topic = held_.find(topic);
    if (of_topic == held_.end()) continue;
    for (const auto& [partition, assigned_in] : indexes) {
      const auto found = of_topic->second.find(partition);
      if (found != of_topic->second.end() && found->second == epoch) of_topic->second.erase(found);
    }
    if (of_topic->second.empty()) held_.erase(of_topic);
  }
}

bool operator==(const ConsumerGroup& a, const ConsumerGroup& b) {
  const auto recorded = [](const ConsumerGroup& group) {
    return std::tie(group.id_, group.epoch_, group.metadata_hash_, group.target_epoch_, group.members_,
                    group.targets_, group.subscriptions_, group.has_topics_record_, group.held_,
                    group.by_instance_, group.assignors_, group.classic_protocols_, group.classic_members_);
  };
  return recorded(a) == recorded(b);
}

}  // namespace sluice
