// coordinator/classic_members.h: the members of a classic group: who they are, what they speak, who leads them.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_step.h"
#include "wire/api/join_group.h"

namespace sluice {

/// A way to share out the work that a member offers to take part in, and what it says for it.
struct GroupProtocol {
  std::string name;
  std::string metadata;  ///< Opaque bytes.
  friend bool operator==(const GroupProtocol&, const GroupProtocol&) = default;
};

using WireProtocols = std::vector<wire::JoinGroupRequest::JoinGroupRequestProtocol>;

struct ClassicMember {
  std::string id;
  std::optional<std::string> instance_id;  ///< Static members have one, which outlives their ids (KIP-345).
  std::string client_id;
  std::string client_host;
  std::chrono::milliseconds rebalance_timeout{};
  std::chrono::milliseconds session_timeout{};
  std::vector<GroupProtocol> protocols;  ///< The member's favourite first.
  std::string assignment;                ///< Opaque bytes.
  bool is_new = false;                   ///< Has never been told its id.
  std::optional<WaitId> awaiting_join;
  std::optional<WaitId> awaiting_sync;

  bool offers(const WireProtocols& offered) const;
  /// Empty where the member does not speak the protocol.
  std::string_view metadata(std::string_view protocol) const;
};

/// Invariants: the leader is a member, unless there is none; each instance id belongs to one member; the counts of
/// protocols and waiting members are those of the members.
class ClassicMembers {
 public:
  using Map = std::map<std::string, ClassicMember, std::less<>>;

  const Map& all() const { return members_; }
  std::size_t size() const { return members_.size(); }
  bool empty() const { return members_.empty(); }
  bool contains(std::string_view id) const { return members_.contains(id); }
  /// Null if there is none. Protocols and the wait for a join are changed through this class only.
  ClassicMember* find(std::string_view id);
  const ClassicMember* find(std::string_view id) const;
  /// The id of the member that goes by this instance id; null if there is none.
  const std::string* by_instance(std::string_view instance_id) const;

  /// The first member becomes the leader. Neither its id nor its instance id is taken.
  ClassicMember& add(ClassicMember member);
  /// Whoever follows the leader in order of ids leads when it goes. The member exists.
  ClassicMember remove(std::string_view id);
  /// Gives a static member a new id; the waits are returned, as they belong to the old one.
  ClassicMember& rename(std::string_view id, std::string new_id, std::optional<WaitId>& join,
                        std::optional<WaitId>& sync);

  void set_protocols(ClassicMember& member, const WireProtocols& protocols);
  /// Returns the wait that was there before.
  std::optional<WaitId> set_awaiting_join(ClassicMember& member, std::optional<WaitId> wait);
  std::size_t awaiting_join_count() const { return awaiting_join_; }

  bool is_leader(std::string_view id) const { return leader_ && *leader_ == id; }
  const std::optional<std::string>& leader() const { return leader_; }
  /// For a group that is read from its log.
  void set_leader(std::optional<std::string> leader);
  /// Lets a member lead that waits for a join, if the leader does not. False if nobody waits.
  bool elect_joined_leader();

  /// Whether every member speaks one of these.
  bool have_in_common(const WireProtocols& protocols) const;
  /// Each member votes for the first of its protocols that all speak; the smaller name wins a tie. Empty if they
  /// have none in common.
  std::string select_protocol() const;
  /// The longest that a member asks for.
  std::chrono::milliseconds rebalance_timeout() const;

 private:
  void count_protocols(const ClassicMember& member, int by);
  bool all_speak(std::string_view protocol) const;

  Map members_;
  std::map<std::string, std::string, std::less<>> by_instance_;
  std::map<std::string, std::size_t, std::less<>> speakers_;
  std::optional<std::string> leader_;
  std::size_t awaiting_join_ = 0;
};

}  // namespace sluice
