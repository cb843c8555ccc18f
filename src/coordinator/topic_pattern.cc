#include "coordinator/topic_pattern.h"

#include <re2/re2.h>

namespace sluice {
namespace {

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<void> check_topic_pattern(std::string_view pattern) {
  const RE2 expression(piece(pattern), options());
  if (!expression.ok()) return fail(Errc::invalid_argument, "{}", expression.error());
  return {};
}

Subscriptions::Names topics_matching(std::string_view pattern, const TopicsImage& topics) {
  Subscriptions::Names names;
  const RE2 expression(piece(pattern), options());
  if (!expression.ok()) return names;
  for (const TopicImage* topic : topics.unsorted())
    if (RE2::FullMatch(piece(topic->name()), expression)) names.insert(topic->name());
  return names;
}

}  // namespace sluice
