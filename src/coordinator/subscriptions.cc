#include "coordinator/subscriptions.h"

#include <algorithm>
#include <utility>

namespace sluice {

void Subscriptions::count(std::string_view topic, std::size_t SubscriptionCount::* kind, bool more) {
  const auto found = topics_.find(topic);
  SubscriptionCount& counted = found != topics_.end() ? found->second : topics_[std::string(topic)];
  if (more)
    ++(counted.*kind);
  else if (counted.*kind > 0)
    --(counted.*kind);
  if (counted == SubscriptionCount{}) topics_.erase(topics_.find(topic));
}

void Subscriptions::count_resolved(const ResolvedPattern& resolved, bool more) {
  for (const std::string& topic : resolved.topics) count(topic, &SubscriptionCount::by_pattern, more);
}

void Subscriptions::add_member(const Names& topics, std::string_view pattern) {
  for (const std::string& topic : topics) count(topic, &SubscriptionCount::by_name, true);
  if (!pattern.empty()) ++patterns_[std::string(pattern)];
}

void Subscriptions::remove_member(const Names& topics, std::string_view pattern) {
  for (const std::string& topic : topics) count(topic, &SubscriptionCount::by_name, false);
  if (const auto found = patterns_.find(pattern); found != patterns_.end() && --found->second == 0)
    patterns_.erase(found);
}

void Subscriptions::set_resolved(std::string_view pattern, ResolvedPattern resolved) {
  remove_resolved(pattern);
  count_resolved(resolved, true);
  resolved_.emplace(pattern, std::move(resolved));
}

void Subscriptions::remove_resolved(std::string_view pattern) {
  const auto found = resolved_.find(pattern);
  if (found == resolved_.end()) return;
  count_resolved(found->second, false);
  resolved_.erase(found);
}

const ResolvedPattern* Subscriptions::find_resolved(std::string_view pattern) const {
  const auto found = resolved_.find(pattern);
  return found == resolved_.end() ? nullptr : &found->second;
}

std::size_t Subscriptions::members_with(std::string_view pattern) const {
  const auto found = patterns_.find(pattern);
  return found == patterns_.end() ? 0 : found->second;
}

bool Subscriptions::is_homogeneous(std::size_t member_count) const {
  if (patterns_.empty())
    return std::ranges::all_of(topics_, [&](const auto& topic) { return topic.second.by_name == member_count; });
  // One expression for all, and nobody names a topic.
  return patterns_.begin()->second == member_count && std::ranges::all_of(topics_, [](const auto& topic) {
           return topic.second.by_pattern == 1 && topic.second.by_name == 0;
         });
}

}  // namespace sluice
