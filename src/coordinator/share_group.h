// coordinator/share_group.h: one share group (KIP-932): its members, what each subscribes to and has, and the
// partitions that the share coordinator keeps state of for it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "coordinator/deadlines.h"
#include "coordinator/group_assignment.h"

namespace sluice {

struct ShareMember {
  std::string id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::set<std::string, std::less<>> topics;  ///< That it subscribes to.
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  AssignedPartitions assigned;

  friend bool operator==(const ShareMember&, const ShareMember&) = default;
};

/// A topic of which the share coordinator has state, or is to have.
struct ShareTopic {
  std::string name;
  std::set<PartitionIndex> partitions;
  friend bool operator==(const ShareTopic&, const ShareTopic&) = default;
};
using ShareTopics = std::map<Uuid, ShareTopic>;

/// What the group has told the share coordinator of.
struct ShareStateTopics {
  ShareTopics initializing;              ///< It is on its way.
  ShareTopics initialized;               ///< Only these are assigned to members.
  std::map<Uuid, std::string> deleting;  ///< By their ids, with their names.
  friend bool operator==(const ShareStateTopics&, const ShareStateTopics&) = default;
};

/// What its records say.
struct ShareGroup {
  std::int32_t epoch = 1;  ///< The first change of members makes it 2, as with Kafka.
  std::int64_t metadata_hash = 0;
  std::int32_t target_epoch = 0;  ///< The epoch that the target assignment was made for.
  WallTime target_computed{};
  std::map<std::string, ShareMember, std::less<>> members;
  std::map<std::string, AssignedPartitions, std::less<>> targets;
  ShareStateTopics topics;
  friend bool operator==(const ShareGroup&, const ShareGroup&) = default;

  std::string_view state() const { return members.empty() ? "Empty" : "Stable"; }
  /// Empty if the member has none.
  const AssignedPartitions& target(std::string_view member) const;
  std::set<std::string, std::less<>> subscribed_topics() const;
  bool is_homogeneous() const;
};

/// What the key of a share group's record says. Views the key.
struct ShareGroupKey {
  std::int16_t type;
  std::string_view group;
  std::string_view member;  ///< Empty where the record is the group's.

  /// Nullopt where the key is of another kind of record. Errors: corrupt.
  static Result<std::optional<ShareGroupKey>> parse(Bytes key);
  /// Whether the group exists by this record.
  bool is_group() const;
};

/// Takes a record of the group; without a value it is a tombstone. Errors: those of decode_value().
Result<void> replay(ShareGroup& group, const ShareGroupKey& key, std::optional<Bytes> value);

/// Records as Kafka 4.4 writes them. Errors: invalid_argument, too_large.
namespace share_group_records {
Result<CoordinatorRecord> group_epoch(std::string_view group, std::int32_t epoch, std::int64_t metadata_hash);
Result<CoordinatorRecord> member(std::string_view group, const ShareMember& member);
Result<CoordinatorRecord> target(std::string_view group, std::string_view member,
                                 const AssignedPartitions& partitions);
Result<CoordinatorRecord> target_epoch(std::string_view group, std::int32_t epoch, WallTime computed);
Result<CoordinatorRecord> assignment(std::string_view group, const ShareMember& member);
Result<CoordinatorRecord> topics(std::string_view group, const ShareStateTopics& topics);

Result<CoordinatorRecord> no_group_epoch(std::string_view group);
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_target_epoch(std::string_view group);
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_topics(std::string_view group);
}  // namespace share_group_records

}  // namespace sluice
