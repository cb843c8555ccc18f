// coordinator/consumer_records.h: the records of consumer groups (KIP-848), as Kafka 4.4 writes them. Errors of
// all: invalid_argument, too_large (a name or a list that has no place in a record).
#pragma once

#include <string_view>

#include "coordinator/consumer_group.h"
#include "coordinator/consumer_member.h"
#include "coordinator/coordinator_record.h"

namespace sluice::consumer_records {

Result<CoordinatorRecord> group_epoch(std::string_view group, std::int32_t epoch, std::int64_t metadata_hash);
Result<CoordinatorRecord> member(std::string_view group, const ConsumerMember& member);
Result<CoordinatorRecord> target(std::string_view group, std::string_view member,
                                 const AssignedPartitions& partitions);
Result<CoordinatorRecord> target_epoch(std::string_view group, const TargetEpoch& target);
Result<CoordinatorRecord> assignment(std::string_view group, const ConsumerMember& member);
Result<CoordinatorRecord> pattern(std::string_view group, std::string_view pattern,
                                  const ResolvedPattern& resolved);

Result<CoordinatorRecord> no_group_epoch(std::string_view group);
Result<CoordinatorRecord> no_member(std::string_view group, std::string_view member);
/// Of a record that Kafka before 4.1 wrote.
Result<CoordinatorRecord> no_topics(std::string_view group);
Result<CoordinatorRecord> no_target(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_target_epoch(std::string_view group);
Result<CoordinatorRecord> no_assignment(std::string_view group, std::string_view member);
Result<CoordinatorRecord> no_pattern(std::string_view group, std::string_view pattern);

}  // namespace sluice::consumer_records
