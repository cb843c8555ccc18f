#include "tools/topic_partition_filter.h"

#include <algorithm>

#include "base/number_text.h"

namespace sluice::tools {
namespace {

/// Calls `part` with what stands between commas, until it fails.
template <class Part>
Result<void> for_each_part(std::string_view list, Part part) {
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (Result<void> done = part(list.substr(at, end - at)); !done) return done;
    at = end + 1;
  }
  return {};
}

/// Nothing for no text. Errors: invalid_argument.
Result<std::optional<std::int32_t>> bound(std::string_view text, std::string_view rule) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_number<std::int32_t>(text);
  if (!number || *number < 0 || *number == std::numeric_limits<std::int32_t>::max())
    return fail(Errc::invalid_argument, "Invalid rule: {}: {} is no partition", rule, text);
  return *number;
}

}  // namespace

Result<TopicPartitionFilter> TopicPartitionFilter::parse(std::optional<std::string_view> topics,
                                                         std::string_view partitions) {
  Rule rule;
  if (topics) {
    auto pattern = NamePattern::parse_list(*topics);
    if (!pattern) return fail(Errc::invalid_argument, "{} is not a pattern: {}", *topics, pattern.error().what);
    rule.topic = std::move(*pattern);
  }
  TopicPartitionFilter filter;
  if (partitions.empty()) {
    filter.rules_.push_back(std::move(rule));
    return filter;
  }
  const Result<void> done = for_each_part(partitions, [&](std::string_view part) -> Result<void> {
    const auto partition = parse_number<std::int32_t>(part);
    if (!partition || *partition < 0 || *partition == std::numeric_limits<std::int32_t>::max())
      return fail(Errc::invalid_argument,
                  "--partitions expects a comma separated list of numeric partition ids, but received: {}",
                  partitions);
    rule.from = *partition;
    rule.to = *partition + 1;
    filter.rules_.push_back(rule);
    return {};
  });
  if (!done) return fail(done.error());
  return filter;
}

Result<TopicPartitionFilter::Rule> TopicPartitionFilter::parse_rule(std::string_view rule) {
  Rule parsed;
  const std::size_t colon = std::min(rule.rfind(':'), rule.size());
  if (const std::string_view topic = rule.substr(0, colon); !topic.empty()) {
    auto pattern = NamePattern::parse_list(topic);
    if (!pattern) return fail(Errc::invalid_argument, "Invalid rule: {}: {}", rule, pattern.error().what);
    parsed.topic = std::move(*pattern);
  }
  if (colon == rule.size()) return parsed;
  const std::string_view range = rule.substr(colon + 1);
  const std::size_t dash = range.find('-');
  const auto from = bound(range.substr(0, std::min(dash, range.size())), rule);
  if (!from) return fail(from.error());
  if (*from) parsed.from = **from;
  if (dash == std::string_view::npos) {
    if (*from) parsed.to = **from + 1;
    return parsed;
  }
  const auto to = bound(range.substr(dash + 1), rule);
  if (!to) return fail(to.error());
  if (*to) parsed.to = **to;
  return parsed;
}

Result<TopicPartitionFilter> TopicPartitionFilter::parse_rules(std::string_view rules) {
  TopicPartitionFilter filter;
  const Result<void> done = for_each_part(rules, [&](std::string_view part) -> Result<void> {
    auto rule = parse_rule(part);
    if (!rule) return fail(rule.error());
    filter.rules_.push_back(std::move(*rule));
    return {};
  });
  if (!done) return fail(done.error());
  return filter;
}

bool TopicPartitionFilter::matches(std::string_view topic, PartitionIndex partition) const {
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    return partition.value >= rule.from && partition.value < rule.to &&
           (!rule.topic || rule.topic->matches(topic));
  });
}

}  // namespace sluice::tools
