// coordinator/groups_consumer_epochs.cc: what makes a new epoch of a consumer group, and what time does to it.
#include <utility>

#include "base/assert.h"
#include "coordinator/consumer_records.h"
#include "coordinator/groups.h"
#include "coordinator/target_assignment.h"
#include "coordinator/topic_hash.h"
#include "coordinator/topic_pattern.h"

namespace sluice {
namespace {

/// Expressions of a group are not looked through more often than this, however often they or the topics change.
constexpr std::chrono::milliseconds kPatternPause{10'000};

}  // namespace

void Groups::set_cluster(GroupCluster cluster, const GroupClusterChange& change) {
  if (change.topics_created || topics_version_ == 0) topics_version_ = cluster.image->provenance.last_offset.value;
  cluster_ = std::move(cluster);
  shares_.set_cluster(cluster_);
  streams_.set_cluster(cluster_, change);
  if (change.topics.empty()) return;
  for (const std::string& topic : change.topics)
    if (const auto hash = topic_hashes_.find(topic); hash != topic_hashes_.end()) topic_hashes_.erase(hash);
  for (auto& [id, group] : consumers_)
    for (const std::string& topic : change.topics)
      if (group.subscriptions().topics().contains(topic)) {
        group.is_metadata_stale = true;
        break;
      }
}

std::int64_t Groups::hash_of_topics(const ConsumerGroup& group) {
  std::map<std::string_view, std::int64_t> hashes;
  for (const auto& [name, count] : group.subscriptions().topics()) {
    const TopicImage* topic = cluster_.image->topics.topic(std::string_view(name));
    if (topic == nullptr) continue;
    auto hash = topic_hashes_.find(name);
    if (hash == topic_hashes_.end())
      hash = topic_hashes_.emplace(name, topic_hash(*topic, cluster_.image->cluster)).first;
    hashes.emplace(name, hash->second);
  }
  return metadata_hash(hashes);
}

/// Makes a new epoch if something has `changed`, or the topics have.
void Groups::refresh_metadata(GroupStep& step, ConsumerGroup& group, bool changed) {
  const std::int64_t hash = hash_of_topics(group);
  if (changed || hash != group.metadata_hash())
    emit(step, consumer_records::group_epoch(group.id(), group.epoch() + 1, hash));
  group.is_metadata_stale = false;
  if (group.has_topics_record()) emit(step, consumer_records::no_topics(group.id()));
}

// Who starts a whole fleet does not want partitions to wander with each member: changes are gathered for a while.
void Groups::update_targets(GroupStep& step, ConsumerGroup& group) {
  const TargetEpoch& last = group.target_epoch();
  if (last.epoch >= group.epoch()) return;
  const std::chrono::milliseconds interval = cluster_.settings->of(group.id()).consumer.assignment_interval;
  const bool is_recent =
      last.computed != WallTime{} && step.wall >= last.computed && step.wall - last.computed < interval;
  if (is_recent) return;
  const std::string_view name = group.preferred_assignor().value_or(step.options.consumer.assignors.front());
  const GroupAssignor assignor = find_consumer_assignor(name);
  // A member may have asked for an assignor that was configured then.
  const GroupAssignment targets =
      compute_targets(group, cluster_.image->topics, assignor != nullptr ? assignor : assign_uniform);
  // What is emitted changes targets in place or adds some, so that the walk along them goes on.
  auto known = group.targets().begin();
  auto target = targets.begin();
  for (const auto& [id, member] : group.members()) {
    while (known != group.targets().end() && known->first < id) ++known;
    const bool is_known = known != group.targets().end() && known->first == id;
    if (!is_known || known->second != *target) emit(step, consumer_records::target(group.id(), id, *target));
    ++target;
  }
  emit(step, consumer_records::target_epoch(group.id(), {.epoch = group.epoch(), .computed = step.wall}));
}

bool Groups::patterns_need_look(const GroupStep& step, const ConsumerGroup& group) const {
  const Subscriptions& subscriptions = group.subscriptions();
  if (subscriptions.patterns().empty()) return false;
  if (subscriptions.resolved().empty()) return true;
  const ResolvedPattern& last = subscriptions.resolved().begin()->second;  // All are looked through together.
  const auto age = step.wall - last.resolved;
  if (age >= std::chrono::milliseconds(0) && age < kPatternPause) return false;
  return subscriptions.patterns().size() != subscriptions.resolved().size() || last.version < topics_version_ ||
         age > step.options.consumer.pattern_refresh_interval;
}

void Groups::resolve_patterns(GroupStep& step, ConsumerGroup& group) {
  group.timers.patterns.reset();
  std::vector<std::string> patterns;
  for (const auto& [pattern, members] : group.subscriptions().patterns()) patterns.push_back(pattern);
  bool changed = false;
  for (const std::string& pattern : patterns) {
    const ResolvedPattern resolved{.topics = topics_matching(pattern, cluster_.image->topics),
                                   .version = cluster_.image->provenance.last_offset.value,
                                   .resolved = step.wall};
    const ResolvedPattern* before = group.subscriptions().find_resolved(pattern);
    changed |= resolved.topics != (before != nullptr ? before->topics : Subscriptions::Names{});
    emit(step, consumer_records::pattern(group.id(), pattern, resolved));
  }
  if (!patterns.empty()) refresh_metadata(step, group, changed);
}

void Groups::expire_consumers(GroupStep& step, ConsumerGroup& expiring) {
  const std::string id = expiring.id();
  // A step may end the group: it may become a classic one.
  for (ConsumerGroup* group = &expiring; group != nullptr; group = find_consumer_group(id)) {
    ConsumerGroup::Timers& timers = group->timers;
    if (timers.patterns && *timers.patterns <= step.now) {
      resolve_patterns(step, *group);
      continue;
    }
    std::optional<std::string> member;
    for (Deadlines* deadlines : {&timers.sessions, &timers.rebalances, &timers.joins, &timers.syncs})
      if (!member) member = deadlines->take_due(step.now);
    if (!member) return;
    fence(step, *group, {*member});
  }
}

}  // namespace sluice
