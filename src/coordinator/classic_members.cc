#include "coordinator/classic_members.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace sluice {

bool ClassicMember::offers(const WireProtocols& offered) const {
  return std::ranges::equal(protocols, offered, [](const GroupProtocol& a, const auto& b) {
    return a.name == b.name && a.metadata == as_text(b.metadata);
  });
}

std::string_view ClassicMember::metadata(std::string_view protocol) const {
  const auto found = std::ranges::find(protocols, protocol, &GroupProtocol::name);
  return found == protocols.end() ? std::string_view() : std::string_view(found->metadata);
}

ClassicMember* ClassicMembers::find(std::string_view id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

const ClassicMember* ClassicMembers::find(std::string_view id) const {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

const std::string* ClassicMembers::by_instance(std::string_view instance_id) const {
  const auto found = by_instance_.find(instance_id);
  return found == by_instance_.end() ? nullptr : &found->second;
}

ClassicMember& ClassicMembers::add(ClassicMember member) {
  if (member.instance_id) SLUICE_ASSERT(by_instance_.emplace(*member.instance_id, member.id).second);
  if (!leader_) leader_ = member.id;
  if (member.awaiting_join) ++awaiting_join_;
  count_protocols(member, 1);
  std::string id = member.id;
  const auto [added, is_new] = members_.emplace(std::move(id), std::move(member));
  SLUICE_ASSERT(is_new);
  return added->second;
}

ClassicMember ClassicMembers::remove(std::string_view id) {
  const auto found = members_.find(id);
  SLUICE_ASSERT(found != members_.end());
  ClassicMember member = std::move(found->second);
  members_.erase(found);
  if (member.instance_id) by_instance_.erase(*member.instance_id);
  if (member.awaiting_join) --awaiting_join_;
  count_protocols(member, -1);
  if (leader_ == member.id) leader_ = members_.empty() ? std::nullopt : std::optional(members_.begin()->first);
  return member;
}

ClassicMember& ClassicMembers::rename(std::string_view id, std::string new_id, std::optional<WaitId>& join,
                                      std::optional<WaitId>& sync) {
  const bool led = is_leader(id);
  ClassicMember member = remove(id);
  join = std::exchange(member.awaiting_join, std::nullopt);
  sync = std::exchange(member.awaiting_sync, std::nullopt);
  member.id = new_id;
  ClassicMember& renamed = add(std::move(member));
  if (led) leader_ = std::move(new_id);
  return renamed;
}

void ClassicMembers::set_protocols(ClassicMember& member, const WireProtocols& protocols) {
  count_protocols(member, -1);
  member.protocols.clear();
  std::set<std::string_view> seen;
  for (const auto& protocol : protocols) {
    if (seen.insert(protocol.name).second)
      member.protocols.push_back({std::string(protocol.name), std::string(as_text(protocol.metadata))});
  }
  count_protocols(member, 1);
}

std::optional<WaitId> ClassicMembers::set_awaiting_join(ClassicMember& member, std::optional<WaitId> wait) {
  if (member.awaiting_join) --awaiting_join_;
  if (wait) ++awaiting_join_;
  return std::exchange(member.awaiting_join, wait);
}

void ClassicMembers::set_leader(std::optional<std::string> leader) {
  if (leader && contains(*leader)) leader_ = std::move(leader);
}

bool ClassicMembers::elect_joined_leader() {
  if (!leader_) return false;
  if (find(*leader_)->awaiting_join) return true;
  for (const auto& [id, member] : members_) {
    if (!member.awaiting_join) continue;
    leader_ = id;
    return true;
  }
  return false;
}

bool ClassicMembers::have_in_common(const WireProtocols& protocols) const {
  if (empty()) return !protocols.empty();
  return std::ranges::any_of(protocols, [this](const auto& protocol) { return all_speak(protocol.name); });
}

std::string ClassicMembers::select_protocol() const {
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    const auto choice =
        std::ranges::find_if(member.protocols, [this](const GroupProtocol& p) { return all_speak(p.name); });
    if (choice != member.protocols.end()) ++votes[choice->name];
  }
  // max_element returns the first of those with most votes.
  const auto most = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
  return most == votes.end() ? std::string() : std::string(most->first);
}

std::chrono::milliseconds ClassicMembers::rebalance_timeout() const {
  std::chrono::milliseconds longest{0};
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

void ClassicMembers::count_protocols(const ClassicMember& member, int by) {
  for (const GroupProtocol& protocol : member.protocols) {
    if (by > 0) {
      ++speakers_[protocol.name];
      continue;
    }
    const auto speakers = speakers_.find(protocol.name);
    if (--speakers->second == 0) speakers_.erase(speakers);
  }
}

bool ClassicMembers::all_speak(std::string_view protocol) const {
  const auto speakers = speakers_.find(protocol);
  return speakers != speakers_.end() && speakers->second == members_.size();
}

}  // namespace sluice
