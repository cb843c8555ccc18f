// tools/group_reset.h: where a group is to go on reading: what --reset-offsets is told, and the plans it makes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/topic_partition.h"

namespace sluice::tools {

/// The arguments of --topic: topics with all their partitions, and partitions.
struct TopicSelection {
  std::vector<std::string> topics;
  std::set<client::TopicPartition> partitions;
};
/// Each is `topic` or `topic:0,1,2`. Errors: invalid_argument.
Result<TopicSelection> parse_topic_selection(const std::vector<std::string>& texts);

/// The offsets that a group is to have.
using OffsetPlan = std::map<client::TopicPartition, std::int64_t>;
/// By group.
using ResetPlan = std::map<std::string, OffsetPlan>;

/// Reads CSV: topic,partition,offset where one group was named, or group,topic,partition,offset.
/// Errors: invalid_argument, with the line.
Result<ResetPlan> parse_reset_plan(std::string_view csv, const std::vector<std::string>& groups);
/// The same form: a line for each partition, without the group where only one was named.
std::string reset_plan_csv(const ResetPlan& plan, bool one_group);
/// The table that shows a plan.
std::string reset_plan_table(const ResetPlan& plan);

/// A time such as 2024-01-31T12:00:00.000, with Z, +hh, +hhmm or +hh:mm behind it or as UTC; in milliseconds since
/// 1970. Errors: invalid_argument.
Result<std::int64_t> parse_datetime(std::string_view text);

/// The offset within what the partition has, with a warning where it was not.
struct Bounded {
  std::int64_t offset = 0;
  std::string warning;
};
Bounded bounded(const client::TopicPartition& partition, std::int64_t wanted, std::int64_t start,
                std::int64_t end);

}  // namespace sluice::tools
