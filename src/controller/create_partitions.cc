#include "controller/create_partitions.h"

#include <map>

#include "controller/new_partitions.h"

namespace sluice {
namespace {

using Topic = wire::CreatePartitionsRequest::CreatePartitionsTopic;

OrApiError<std::vector<PartitionImage>> take_assignments(const DecisionContext& context, const Topic& topic,
                                                         std::size_t first, std::size_t replication_factor) {
  std::vector<PartitionImage> partitions;
  for (const auto& assignment : *topic.assignments) {
    const ClusterImage& cluster = context.image.cluster;
    if (auto valid = check_assignment(cluster, assignment.broker_ids, replication_factor); !valid)
      return std::unexpected(valid.error());
    auto partition = new_partition(cluster, assignment.broker_ids);
    if (!partition)
      return refuse(ErrorCode::invalid_replica_assignment,
                    "All brokers specified in the manual partition assignment for partition {} are fenced or in "
                    "controlled shutdown.",
                    first + partitions.size());
    partitions.push_back(std::move(*partition));
  }
  return partitions;
}

OrApiError<void> grow(const DecisionContext& context, const Topic& wanted, RecordList& records) {
  const TopicImage* topic = context.image.topic(wanted.name);
  if (topic == nullptr) return refuse(ErrorCode::unknown_topic_or_partition);
  const std::size_t count = topic->partition_count();
  if (std::cmp_equal(wanted.count, count))
    return refuse(ErrorCode::invalid_partitions, "Topic already has {} partition(s).", count);
  if (std::cmp_less(wanted.count, count))
    return refuse(ErrorCode::invalid_partitions,
                  "The topic {} currently has {} partition(s); {} would not be an increase.", wanted.name, count,
                  wanted.count);
  const std::size_t additional = static_cast<std::size_t>(wanted.count) - count;
  if (additional > kRecordsPerRequestMax)
    return refuse(ErrorCode::policy_violation, "Excessively large number of additional partitions per request.");
  if (wanted.assignments && wanted.assignments->size() != additional)
    return refuse(ErrorCode::invalid_replica_assignment,
                  "Attempted to add {} additional partition(s), but only {} assignment(s) were specified.",
                  additional, wanted.assignments->size());
  const std::size_t replication_factor = topic->partitions().front()->replicas.size();
  auto partitions = wanted.assignments ? take_assignments(context, wanted, count, replication_factor)
                                       : place_partitions(context, static_cast<std::int32_t>(additional),
                                                          static_cast<std::int16_t>(replication_factor));
  if (!partitions) return std::unexpected(partitions.error());
  add_partition_records(context, topic->id(), count, *partitions, records);
  return {};
}

}  // namespace

Decision<wire::CreatePartitionsResponse> create_partitions(const DecisionContext& context,
                                                           const wire::CreatePartitionsRequest& request) {
  Decision<wire::CreatePartitionsResponse> decision;
  std::map<std::string_view, int> names;
  for (const Topic& topic : request.topics) ++names[topic.name];
  for (const Topic& topic : request.topics) {
    auto& result = decision.response().results.emplace_back();
    result.name = decision.answer.arena().copy(topic.name);
    const auto grown = names[topic.name] > 1
                           ? OrApiError<void>(refuse(ErrorCode::invalid_request, "Duplicate topic name."))
                           : grow(context, topic, decision.records);
    if (grown)
      set_no_error(result);
    else
      set_error(result, grown.error(), decision.answer.arena());
  }
  if (decision.records.size() > kRecordsPerRequestMax) {
    decision.records.truncate(0);
    for (auto& result : decision.response().results)
      set_error(result,
                {ErrorCode::policy_violation, "Excessively large number of additional partitions per request."},
                decision.answer.arena());
  }
  if (request.validate_only) decision.records.truncate(0);
  return decision;
}

}  // namespace sluice
