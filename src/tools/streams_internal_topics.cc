#include "tools/streams_internal_topics.h"

#include <algorithm>
#include <set>

#include "tools/group_command.h"
#include "tools/kafka_error.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::StreamsGroupDescription;
using client::StreamsSubtopology;

/// Whether the name is `…-MARK7-topic`, with any number for the 7.
bool is_numbered(std::string_view topic, std::string_view mark) {
  constexpr std::string_view kEnd = "-topic";
  const std::size_t at = topic.rfind(mark);
  if (at == std::string_view::npos || at == 0 || !topic.ends_with(kEnd)) return false;
  topic.remove_prefix(at + mark.size());
  if (topic.size() <= kEnd.size()) return false;
  topic.remove_suffix(kEnd.size());
  return std::ranges::all_of(topic, [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether Kafka Streams calls the topics so that it makes for the application.
bool looks_internal(std::string_view topic, const std::string& application) {
  if (!topic.starts_with(application + "-")) return false;
  for (const std::string_view end :
       {"-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"})
    if (topic.ends_with(end)) return true;
  return is_numbered(topic, "-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-") ||
         is_numbered(topic, "-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-");
}

}  // namespace

InternalTopics internal_topics(const StreamsGroupDescription& group) {
  std::set<std::string> sources;
  for (const StreamsSubtopology& subtopology : group.subtopologies)
    sources.insert(subtopology.source_topics.begin(), subtopology.source_topics.end());
  InternalTopics topics;
  const auto add = [&](const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (sources.contains(name)) continue;
      (looks_internal(name, group.group_id) ? topics.certain : topics.doubtful).push_back(name);
    }
  };
  for (const StreamsSubtopology& subtopology : group.subtopologies) {
    add(subtopology.repartition_source_topics);
    add(subtopology.state_changelog_topics);
  }
  return topics;
}

Task<std::map<std::string, std::vector<std::string>>> find_internal_topics(Admin& admin,
                                                                           std::vector<std::string> group_ids) {
  std::map<std::string, std::vector<std::string>> found;
  const auto described = co_await admin.describe_streams_groups(std::move(group_ids));
  for (const auto& [id, group] : described) {
    if (group) continue;
    print_error("Retrieving internal topics failed due to " + exception_text(group.error()));
    co_return found;
  }
  for (const auto& [id, group] : described) {
    InternalTopics topics = internal_topics(*group);
    for (const std::string& topic : topics.doubtful)
      print_error(
          fmt::format("The internal topic '{}' is not inferred as internal and thus will not be deleted with the "
                      "group '{}'.",
                      topic, id));
    if (!topics.certain.empty()) found.emplace(id, std::move(topics.certain));
  }
  co_return found;
}

Task<void> delete_with_groups(Admin& admin, std::vector<std::string> group_ids,
                              std::map<std::string, std::vector<std::string>> topics) {
  if (topics.empty() || group_ids.empty()) co_return;
  std::map<std::string, std::string> failures;
  std::vector<std::string> rid;
  for (const std::string& id : group_ids) {
    const auto own = topics.find(id);
    if (own == topics.end()) continue;
    rid.push_back(id);
    const auto outcomes = co_await admin.delete_topics(std::move(own->second));
    for (const auto& [topic, outcome] : outcomes) {
      if (outcome) continue;
      fmt::print("Failed to delete internal topic: {}\n", topic);
      failures.emplace(id, exception_text(outcome.error()));
    }
  }
  if (failures.empty()) {
    fmt::print("Deletion of associated internal topics of the streams groups ('{}') was successful.\n",
               fmt::join(rid, "', '"));
    co_return;
  }
  fmt::print("Deletion of some associated internal topics failed:\n");
  for (const auto& [id, why] : failures)
    fmt::print("* Internal topics of the streams group '{}' could not be deleted due to: {}\n", id, why);
}

Task<void> delete_after_reset(Admin& admin, std::string group_id, std::vector<std::string> topics) {
  if (topics.empty()) co_return;
  const auto outcomes = co_await admin.delete_topics(std::move(topics));
  for (const auto& [topic, outcome] : outcomes) {
    if (outcome) continue;
    if (outcome.error().code == ErrorCode::unknown_topic_or_partition)
      print_error(fmt::format("Deleting internal topics for group '{}' failed because the topics do not exist.",
                              group_id));
    else
      print_error(fmt::format("Deleting internal topics for group '{}' failed due to {}", group_id,
                              exception_text(outcome.error())));
    co_return;
  }
}

}  // namespace sluice::tools
