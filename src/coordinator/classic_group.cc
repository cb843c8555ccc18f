#include "coordinator/classic_group.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"
#include "wire/reader.h"

namespace sluice {

std::string_view name(ClassicState state) {
  switch (state) {
    case ClassicState::empty: return "Empty";
    case ClassicState::preparing_rebalance: return "PreparingRebalance";
    case ClassicState::completing_rebalance: return "CompletingRebalance";
    case ClassicState::stable: return "Stable";
  }
  return "Unknown";
}

namespace {

constexpr std::int16_t kRecordVersion = 3;  // What Kafka 4.4 writes.

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string_view> viewed(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

// Durations in old or damaged records may be anything.
std::chrono::milliseconds duration(std::int32_t ms) { return std::chrono::milliseconds(std::max(ms, 0)); }

}  // namespace

ClassicGroup ClassicGroup::restored(const wire::GroupMetadataKey& key, const wire::GroupMetadataValue& value) {
  ClassicGroup group(std::string(key.group), WallTime{});
  group.state_ = value.members.empty() ? ClassicState::empty : ClassicState::stable;
  group.state_since_.reset();
  if (value.current_state_timestamp >= 0)
    group.state_since_ = WallTime{std::chrono::milliseconds(value.current_state_timestamp)};
  group.generation_ = value.generation;
  if (!value.protocol_type.empty()) group.protocol_type_ = std::string(value.protocol_type);
  group.protocol_ = owned(value.protocol);
  for (const auto& stored : value.members) {
    const bool taken = group.members_.contains(stored.member_id) ||
                       (stored.group_instance_id && group.members_.by_instance(*stored.group_instance_id));
    if (taken) continue;  // A record that contradicts itself: the first one stays.
    ClassicMember member;
    member.id = stored.member_id;
    member.instance_id = owned(stored.group_instance_id);
    member.client_id = stored.client_id;
    member.client_host = stored.client_host;
    member.session_timeout = duration(stored.session_timeout);
    member.rebalance_timeout =
        stored.rebalance_timeout < 0 ? member.session_timeout : duration(stored.rebalance_timeout);
    member.protocols.push_back({group.protocol_.value_or(""), std::string(as_text(stored.subscription))});
    member.assignment = as_text(stored.assignment);
    group.members_.add(std::move(member));
  }
  group.members_.set_leader(owned(value.leader));
  group.subscribed_topics_ = group.read_subscriptions();
  return group;
}

ClassicGroup ClassicGroup::of_members(std::string id, std::int32_t generation, std::vector<ClassicMember> members,
                                      WallTime now) {
  ClassicGroup group(std::move(id), now);
  group.state_ = ClassicState::stable;
  group.generation_ = generation;
  group.protocol_type_ = "consumer";
  for (ClassicMember& member : members) group.members_.add(std::move(member));
  group.protocol_ = group.members_.select_protocol();
  group.subscribed_topics_ = group.read_subscriptions();
  return group;
}

void ClassicGroup::dissolve(GroupStep& step) {
  for (const auto& [id, member] : members_.all()) {
    step.end(member.awaiting_join, JoinAnswer::failed(ErrorCode::rebalance_in_progress, id));
    step.end(member.awaiting_sync, SyncAnswer::failed(ErrorCode::rebalance_in_progress));
  }
}

void ClassicGroup::resume(GroupStep& step) {
  for (const auto& [id, member] : members_.all()) expect_heartbeat(step, member);
  // The limit may have been lowered meanwhile: those that join again first may stay.
  if (members_.size() > step.options.size_max) prepare_rebalance(step);
}

Result<CoordinatorRecord> ClassicGroup::record(const GroupOptions& options) const {
  wire::GroupMetadataValue value;
  if (protocol_type_) value.protocol_type = *protocol_type_;
  value.generation = generation_;
  value.protocol = viewed(protocol_);
  value.leader = viewed(members_.leader());
  if (state_since_) value.current_state_timestamp = state_since_->time_since_epoch().count();
  for (const auto& [id, member] : members_.all()) {
    value.members.push_back({
        .member_id = id,
        .group_instance_id = viewed(member.instance_id),
        .client_id = member.client_id,
        .client_host = member.client_host,
        .rebalance_timeout = static_cast<std::int32_t>(member.rebalance_timeout.count()),
        .session_timeout = static_cast<std::int32_t>(member.session_timeout.count()),
        .subscription = as_bytes(member.metadata(protocol_.value_or(""))),
        .assignment = as_bytes(member.assignment),
    });
  }
  Result<CoordinatorRecord> record =
      coordinator_record(wire::GroupMetadataKey{.group = id_}, value, kRecordVersion);
  if (record && record->size() > options.record_bytes_max)
    return fail(Errc::too_large, "the record of group {} has {} bytes, {} are allowed", id_, record->size(),
                options.record_bytes_max);
  return record;
}

std::optional<SteadyTime> ClassicGroup::next_deadline() const {
  std::optional<SteadyTime> next = sessions_.next();
  for (const std::optional<SteadyTime>& due : {join_due_, sync_due_})
    if (due && (!next || *due < *next)) next = due;
  return next;
}

ErrorCode ClassicGroup::check_member(std::string_view member_id,
                                     std::optional<std::string_view> instance_id) const {
  if (instance_id) {
    const std::string* current = members_.by_instance(*instance_id);
    if (current == nullptr) return ErrorCode::unknown_member_id;
    if (*current != member_id) return ErrorCode::fenced_instance_id;
  }
  return members_.contains(member_id) ? ErrorCode::none : ErrorCode::unknown_member_id;
}

ErrorCode ClassicGroup::heartbeat(GroupStep& step, const wire::HeartbeatRequest& request) {
  if (const ErrorCode error = check_member(request.member_id, request.group_instance_id); error != ErrorCode::none)
    return error;
  if (request.generation_id != generation_) return ErrorCode::illegal_generation;
  SLUICE_ASSERT(state_ != ClassicState::empty);
  expect_heartbeat(step, *members_.find(request.member_id));
  return state_ == ClassicState::preparing_rebalance ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

std::vector<ErrorCode> ClassicGroup::leave(GroupStep& step,
                                           std::span<const wire::LeaveGroupRequest::MemberIdentity> members) {
  std::vector<ErrorCode> results;
  bool member_left = false;
  for (const auto& member : members) {
    // An administrator knows static members by their instance id only.
    const std::string* by_instance = member.member_id.empty() && member.group_instance_id
                                         ? members_.by_instance(*member.group_instance_id)
                                         : nullptr;
    const std::string id = by_instance != nullptr ? *by_instance : std::string(member.member_id);
    ErrorCode error = ErrorCode::none;
    if (pending_joins_.contains(id)) {
      pending_joins_.erase(id);
      sessions_.cancel(id);
    } else if (error = check_member(id, member.group_instance_id); error == ErrorCode::none) {
      remove_member(step, id);
      member_left = true;
    }
    results.push_back(error);
  }
  if (member_left)
    rebalance_or_complete_join(step);
  else
    complete_join_if_all_joined(step);  // Perhaps only a pending member was waited for.
  return results;
}

ErrorCode ClassicGroup::check_commit(GroupStep& step, std::int32_t generation, std::string_view member_id,
                                     std::optional<std::string_view> instance_id) {
  // Generation -1 is an administrator's, or a consumer's that assigns its partitions itself.
  if (generation < 0 && state_ == ClassicState::empty) return ErrorCode::none;
  if (generation < 0 && member_id.empty() && !instance_id) return ErrorCode::unknown_member_id;
  if (const ErrorCode error = check_member(member_id, instance_id); error != ErrorCode::none) return error;
  if (generation != generation_) return ErrorCode::illegal_generation;
  // The member knows its generation from its JoinGroup, but does not own anything in it yet.
  if (state_ == ClassicState::completing_rebalance) return ErrorCode::rebalance_in_progress;
  expect_heartbeat(step, *members_.find(member_id));
  return ErrorCode::none;
}

ErrorCode ClassicGroup::check_transactional(std::int32_t generation, std::string_view member_id,
                                            std::optional<std::string_view> instance_id) const {
  if (generation < 0 && (state_ == ClassicState::empty || (member_id.empty() && !instance_id)))
    return ErrorCode::none;
  if (const ErrorCode error = check_member(member_id, instance_id); error != ErrorCode::none) return error;
  return generation == generation_ ? ErrorCode::none : ErrorCode::illegal_generation;
}

void ClassicGroup::remove_member(GroupStep& step, std::string_view member_id) {
  sessions_.cancel(member_id);
  if (const auto pending = pending_syncs_.find(member_id); pending != pending_syncs_.end())
    pending_syncs_.erase(pending);
  const ClassicMember removed = members_.remove(member_id);
  step.end(removed.awaiting_join, JoinAnswer::failed(ErrorCode::unknown_member_id, ""));
  step.end(removed.awaiting_sync, SyncAnswer::failed(ErrorCode::unknown_member_id));
}

void ClassicGroup::enter(GroupStep& step, ClassicState state) {
  previous_state_ = state_;
  state_ = state;
  state_since_ = step.wall;
}

void ClassicGroup::expect_heartbeat(GroupStep& step, const ClassicMember& member) {
  sessions_.set(member.id, step.now + member.session_timeout);
}

bool ClassicGroup::may_be_subscribed_to(std::string_view topic) const {
  return subscribed_topics_ ? subscribed_topics_->contains(topic) : is_consumer_group();
}

std::optional<std::set<std::string, std::less<>>> ClassicGroup::read_subscriptions() const {
  if (!is_consumer_group()) return std::nullopt;
  std::set<std::string, std::less<>> topics;
  for (const auto& [id, member] : members_.all()) {
    if (!protocol_) return std::nullopt;
    // Every version of a subscription begins like version 0: its version, then the topics.
    wire::Reader in(as_bytes(member.metadata(*protocol_)));
    in.int16("version");
    std::vector<std::string_view> subscribed;
    in.array("topics", subscribed, false);
    if (in.failed()) return std::nullopt;
    topics.insert(subscribed.begin(), subscribed.end());
  }
  return topics;
}

}  // namespace sluice
