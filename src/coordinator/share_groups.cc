#include "coordinator/share_groups.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "coordinator/group_assignor.h"
#include "coordinator/topic_hash.h"

namespace sluice {
namespace {

constexpr std::int32_t kJoining = 0;
constexpr std::int32_t kLeaving = -1;

/// How often a group looks whether its states are still there, beside the first time after its log was loaded.
constexpr std::chrono::minutes kCheckInterval{5};
/// And when it could not be told.
constexpr std::chrono::seconds kCheckRetryInterval{2};

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

Granted<void> check_request(const ShareGroups::Request& request) {
  if (is_blank(request.member_id)) return refused(ErrorCode::invalid_request, "MemberId can't be empty.");
  if (is_blank(request.group_id)) return refused(ErrorCode::invalid_request, "GroupId can't be empty.");
  if (request.rack_id && is_blank(*request.rack_id))
    return refused(ErrorCode::invalid_request, "RackId can't be empty.");
  if (request.member_epoch == kJoining &&
      (!request.subscribed_topic_names || request.subscribed_topic_names->empty()))
    return refused(ErrorCode::invalid_request, "SubscribedTopicNames must be set in first request.");
  if (request.member_epoch < kLeaving)
    return refused(ErrorCode::invalid_request, "MemberEpoch is {}, but must be greater than or equal to -1.",
                   request.member_epoch);
  return {};
}

Granted<void> check_epoch(const ShareMember& member, std::int32_t received) {
  if (received == kJoining || received == member.epoch) return {};
  // It may not have got the answer that told it of its epoch.
  if (received == member.previous_epoch && received < member.epoch) return {};
  return refused(ErrorCode::fenced_member_epoch,
                 "The share group member has a {} member epoch ({}) than the one known by the group coordinator "
                 "({}). The member must abandon all its partitions and rejoin.",
                 received > member.epoch ? "greater" : "smaller", received, member.epoch);
}

ShareMember updated_by(ShareMember member, const ShareGroups::Request& request, const GroupClient& client) {
  if (request.rack_id) member.rack_id = *request.rack_id;
  if (request.subscribed_topic_names)
    member.topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  member.client_id = client.client_id;
  member.client_host = client.host;
  return member;
}

}  // namespace

const ShareGroup* ShareGroups::find(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

ShareGroup* ShareGroups::find_to_change(std::string_view group) {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

void ShareGroups::reset() {
  groups_.clear();
  sessions_.clear();
  initialize_.clear();
  checks_due_.clear();
  deadlines_.clear();
}

Result<void> ShareGroups::replay(const ShareGroupKey& key, std::optional<Bytes> value) {
  ShareGroup* group = find_to_change(key.group);
  if (group == nullptr) {
    if (!value) return {};
    group = &groups_[std::string(key.group)];
  }
  const Result<void> taken = sluice::replay(*group, key, value);
  // The group exists by this record: what is left of it without it is what compaction has not got to yet.
  if (key.is_group() && !value) erase(key.group);
  return taken;
}

void ShareGroups::erase(std::string_view group) {
  if (const auto found = groups_.find(group); found != groups_.end()) groups_.erase(found);
  if (const auto found = sessions_.find(group); found != sessions_.end()) sessions_.erase(found);
  if (const auto found = initialize_.find(group); found != initialize_.end()) initialize_.erase(found);
  if (const auto found = checks_due_.find(group); found != checks_due_.end()) checks_due_.erase(found);
  deadlines_.cancel(group);
}

void ShareGroups::resume(const GroupStep& step) {
  for (const auto& [id, group] : groups_) {
    const std::chrono::milliseconds timeout = cluster_.settings->of(id).share.times.session_timeout;
    Deadlines& sessions = sessions_[id];
    for (const auto& [member_id, member] : group.members) sessions.set(member_id, step.now + timeout);
    deadlines_.set(id, sessions.next());
  }
}

void ShareGroups::emit(GroupStep& step, Result<CoordinatorRecord> record) {
  // Names came in requests and have been in records' size before, so that what cannot be encoded is a bug.
  SLUICE_ASSERT(record.has_value());
  const auto key = ShareGroupKey::parse(record->key.bytes());
  SLUICE_ASSERT(key.has_value() && key->has_value());
  const std::optional<Bytes> value = record->value ? std::optional<Bytes>(record->value->bytes()) : std::nullopt;
  SLUICE_ASSERT(replay(**key, value).has_value());
  step.effects.records.push_back(std::move(*record));
}

/// The member as it is, or new.
Granted<ShareMember> ShareGroups::look_at(const GroupStep& step, const Request& request, NameTaken taken) const {
  const bool joins = request.member_epoch == kJoining;
  if (taken == NameTaken::yes)
    return refused(ErrorCode::group_id_not_found, "Group {} is not a share group.", request.group_id);
  const ShareGroup* group = find(request.group_id);
  if (group == nullptr && !joins)
    return refused(ErrorCode::group_id_not_found, "Share group {} not found.", request.group_id);
  if (group != nullptr) {
    if (const auto found = group->members.find(request.member_id); found != group->members.end()) {
      if (auto current = check_epoch(found->second, request.member_epoch); !current)
        return refused(std::move(current.error()));
      return found->second;
    }
    if (!joins)
      return refused(ErrorCode::unknown_member_id, "Member {} is not a member of group {}.", request.member_id,
                     request.group_id);
    if (group->members.size() >= step.options.share.size_max)
      return refused(ErrorCode::group_max_size_reached,
                     "The share group has reached its maximum capacity of {} members.",
                     step.options.share.size_max);
  }
  ShareMember member;
  member.id = request.member_id;
  return member;
}

ConsumerHeartbeatAnswer ShareGroups::heartbeat(GroupStep& step, const Request& request, const GroupClient& client,
                                               NameTaken taken) {
  if (auto valid = check_request(request); !valid)
    return ConsumerHeartbeatAnswer::failed(std::move(valid.error()));
  if (request.member_epoch == kLeaving) return leave(step, request, taken);
  Granted<ShareMember> before = look_at(step, request, taken);
  if (!before) return ConsumerHeartbeatAnswer::failed(std::move(before.error()));
  const std::string id(request.group_id), member_id(request.member_id);
  const ShareMember after = updated_by(*before, request, client);
  const bool is_new = find(id) == nullptr || !find(id)->members.contains(member_id);
  const bool subscription_changed = is_new || after.topics != before->topics;
  if (is_new || after != *before) emit(step, share_group_records::member(id, after));
  refresh_epoch(step, id, subscription_changed);
  initialize_topics(step, id);
  check_states(step, id);
  update_targets(step, id);
  const bool changed = reconcile(step, id, member_id);
  watch(step, id, member_id);
  return answer_to(id, member_id, changed || request.member_epoch == kJoining || request.subscribed_topic_names);
}

ConsumerHeartbeatAnswer ShareGroups::look_again(GroupStep& step, std::string_view group, std::string_view member) {
  const std::string id(group), member_id(member);
  const ShareGroup* found = find(group);
  if (found == nullptr || !found->members.contains(member_id))
    return ConsumerHeartbeatAnswer::failed({ErrorCode::unknown_member_id, "The member has gone."});
  update_targets(step, id);
  reconcile(step, id, member_id);
  return answer_to(id, member_id, true);
}

ConsumerHeartbeatAnswer ShareGroups::answer_to(const std::string& id, const std::string& member_id,
                                               bool with_assignment) const {
  const ShareMember& member = find(id)->members.at(member_id);
  ConsumerHeartbeatAnswer answer;
  answer.member_id = member_id;
  answer.member_epoch = member.epoch;
  answer.heartbeat_interval = cluster_.settings->of(id).share.times.heartbeat_interval;
  if (with_assignment) answer.assignment = member.assigned;
  return answer;
}

ConsumerHeartbeatAnswer ShareGroups::leave(GroupStep& step, const Request& request, NameTaken taken) {
  Granted<ShareMember> member = look_at(step, request, taken);
  // Whichever epoch it had: it goes.
  if (!member && member.error().code != ErrorCode::fenced_member_epoch)
    return ConsumerHeartbeatAnswer::failed(std::move(member.error()));
  remove_member(step, std::string(request.group_id), std::string(request.member_id));
  ConsumerHeartbeatAnswer answer;
  answer.member_id = request.member_id;
  answer.member_epoch = kLeaving;
  return answer;
}

void ShareGroups::remove_member(GroupStep& step, const std::string& id, const std::string& member) {
  emit(step, share_group_records::no_assignment(id, member));
  emit(step, share_group_records::no_target(id, member));
  emit(step, share_group_records::no_member(id, member));
  const ShareGroup& group = *find(id);
  emit(step, share_group_records::group_epoch(id, group.epoch + 1, hash_of_topics(group)));
  // Who joins an empty group need not wait for others.
  if (group.members.empty()) emit(step, share_group_records::target_epoch(id, group.epoch, {}));
  Deadlines& sessions = sessions_[id];
  sessions.cancel(member);
  deadlines_.set(id, sessions.next());
}

std::int64_t ShareGroups::hash_of_topics(const ShareGroup& group) const {
  std::map<std::string_view, std::int64_t> hashes;
  for (const std::string& name : group.subscribed_topics())
    if (const TopicImage* topic = cluster_.image->topics.topic(std::string_view(name)); topic != nullptr)
      hashes.emplace(topic->name(), topic_hash(*topic, cluster_.image->cluster));
  return metadata_hash(hashes);
}

/// Makes a new epoch if something has `changed`, or the topics have.
void ShareGroups::refresh_epoch(GroupStep& step, const std::string& id, bool changed) {
  const ShareGroup& group = *find(id);
  const std::int64_t hash = hash_of_topics(group);
  if (changed || hash != group.metadata_hash)
    emit(step, share_group_records::group_epoch(id, group.epoch + 1, hash));
}

/// Has the share coordinator told of partitions that it does not know yet, or has not been heard to know for long.
void ShareGroups::initialize_topics(GroupStep& step, const std::string& id) {
  const ShareGroup& group = *find(id);
  ShareStateTopics topics = group.topics;
  AssignedPartitions wanted;
  auto& begun = initialize_[id];
  for (const std::string& name : group.subscribed_topics()) {
    const TopicImage* topic = cluster_.image->topics.topic(std::string_view(name));
    if (topic == nullptr) continue;
    const auto last = begun.find(topic->id());
    if (last != begun.end() && step.now - last->second < step.options.share.initialize_retry_interval) continue;
    const auto initialized = topics.initialized.find(topic->id());
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(topic->partition_count()); ++i) {
      if (initialized != topics.initialized.end() && initialized->second.partitions.contains({i})) continue;
      ShareTopic& initializing = topics.initializing[topic->id()];
      initializing.name = topic->name();
      initializing.partitions.insert({i});
      wanted[topic->id()].insert({i});
      begun[topic->id()] = step.now;
    }
    topics.deleting.erase(topic->id());
  }
  if (topics != group.topics) emit(step, share_group_records::topics(id, topics));
  if (!wanted.empty())
    step.effects.share_initializations.push_back(
        {.group = id, .state_epoch = group.epoch, .partitions = std::move(wanted)});
}

void ShareGroups::note_initialized(GroupStep& step, std::string_view id, const AssignedPartitions& partitions) {
  const ShareGroup* group = find(id);
  if (group == nullptr) return;
  ShareStateTopics topics = group->topics;
  for (const auto& [topic, indexes] : partitions) {
    const auto initializing = topics.initializing.find(topic);
    if (initializing == topics.initializing.end()) continue;  // Deleted meanwhile.
    ShareTopic& initialized = topics.initialized[topic];
    initialized.name = initializing->second.name;
    for (const PartitionIndex index : indexes)
      if (initializing->second.partitions.erase(index) > 0) initialized.partitions.insert(index);
    if (initializing->second.partitions.empty()) topics.initializing.erase(initializing);
  }
  if (const auto begun = initialize_.find(id); begun != initialize_.end())
    for (const auto& [topic, indexes] : partitions) begun->second.erase(topic);
  if (topics != group->topics) emit(step, share_group_records::topics(id, topics));
}

/// Has the share coordinator asked from time to time whether it still knows what it was told. The two logs are not
/// flushed together: power may fail when only this one's records are on the disk, and then nobody else would ever
/// begin these partitions again.
void ShareGroups::check_states(GroupStep& step, const std::string& id) {
  const auto due = checks_due_.find(id);
  if (due != checks_due_.end() && step.now < due->second) return;
  checks_due_[id] = step.now + kCheckInterval;
  AssignedPartitions partitions = partitions_with_state(id);
  if (!partitions.empty())
    step.effects.share_checks.push_back(
        {.group = id, .group_epoch = find(id)->epoch, .partitions = std::move(partitions)});
}

void ShareGroups::end_check(GroupStep& step, const ShareCheck& check, const AssignedPartitions& forgotten,
                            bool complete) {
  const ShareGroup* group = find(check.group);
  if (group == nullptr) return;
  const bool is_changed = group->epoch != check.group_epoch;
  if (is_changed || !complete) checks_due_[check.group] = step.now + kCheckRetryInterval;
  if (is_changed) return;
  ShareStateTopics topics = group->topics;
  for (const auto& [topic, indexes] : forgotten) {
    const auto initialized = topics.initialized.find(topic);
    if (initialized == topics.initialized.end()) continue;
    ShareTopic& initializing = topics.initializing[topic];
    initializing.name = initialized->second.name;
    for (const PartitionIndex index : indexes)
      if (initialized->second.partitions.erase(index) > 0) initializing.partitions.insert(index);
    if (initialized->second.partitions.empty()) topics.initialized.erase(initialized);
  }
  if (topics == group->topics) return;
  emit(step, share_group_records::topics(check.group, topics));
  initialize_topics(step, check.group);
}

/// What members may be given: of topics that exist the partitions that are initialised, up to the first that is
/// not.
AssignedPartitions ShareGroups::assignable(const ShareGroup& group) const {
  AssignedPartitions partitions;
  for (const auto& [id, topic] : group.topics.initialized) {
    if (cluster_.image->topics.topic(id) == nullptr) continue;
    std::set<PartitionIndex> leading;
    for (PartitionIndex next{0}; topic.partitions.contains(next); ++next.value) leading.insert(next);
    if (!leading.empty()) partitions.emplace(id, std::move(leading));
  }
  return partitions;
}

/// Whether there is a partition that somebody subscribes to and nobody has.
bool ShareGroups::has_unassigned(const ShareGroup& group) const {
  AssignedPartitions left = assignable(group);
  for (const auto& [member, target] : group.targets)
    for (const auto& [topic, indexes] : target)
      if (const auto found = left.find(topic); found != left.end())
        for (const PartitionIndex index : indexes) found->second.erase(index);
  const std::set<std::string, std::less<>> subscribed = group.subscribed_topics();
  return std::ranges::any_of(left, [&](const auto& topic) {
    return !topic.second.empty() && subscribed.contains(group.topics.initialized.at(topic.first).name);
  });
}

void ShareGroups::update_targets(GroupStep& step, const std::string& id) {
  const ShareGroup& group = *find(id);
  const std::chrono::milliseconds interval = cluster_.settings->of(id).share.times.assignment_interval;
  const bool is_recent = group.target_computed != WallTime{} && step.wall >= group.target_computed &&
                         step.wall - group.target_computed < interval;
  const bool is_outdated = group.epoch > group.target_epoch && !is_recent;
  if (!is_outdated && !has_unassigned(group)) return;
  AssignorInput input;
  input.is_homogeneous = group.is_homogeneous();
  const AssignedPartitions partitions = assignable(group);
  for (const auto& [member_id, member] : group.members) {
    AssignorMember& seen = input.members.emplace_back();
    seen.id = member_id;
    seen.assigned = &group.target(member_id);
    for (const auto& [topic, indexes] : partitions)
      if (member.topics.contains(group.topics.initialized.at(topic).name)) {
        seen.topics.push_back(topic);
        input.partition_counts.emplace(topic, static_cast<std::int32_t>(indexes.size()));
      }
  }
  const GroupAssignment targets = assign_simple(input);
  std::vector<std::pair<std::string, AssignedPartitions>> changed;
  auto target = targets.begin();
  for (const auto& [member_id, member] : group.members) {
    if (!group.targets.contains(member_id) || group.target(member_id) != *target)
      changed.emplace_back(member_id, *target);
    ++target;
  }
  for (const auto& [member_id, partitions_of_member] : changed)
    emit(step, share_group_records::target(id, member_id, partitions_of_member));
  emit(step, share_group_records::target_epoch(id, group.epoch, step.wall));
}

bool ShareGroups::reconcile(GroupStep& step, const std::string& id, const std::string& member_id) {
  const ShareGroup& group = *find(id);
  ShareMember member = group.members.at(member_id);
  const AssignedPartitions& target = group.target(member_id);
  const std::int32_t epoch = std::max(group.target_epoch, 1);
  if (member.epoch == epoch && member.assigned == target) return false;
  const bool changed = member.assigned != target;
  member.previous_epoch = member.epoch;
  member.epoch = epoch;
  member.assigned = target;
  emit(step, share_group_records::assignment(id, member));
  return changed;
}

void ShareGroups::watch(GroupStep& step, const std::string& id, const std::string& member) {
  Deadlines& sessions = sessions_[id];
  sessions.set(member, step.now + cluster_.settings->of(id).share.times.session_timeout);
  deadlines_.set(id, sessions.next());
}

void ShareGroups::expire(GroupStep& step) {
  while (const std::optional<std::string> id = deadlines_.take_due(step.now)) {
    Deadlines& sessions = sessions_[*id];
    while (const std::optional<std::string> member = sessions.take_due(step.now))
      remove_member(step, *id, *member);
    deadlines_.set(*id, sessions.next());
  }
}

void ShareGroups::forget_topics(GroupStep& step) {
  const TopicsImage& existing = cluster_.image->topics;
  for (auto& [id, group] : groups_) {
    ShareStateTopics topics = group.topics;
    const auto is_gone = [&](const auto& topic) { return existing.topic(topic.first) == nullptr; };
    std::erase_if(topics.initialized, is_gone);
    std::erase_if(topics.initializing, is_gone);
    std::erase_if(topics.deleting, is_gone);
    if (topics != group.topics) emit(step, share_group_records::topics(id, topics));
  }
}

Granted<AssignedPartitions> ShareGroups::begin_deletion(GroupStep& step, std::string_view id) {
  const ShareGroup* group = find(id);
  if (group == nullptr) return refused(ErrorCode::group_id_not_found, "Group {} not found.", id);
  if (!group->members.empty()) return refused(ErrorCode::non_empty_group, "Group {} is not empty.", id);
  AssignedPartitions partitions;
  ShareStateTopics topics;
  topics.deleting = group->topics.deleting;
  for (const ShareTopics* known : {&group->topics.initialized, &group->topics.initializing})
    for (const auto& [topic, share] : *known) {
      partitions[topic].insert(share.partitions.begin(), share.partitions.end());
      topics.deleting[topic] = share.name;
    }
  if (topics != group->topics) emit(step, share_group_records::topics(id, topics));
  return partitions;
}

void ShareGroups::bury(GroupStep& step, std::string_view id) {
  const ShareGroup* group = find(id);
  if (group == nullptr || !group->members.empty()) return;
  const std::string name(id);
  emit(step, share_group_records::no_target_epoch(name));
  emit(step, share_group_records::no_topics(name));
  emit(step, share_group_records::no_group_epoch(name));
}

DescribedConsumerGroup ShareGroups::describe(std::string_view id, const ShareGroupOptions& options) const {
  DescribedConsumerGroup shown;
  shown.id = id;
  const ShareGroup* group = find(id);
  if (group == nullptr) {
    shown.error = ErrorCode::group_id_not_found;
    shown.error_message = fmt::format("Group {} not found.", id);
    shown.state = "Dead";
    return shown;
  }
  shown.state = group->state();
  shown.epoch = group->epoch;
  shown.assignment_epoch = group->target_epoch;
  shown.assignor = options.assignors.front();
  for (const auto& [member_id, member] : group->members) {
    DescribedConsumer& seen = shown.members.emplace_back();
    seen.id = member_id;
    seen.rack_id = member.rack_id;
    seen.epoch = member.epoch;
    seen.client_id = member.client_id;
    seen.client_host = member.client_host;
    seen.topics.assign(member.topics.begin(), member.topics.end());
    for (const auto& [topic_id, indexes] : member.assigned)
      if (const TopicImage* topic = cluster_.image->topics.topic(topic_id); topic != nullptr)
        seen.assigned.push_back(
            {.topic_id = topic_id, .topic = topic->name(), .partitions = {indexes.begin(), indexes.end()}});
  }
  return shown;
}

}  // namespace sluice
