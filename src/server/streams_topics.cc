#include "server/streams_topics.h"

#include "base/logging.h"
#include "controller/controller.h"

namespace sluice {

std::map<std::string, std::string> StreamsTopics::create(Controller& controller, std::vector<StreamsTopic> topics,
                                                         std::chrono::milliseconds pause) {
  std::erase_if(failures_, [this](const auto& failure) { return failure.second.until <= loop_.now(); });
  std::map<std::string, std::string> failed;
  std::vector<StreamsTopic> wanted;
  for (StreamsTopic& topic : topics) {
    if (const auto failure = failures_.find(topic.name); failure != failures_.end())
      failed.emplace(topic.name, failure->second.why);
    else if (!tasks_.stopping() && under_way_.insert(topic.name).second)
      wanted.push_back(std::move(topic));
  }
  if (!wanted.empty()) tasks_.start(create_now(controller, std::move(wanted), pause));
  return failed;
}

Task<void> StreamsTopics::create_now(Controller& controller, std::vector<StreamsTopic> topics,
                                     std::chrono::milliseconds pause) {
  wire::CreateTopicsRequest request;
  for (const StreamsTopic& topic : topics) {
    auto& creatable = request.topics.emplace_back();
    creatable.name = topic.name;
    creatable.num_partitions = topic.partitions;
    creatable.replication_factor = topic.replication_factor == 0 ? std::int16_t{-1} : topic.replication_factor;
    for (const auto& [key, value] : topic.configs)
      creatable.configs.push_back({.name = key, .value = value, .unknown_tags = {}});
  }
  const Answer<wire::CreateTopicsResponse> answer = co_await controller.create_topics(request);
  for (const StreamsTopic& topic : topics) under_way_.erase(topic.name);
  for (const auto& result : answer->topics) {
    if (result.error_code == ErrorCode::none || result.error_code == ErrorCode::topic_already_exists) continue;
    const std::string_view said = result.error_message.value_or("");
    std::string why(said.empty() ? name(result.error_code) : said);
    logging::warn("topic {} of a streams application could not be created: {}", result.name, why);
    failures_.insert_or_assign(std::string(result.name), Failure{std::move(why), loop_.now() + pause});
  }
}

}  // namespace sluice
