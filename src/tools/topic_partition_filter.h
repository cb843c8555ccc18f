// tools/topic_partition_filter.h: which partitions a command line means: names of topics as patterns, and
// partitions as numbers and ranges.
#pragma once

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/topic_partition.h"
#include "tools/name_pattern.h"

namespace sluice::tools {

class TopicPartitionFilter {
 public:
  /// Of `topics`, a list of patterns (nothing: all), and `partitions`, numbers by commas (empty: all).
  /// Errors: invalid_argument.
  static Result<TopicPartitionFilter> parse(std::optional<std::string_view> topics, std::string_view partitions);
  /// Of rules by commas, one of which must fit: "TOPIC", "TOPIC:PARTITION", "TOPIC:FROM-TO", where TOPIC is a
  /// pattern and TO is the first that is not meant; each part may be left out. Errors: invalid_argument.
  static Result<TopicPartitionFilter> parse_rules(std::string_view rules);

  bool matches(std::string_view topic, PartitionIndex partition) const;

 private:
  struct Rule {
    std::optional<NamePattern> topic;
    std::int32_t from = 0;
    std::int32_t to = std::numeric_limits<std::int32_t>::max();
  };
  static Result<Rule> parse_rule(std::string_view rule);

  std::vector<Rule> rules_;
};

}  // namespace sluice::tools
