// server/handlers/metadata.cc: Metadata (API key 3): brokers, topics, and who leads what; topics that are missing
// are created on the way where the client and the broker allow it.
#include <map>

#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/topic_name.h"
#include "server/wire_code.h"
#include "wire/api/metadata.h"

namespace sluice::handlers {
namespace {

using wire::MetadataRequest;
using wire::MetadataResponse;
using Topic = MetadataResponse::MetadataResponseTopic;
using Partition = MetadataResponse::MetadataResponsePartition;

constexpr std::int16_t kNoTopicsFrom = 1;       // From here on an empty list is none, and null is all.
constexpr std::int16_t kAllowCreationFrom = 4;  // Before, every client that asks for a topic wants it created.

Partition describe(const PartitionImage& image, PartitionIndex index) {
  Partition partition;
  partition.partition_index = index;
  partition.leader_id = image.leader;
  partition.leader_epoch = image.leader_epoch;
  partition.replica_nodes = image.replicas;
  partition.isr_nodes = image.isr;
  if (!image.has_leader()) partition.error_code = ErrorCode::leader_not_available;
  return partition;
}

Topic describe(const TopicImage& image) {
  Topic topic;
  topic.name = image.name();
  topic.topic_id = image.id();
  topic.is_internal = is_internal_topic(image.name());
  topic.partitions.reserve(image.partition_count());
  std::int32_t index = 0;
  for (const auto& partition : image.partitions()) topic.partitions.push_back(describe(*partition, {index++}));
  return topic;
}

Topic missing(const MetadataRequest::MetadataRequestTopic& asked, ErrorCode code) {
  Topic topic;
  topic.name = asked.name;
  topic.topic_id = asked.topic_id;
  topic.error_code = code;
  return topic;
}

/// Creates the topic if that is wanted and allowed.
Task<ErrorCode> create(RequestContext& context, std::string_view name, bool client_allows) {
  if (!is_legal_topic_name(name)) co_return ErrorCode::invalid_topic_exception;
  if (!client_allows || !context.broker.config().logs.auto_create_topics)
    co_return ErrorCode::unknown_topic_or_partition;
  const Result<void> created = co_await context.broker.create_topic_with_defaults(std::string(name));
  if (created || created.error().code == Errc::already_exists) co_return ErrorCode::none;
  if (created.error().code == Errc::invalid_argument) co_return ErrorCode::invalid_topic_exception;
  co_return wire_code(created.error().code);
}

bool is_missing(const RequestContext& context, const MetadataRequest::MetadataRequestTopic& asked) {
  return asked.name && asked.topic_id.is_zero() && context.image->topic(*asked.name) == nullptr;
}

/// What came of creating the topics that are missing, by name. Creations come before anything is described: they
/// bring a new image, and what is described views the one that the context keeps.
Task<std::map<std::string_view, ErrorCode>> create_missing(RequestContext& context,
                                                           const MetadataRequest& request) {
  const bool allowed = context.version < kAllowCreationFrom || request.allow_auto_topic_creation;
  std::map<std::string_view, ErrorCode> outcomes;
  for (const auto& asked : *request.topics) {
    if (!is_missing(context, asked) || outcomes.contains(*asked.name)) continue;
    const ErrorCode code = co_await create(context, *asked.name, allowed);
    outcomes.emplace(*asked.name, code);
  }
  context.image = context.shard.image();
  co_return outcomes;
}

Topic find(const RequestContext& context, const MetadataRequest::MetadataRequestTopic& asked,
           const std::map<std::string_view, ErrorCode>& outcomes) {
  // The id counts where both are given: Java's clients send an empty name beside it.
  if (!asked.name || !asked.topic_id.is_zero()) {
    const TopicImage* by_id = context.image->topic(asked.topic_id);
    return by_id ? describe(*by_id) : missing(asked, ErrorCode::unknown_topic_id);
  }
  if (const TopicImage* by_name = context.image->topic(*asked.name)) return describe(*by_name);
  const auto outcome = outcomes.find(*asked.name);
  const bool failed = outcome != outcomes.end() && outcome->second != ErrorCode::none;
  return missing(asked, failed ? outcome->second : ErrorCode::leader_not_available);
}

void put_brokers(const RequestContext& context, MetadataResponse& response) {
  for (const auto& [id, broker] : context.image->cluster.brokers()) {
    const EndpointImage* endpoint = broker->endpoint(context.peer.listener);
    if (broker->fenced || endpoint == nullptr) continue;
    auto& described = response.brokers.emplace_back();
    described.node_id = id;
    described.host = endpoint->host;
    described.port = endpoint->port;
    if (broker->rack) described.rack = *broker->rack;
  }
}

bool wants_all(const RequestContext& context, const MetadataRequest& request) {
  return !request.topics || (context.version < kNoTopicsFrom && request.topics->empty());
}

Task<MetadataResponse> answer(RequestContext& context, const MetadataRequest& request) {
  MetadataResponse response;
  if (wants_all(context, request)) {
    for (const TopicImage* topic : context.image->topics.sorted_by_name())
      response.topics.push_back(describe(*topic));
  } else {
    const std::map<std::string_view, ErrorCode> outcomes = co_await create_missing(context, request);
    for (const auto& asked : *request.topics) response.topics.push_back(find(context, asked, outcomes));
  }
  put_brokers(context, response);
  response.cluster_id = context.broker.cluster_id();
  response.controller_id = context.broker.node_id();
  co_return response;
}

}  // namespace

Task<Result<Reply>> metadata(RequestContext& context) {
  return serve<MetadataRequest, MetadataResponse>(context, answer);
}

}  // namespace sluice::handlers
