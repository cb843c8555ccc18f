// coordinator/other_group.h: groups of the protocol of KIP-1071, as far as their records tell.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/coordinator_record.h"
#include "coordinator/group_answers.h"

namespace sluice {

/// What the key of such a group's record says.
struct OtherGroupKey {
  GroupType type;
  std::string_view group;
  bool is_group = false;                   ///< The record that the group exists by.
  std::optional<std::string_view> member;  ///< The record that the member exists by.

  /// Nullopt where the key is of another kind of record. Errors: corrupt. Views `key`.
  static Result<std::optional<OtherGroupKey>> parse(Bytes key);
};

/// A group whose protocol this coordinator does not serve, but whose offsets it keeps.
class OtherGroup {
 public:
  explicit OtherGroup(GroupType type) : type_(type) {}

  GroupType type() const { return type_; }
  bool empty() const { return members_.empty(); }
  std::string_view state() const { return empty() ? "Empty" : "Stable"; }
  /// Whether any record of it is left.
  bool exists() const { return !keys_.empty(); }

  /// Takes a record of the group; without a value it is a tombstone.
  void replay(const OtherGroupKey& parsed, Bytes key, bool has_value);
  /// What makes the log forget the group.
  std::vector<CoordinatorRecord> tombstones() const;

  friend bool operator==(const OtherGroup&, const OtherGroup&) = default;

 private:
  GroupType type_;
  std::set<std::string> keys_;  // Of the records that have a value.
  std::set<std::string> members_;
};

}  // namespace sluice
