// coordinator/streams_records.h: the records of streams groups (KIP-1071), as Kafka 4.4 writes them. Errors of all
// that make one: invalid_argument, too_large (a name or a list that has no place in a record).
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/coordinator_record.h"
#include "coordinator/streams_group.h"

namespace sluice {

/// What the key of a streams group's record says. Views the key.
struct StreamsGroupKey {
  std::int16_t type;
  std::string_view group;
  std::string_view member;  ///< Empty where the record is the group's.

  /// Nullopt where the key is of another kind of record. Errors: corrupt.
  static Result<std::optional<StreamsGroupKey>> parse(Bytes key);
  /// Whether the group exists by this record.
  bool is_group() const;
};

/// Takes a record of the group; without a value it is a tombstone. Errors: those of decode_value().
Result<void> replay(StreamsGroup& group, const StreamsGroupKey& key, std::optional<Bytes> value);

namespace streams_records {

Result<CoordinatorRecord> group_epoch(std::string_view group, const StreamsGroupEpoch& epoch);
Result<CoordinatorRecord> topology(std::string_view group, const StreamsTopology& topology);
Result<CoordinatorRecord> member(std::string_view group, const StreamsMember& member);
Result<CoordinatorRecord> target(std::string_view group, std::string_view member, const TaskRoles& tasks);
Result<CoordinatorRecord> target_epoch(std::string_view group, const StreamsTargetEpoch& target);
Result<CoordinatorRecord> assignment(std::string_view group, const StreamsMember& member);

Result<CoordinatorRecord> no_group_epoch(std::string_view group);
Result<CoordinatorRecord> no_topology(std::string_view group);
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_target_epoch(std::string_view group);
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member);

}  // namespace streams_records

}  // namespace sluice
