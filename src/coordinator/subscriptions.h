// coordinator/subscriptions.h: what the members of a group subscribe to, counted.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/loop.h"

namespace sluice {

/// The topics that a regular expression matched when they were last looked through.
struct ResolvedPattern {
  std::set<std::string, std::less<>> topics;
  std::int64_t version = 0;  ///< Offset of the metadata log up to which it was looked.
  WallTime resolved{};
  friend bool operator==(const ResolvedPattern&, const ResolvedPattern&) = default;
};

/// How many members subscribe to a topic by its name, and how many expressions match it.
struct SubscriptionCount {
  std::size_t by_name = 0;
  std::size_t by_pattern = 0;
  friend bool operator==(const SubscriptionCount&, const SubscriptionCount&) = default;
};

/// Invariant: nothing is counted zero times.
class Subscriptions {
 public:
  using Names = std::set<std::string, std::less<>>;

  void add_member(const Names& topics, std::string_view pattern);
  void remove_member(const Names& topics, std::string_view pattern);
  void set_resolved(std::string_view pattern, ResolvedPattern resolved);
  void remove_resolved(std::string_view pattern);

  const std::map<std::string, SubscriptionCount, std::less<>>& topics() const { return topics_; }
  /// With the number of members that subscribe by each.
  const std::map<std::string, std::size_t, std::less<>>& patterns() const { return patterns_; }
  const std::map<std::string, ResolvedPattern, std::less<>>& resolved() const { return resolved_; }
  /// Null if the expression has not been resolved.
  const ResolvedPattern* find_resolved(std::string_view pattern) const;
  std::size_t members_with(std::string_view pattern) const;
  /// Whether all of `member_count` members subscribe to the same topics.
  bool is_homogeneous(std::size_t member_count) const;

  friend bool operator==(const Subscriptions&, const Subscriptions&) = default;

 private:
  void count_resolved(const ResolvedPattern& resolved, bool more);
  void count(std::string_view topic, std::size_t SubscriptionCount::* kind, bool more);

  std::map<std::string, SubscriptionCount, std::less<>> topics_;
  std::map<std::string, std::size_t, std::less<>> patterns_;
  std::map<std::string, ResolvedPattern, std::less<>> resolved_;
};

}  // namespace sluice
