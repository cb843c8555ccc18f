#include "controller/topic_names.h"

#include <algorithm>

namespace sluice {
namespace {

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

bool may_collide(char c) { return c == '.' || c == '_'; }

}  // namespace

OrApiError<void> check_topic_name(std::string_view name) {
  constexpr auto kCode = ErrorCode::invalid_topic_exception;
  if (name.empty()) return refuse(kCode, "Topic name is invalid: the empty string is not allowed");
  if (name == "." || name == "..") return refuse(kCode, "Topic name is invalid: '{}' is not allowed", name);
  if (name.size() > kTopicNameLengthMax)
    return refuse(kCode, "Topic name is invalid: the length of '{}' is longer than the max allowed length {}",
                  name, kTopicNameLengthMax);
  if (!std::ranges::all_of(name, is_legal))
    return refuse(
        kCode,
        "Topic name is invalid: '{}' contains one or more characters other than ASCII alphanumerics, '.', "
        "'_' and '-'",
        name);
  return {};
}

bool topic_names_collide(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return x == y || (may_collide(x) && may_collide(y)); });
}

const TopicImage* find_colliding_topic(const TopicsImage& topics, std::string_view name) {
  if (std::ranges::none_of(name, may_collide)) return nullptr;
  const TopicImage* colliding = nullptr;
  for (const TopicImage* topic : topics.unsorted()) {
    if (topic->name() == name || !topic_names_collide(topic->name(), name)) continue;
    if (colliding == nullptr || topic->name() < colliding->name()) colliding = topic;
  }
  return colliding;
}

}  // namespace sluice
