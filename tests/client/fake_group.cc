#include "client/fake_group.h"

#include <algorithm>

namespace sluice::client {

using namespace std::chrono_literals;

void FakeGroup::begin_joining() {
  state_ = State::joining;
  for (auto& [id, member] : members_) member.waiting = false;
}

std::string FakeGroup::choose_protocol() const {
  const Member& first = members_.begin()->second;
  for (const auto& [name, metadata] : first.protocols) {
    const bool all = std::ranges::all_of(members_, [&name](const auto& entry) {
      return std::ranges::any_of(entry.second.protocols, [&](const auto& other) { return other.first == name; });
    });
    if (all) return name;
  }
  return {};
}

void FakeGroup::finish_joining() {
  std::erase_if(members_, [](const auto& entry) { return !entry.second.waiting; });
  ++generation_;
  if (!members_.contains(leader_)) leader_ = members_.empty() ? "" : members_.begin()->first;
  protocol_ = members_.empty() ? "" : choose_protocol();
  state_ = members_.empty() ? State::empty : State::syncing;
  changed_.notify_all();
}

Task<FakeGroup::Joined> FakeGroup::join(const wire::JoinGroupRequest& request) {
  ++joins;
  std::string id(request.member_id);
  if (!id.empty() && !members_.contains(id)) co_return Joined{.error = ErrorCode::unknown_member_id};
  if (id.empty() && request.group_instance_id) {
    for (const auto& [known, member] : members_)
      if (member.instance_id && *member.instance_id == *request.group_instance_id) id = known;
  }
  if (id.empty()) {
    id = "member-" + std::to_string(next_id_++);
    members_[id];
    if (!request.group_instance_id) co_return Joined{.error = ErrorCode::member_id_required, .member_id = id};
  }
  if (state_ != State::joining) begin_joining();
  Member& member = members_[id];
  member.waiting = true;
  if (request.group_instance_id) member.instance_id = *request.group_instance_id;
  member.protocols.clear();
  for (const auto& protocol : request.protocols)
    member.protocols.emplace_back(protocol.name, as_text(protocol.metadata));

  const std::int32_t before = generation_;
  const SteadyTime deadline = loop_.now() + std::chrono::milliseconds(request.rebalance_timeout_ms);
  const bool all = std::ranges::all_of(members_, [](const auto& entry) { return entry.second.waiting; });
  if (all) finish_joining();
  while (!stopping_ && generation_ == before && loop_.now() < deadline) co_await changed_.wait_until(deadline);
  if (generation_ == before) finish_joining();
  if (!members_.contains(id)) co_return Joined{.error = ErrorCode::unknown_member_id};

  Joined joined{.generation = generation_, .protocol = protocol_, .leader = leader_, .member_id = id};
  if (leader_ == id)
    for (const auto& [other, state] : members_)
      for (const auto& [name, metadata] : state.protocols)
        if (name == protocol_) joined.members.push_back({other, state.instance_id, metadata});
  co_return joined;
}

Task<FakeGroup::Synced> FakeGroup::sync(const wire::SyncGroupRequest& request) {
  const std::string id(request.member_id);
  if (!members_.contains(id)) co_return Synced{ErrorCode::unknown_member_id, {}};
  if (request.generation_id != generation_) co_return Synced{ErrorCode::illegal_generation, {}};
  if (state_ == State::joining) co_return Synced{ErrorCode::rebalance_in_progress, {}};
  if (id == leader_) {
    for (const auto& item : request.assignments)
      if (const auto member = members_.find(item.member_id); member != members_.end())
        member->second.assignment = as_text(item.assignment);
    state_ = State::stable;
    changed_.notify_all();
  }
  while (!stopping_ && state_ == State::syncing) co_await changed_.wait();
  if (state_ != State::stable || request.generation_id != generation_)
    co_return Synced{ErrorCode::rebalance_in_progress, {}};
  co_return Synced{ErrorCode::none, members_[id].assignment};
}

ErrorCode FakeGroup::heartbeat(std::string_view member_id, std::int32_t generation) {
  if (!members_.contains(member_id)) return ErrorCode::unknown_member_id;
  if (generation != generation_) return ErrorCode::illegal_generation;
  return state_ == State::joining ? ErrorCode::rebalance_in_progress : ErrorCode::none;
}

ErrorCode FakeGroup::leave(std::string_view member_id) {
  if (!members_.contains(member_id)) return ErrorCode::unknown_member_id;
  expel(member_id);
  return ErrorCode::none;
}

ErrorCode FakeGroup::check_commit(std::string_view member_id, std::int32_t generation) const {
  if (generation < 0 && members_.empty()) return ErrorCode::none;
  if (!members_.contains(member_id)) return ErrorCode::unknown_member_id;
  return generation == generation_ ? ErrorCode::none : ErrorCode::illegal_generation;
}

void FakeGroup::expel(std::string_view member_id) {
  members_.erase(members_.find(member_id));
  if (members_.empty()) {
    state_ = State::empty;
    ++generation_;
  } else if (state_ != State::joining) {
    begin_joining();
  } else if (std::ranges::all_of(members_, [](const auto& entry) { return entry.second.waiting; })) {
    finish_joining();
  }
  changed_.notify_all();
}

void FakeGroup::rebalance() {
  if (!members_.empty()) begin_joining();
  changed_.notify_all();
}

void FakeGroup::stop() {
  stopping_ = true;
  changed_.notify_all();
}

std::vector<std::string> FakeGroup::member_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, member] : members_) ids.push_back(id);
  return ids;
}

}  // namespace sluice::client
