#include "controller/create_topics.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/topic_config.h"
#include "controller/config_changes.h"
#include "controller/new_partitions.h"
#include "controller/topic_names.h"
#include "wire/metadata/topic_record.h"
#include "wire/random_uuid.h"

namespace sluice {
namespace {

using Topic = wire::CreateTopicsRequest::CreatableTopic;
using TopicResult = wire::CreateTopicsResponse::CreatableTopicResult;

/// One request's work.
class CreateTopics {
 public:
  CreateTopics(const DecisionContext& context, const wire::CreateTopicsRequest& request,
               const CreateTopicsOptions& options)
      : context_(context), request_(request), options_(options) {}

  Decision<wire::CreateTopicsResponse> decide() {
    find_duplicates();
    const bool excessive = partition_count() > kRecordsPerRequestMax;
    for (const Topic& topic : request_.topics) {
      TopicResult& result = decision_.response().topics.emplace_back();
      result.name = decision_.answer.arena().copy(topic.name);
      auto created =
          excessive ? refuse(ErrorCode::policy_violation, "Excessively large number of partitions per request.")
                    : create(topic, result);
      if (created)
        set_no_error(result);
      else
        fail_topic(result, created.error());
    }
    if (request_.validate_only) decision_.records.truncate(0);
    return std::move(decision_);
  }

 private:
  void find_duplicates() {
    std::set<std::string_view> seen;
    for (const Topic& topic : request_.topics)
      if (!seen.insert(topic.name).second) duplicates_.insert(topic.name);
  }

  std::size_t partition_count() const {
    std::size_t count = 0;
    for (const Topic& topic : request_.topics) {
      if (!topic.assignments.empty())
        count += topic.assignments.size();
      else
        count += static_cast<std::size_t>(std::max(default_partitions(topic), 0));
    }
    return count;
  }
  std::int32_t default_partitions(const Topic& topic) const {
    return topic.num_partitions == -1 ? context_.config.int32("num.partitions") : topic.num_partitions;
  }

  void fail_topic(TopicResult& result, const ApiError& error) {
    const std::string_view name = result.name;
    result = {};
    result.name = name;
    result.configs = std::nullopt;
    set_error(result, error, decision_.answer.arena());
  }

  OrApiError<void> create(const Topic& topic, TopicResult& result) {
    if (auto named = check_name(topic.name); !named) return named;
    const ConfigResource resource{ConfigResourceType::topic, std::string(topic.name)};
    auto configs = check_configs(topic, resource);
    if (!configs) return std::unexpected(configs.error());
    auto partitions = topic.assignments.empty() ? place(topic) : take_assignments(topic);
    if (!partitions) return std::unexpected(partitions.error());

    result.topic_id = random_uuid(context_.loop);
    result.num_partitions = static_cast<std::int32_t>(partitions->size());
    result.replication_factor = static_cast<std::int16_t>(partitions->front().replicas.size());
    describe(topic.name, *configs, result);

    wire::TopicRecord record;
    record.name = topic.name;
    record.topic_id = result.topic_id;
    decision_.records.add(record, 0);
    add_config_records(context_, resource, *configs, decision_.records);
    add_partition_records(context_, result.topic_id, 0, *partitions, decision_.records);
    created_.push_back(topic.name);
    return {};
  }

  OrApiError<void> check_name(std::string_view name) const {
    if (duplicates_.contains(name)) return refuse(ErrorCode::invalid_request, "Duplicate topic name.");
    if (name == kClusterMetadataTopic)
      return refuse(ErrorCode::invalid_request, "Creation of internal topic {} is prohibited.", name);
    if (auto legal = check_topic_name(name); !legal) return legal;
    if (context_.image.topic(name) != nullptr)
      return refuse(ErrorCode::topic_already_exists, "Topic '{}' already exists.", name);
    std::optional<std::string_view> colliding;
    if (const TopicImage* existing = find_colliding_topic(context_.image.topics, name))
      colliding = existing->name();
    for (const std::string_view created : created_)
      if (topic_names_collide(created, name)) colliding = created;
    if (colliding)
      return refuse(ErrorCode::invalid_topic_exception, "Topic '{}' collides with existing topic: {}", name,
                    *colliding);
    return {};
  }

  OrApiError<std::vector<ConfigAssignment>> check_configs(const Topic& topic,
                                                          const ConfigResource& resource) const {
    std::vector<std::string_view> null_keys;
    std::map<std::string_view, std::string_view> values;  // The last one counts.
    for (const auto& config : topic.configs) {
      if (config.value)
        values.insert_or_assign(config.name, *config.value);
      else
        null_keys.push_back(config.name);
    }
    if (!null_keys.empty())
      return refuse(ErrorCode::invalid_config, "Null value not supported for topic configs: {}",
                    fmt::join(null_keys, ","));
    std::vector<ConfigAssignment> assignments;
    for (const auto& [key, value] : values) assignments.push_back({std::string(key), std::string(value)});
    if (assignments.empty()) return assignments;
    if (auto valid = check_assignments(context_, resource, {}, assignments); !valid)
      return std::unexpected(valid.error());
    return assignments;
  }

  OrApiError<std::vector<PartitionImage>> place(const Topic& topic) const {
    if (topic.replication_factor < -1 || topic.replication_factor == 0)
      return refuse(ErrorCode::invalid_replication_factor,
                    "Replication factor must be larger than 0, or -1 to use the default value.");
    if (topic.num_partitions < -1 || topic.num_partitions == 0)
      return refuse(ErrorCode::invalid_partitions,
                    "Number of partitions was set to an invalid non-positive value.");
    const std::int64_t replicas = topic.replication_factor == -1
                                      ? context_.config.int64("default.replication.factor")
                                      : topic.replication_factor;
    return place_partitions(context_, default_partitions(topic), static_cast<std::int16_t>(replicas));
  }

  OrApiError<std::vector<PartitionImage>> take_assignments(const Topic& topic) const {
    if (topic.replication_factor != -1)
      return refuse(ErrorCode::invalid_request,
                    "A manual partition assignment was specified, but replication factor was not set to -1.");
    if (topic.num_partitions != -1)
      return refuse(ErrorCode::invalid_request,
                    "A manual partition assignment was specified, but numPartitions was not set to -1.");
    std::map<PartitionIndex, PartitionImage> partitions;
    std::optional<std::size_t> replication_factor;
    for (const auto& assignment : topic.assignments) {
      const std::int32_t index = assignment.partition_index.value;
      if (partitions.contains(assignment.partition_index))
        return refuse(ErrorCode::invalid_replica_assignment,
                      "Found multiple manual partition assignments for partition {}", index);
      const auto& cluster = context_.image.cluster;
      if (auto valid = check_assignment(cluster, assignment.broker_ids, replication_factor); !valid)
        return std::unexpected(valid.error());
      replication_factor = assignment.broker_ids.size();
      auto partition = new_partition(cluster, assignment.broker_ids);
      if (!partition)
        return refuse(ErrorCode::invalid_replica_assignment,
                      "All brokers specified in the manual partition assignment for partition {} are fenced or in "
                      "controlled shutdown.",
                      index);
      partitions.emplace(assignment.partition_index, std::move(*partition));
    }
    // Sorted and without duplicates: they are 0, 1, 2 … if the ends are right.
    if (partitions.begin()->first.value != 0 ||
        std::cmp_not_equal(partitions.rbegin()->first.value + std::int64_t{1}, partitions.size()))
      return refuse(ErrorCode::invalid_replica_assignment,
                    "partitions should be a consecutive 0-based integer sequence");
    std::vector<PartitionImage> in_order;
    for (auto& [index, partition] : partitions) in_order.push_back(std::move(partition));
    return in_order;
  }

  void describe(std::string_view topic, const std::vector<ConfigAssignment>& configs, TopicResult& result) {
    result.configs.reset();
    if (options_.may_describe_configs && !options_.may_describe_configs(topic)) {
      result.topic_config_error_code = ErrorCode::topic_authorization_failed;
      result.num_partitions = -1;
      result.replication_factor = -1;
      return;
    }
    if (options_.layers == nullptr) return;
    ConfigMap settings;
    for (const ConfigAssignment& config : configs) settings.emplace(config.key, *config.value);
    Arena& arena = decision_.answer.arena();
    auto& to = result.configs.emplace();
    for (const ConfigEntry& entry : describe_topic_configs(settings, *options_.layers)) {
      auto& config = to.emplace_back();
      config.name = arena.copy(entry.name);
      if (entry.value && !entry.sensitive)
        config.value = arena.copy(*entry.value);
      else
        config.value = std::nullopt;
      config.read_only = entry.read_only;
      config.config_source = static_cast<std::int8_t>(entry.source);
      config.is_sensitive = entry.sensitive;
    }
  }

  const DecisionContext& context_;
  const wire::CreateTopicsRequest& request_;
  const CreateTopicsOptions& options_;
  std::set<std::string_view> duplicates_;
  std::vector<std::string_view> created_;
  Decision<wire::CreateTopicsResponse> decision_;
};

}  // namespace

Decision<wire::CreateTopicsResponse> create_topics(const DecisionContext& context,
                                                   const wire::CreateTopicsRequest& request,
                                                   const CreateTopicsOptions& options) {
  return CreateTopics(context, request, options).decide();
}

}  // namespace sluice
