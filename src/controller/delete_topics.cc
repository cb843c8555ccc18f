#include "controller/delete_topics.h"

#include <map>
#include <set>

#include "controller/api_error.h"
#include "wire/metadata/remove_topic_record.h"

namespace sluice {
namespace {

using TopicResult = wire::DeleteTopicsResponse::DeletableTopicResult;

/// What a client says of a topic: its name or its id.
struct Wanted {
  std::optional<std::string_view> name;
  Uuid id;
};

std::vector<Wanted> wanted_topics(const wire::DeleteTopicsRequest& request) {
  std::vector<Wanted> wanted;
  for (const std::string_view name : request.topic_names) wanted.push_back({name, {}});
  for (const auto& topic : request.topics) wanted.push_back({topic.name, topic.topic_id});
  return wanted;
}

/// How often each name and id stands in a request.
struct Counts {
  std::map<std::string_view, int> names;
  std::map<Uuid, int> ids;

  explicit Counts(const std::vector<Wanted>& wanted) {
    for (const Wanted& topic : wanted) {
      if (topic.name)
        ++names[*topic.name];
      else if (!topic.id.is_zero())
        ++ids[topic.id];
    }
  }
};

OrApiError<const TopicImage*> find_topic(const MetadataImage& image, const Wanted& wanted, const Counts& counts) {
  constexpr auto kInvalid = ErrorCode::invalid_request;
  if (wanted.name && !wanted.id.is_zero())
    return refuse(kInvalid, "You may not specify both topic name and topic id.");
  if (wanted.name) {
    if (counts.names.at(*wanted.name) > 1) return refuse(kInvalid, "Duplicate topic name.");
    const TopicImage* topic = image.topic(*wanted.name);
    if (topic == nullptr) return refuse(ErrorCode::unknown_topic_or_partition);
    if (counts.ids.contains(topic->id()))
      return refuse(kInvalid, "The provided topic name maps to an ID that was already supplied.");
    return topic;
  }
  if (wanted.id.is_zero()) return refuse(kInvalid, "Neither topic name nor id were specified.");
  if (counts.ids.at(wanted.id) > 1) return refuse(kInvalid, "Duplicate topic id.");
  const TopicImage* topic = image.topic(wanted.id);
  if (topic == nullptr) return refuse(ErrorCode::unknown_topic_id);
  return topic;
}

}  // namespace

Decision<wire::DeleteTopicsResponse> delete_topics(const DecisionContext& context,
                                                   const wire::DeleteTopicsRequest& request) {
  Decision<wire::DeleteTopicsResponse> decision;
  Arena& arena = decision.answer.arena();
  const std::vector<Wanted> wanted = wanted_topics(request);
  const Counts counts(wanted);
  const bool enabled = context.config.boolean("delete.topic.enable");
  for (const Wanted& topic : wanted) {
    TopicResult& result = decision.response().responses.emplace_back();
    if (topic.name)
      result.name = arena.copy(*topic.name);
    else
      result.name = std::nullopt;
    result.topic_id = topic.id;
    const auto found = enabled ? find_topic(context.image, topic, counts)
                               : OrApiError<const TopicImage*>(
                                     refuse(ErrorCode::topic_deletion_disabled, "Topic deletion is disabled."));
    if (!found) {
      set_error(result, found.error(), arena);
      continue;
    }
    result.name = arena.copy((*found)->name());
    result.topic_id = (*found)->id();
    set_no_error(result);
    wire::RemoveTopicRecord record;
    record.topic_id = (*found)->id();
    decision.records.add(record, 0);
  }
  return decision;
}

}  // namespace sluice
