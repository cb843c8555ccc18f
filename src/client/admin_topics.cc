// Topics and where their partitions are.
#include "client/admin.h"
#include "client/detail/until_done.h"
#include "wire/api/alter_partition_reassignments.h"
#include "wire/api/create_partitions.h"
#include "wire/api/create_topics.h"
#include "wire/api/delete_topics.h"
#include "wire/api/elect_leaders.h"
#include "wire/api/list_partition_reassignments.h"

namespace sluice::client {
namespace {

using detail::all_failed;
using detail::until_done;

wire::CreateTopicsRequest::CreatableTopic creatable(const NewTopic& topic) {
  wire::CreateTopicsRequest::CreatableTopic wanted;
  wanted.name = topic.name;
  wanted.num_partitions = topic.assignment.empty() ? topic.partitions.value_or(-1) : -1;
  wanted.replication_factor = topic.assignment.empty() ? topic.replication_factor.value_or(-1) : std::int16_t{-1};
  for (const auto& [partition, replicas] : topic.assignment)
    wanted.assignments.push_back({.partition_index = partition, .broker_ids = replicas, .unknown_tags = {}});
  for (const auto& [name, value] : topic.configs)
    wanted.configs.push_back({.name = name, .value = value, .unknown_tags = {}});
  return wanted;
}

/// A partition of one of our messages, grouped by topic: they come sorted.
template <class Topic>
Topic& topic_for(std::vector<Topic>& topics, std::string_view Topic::* name, const TopicPartition& partition) {
  if (topics.empty() || topics.back().*name != partition.topic) {
    topics.emplace_back();
    topics.back().*name = partition.topic;
  }
  return topics.back();
}

}  // namespace

Task<Outcomes<CreatedTopic>> Admin::create_topics_once(std::map<std::string, NewTopic> topics, bool validate_only,
                                                       SteadyTime until) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = request_timeout_ms();
  request.validate_only = validate_only;
  for (const auto& [name, topic] : topics) request.topics.push_back(creatable(topic));
  const auto answer = co_await ask_controller(request, until);
  if (!answer) co_return all_failed<CreatedTopic>(topics, answer.error());
  Outcomes<CreatedTopic> outcomes;
  for (const auto& topic : (*answer)->topics) {
    Outcome<CreatedTopic> created = CreatedTopic{topic.topic_id, topic.num_partitions, topic.replication_factor};
    if (topic.error_code != ErrorCode::none)
      created = failed(failure_of(topic.error_code, {}, topic.error_message));
    outcomes.emplace(std::string(topic.name), std::move(created));
  }
  co_return outcomes;
}

Task<Outcomes<CreatedTopic>> Admin::create_topics(std::vector<NewTopic> topics, bool validate_only) {
  std::map<std::string, NewTopic> by_name;
  for (NewTopic& topic : topics) {
    std::string name = topic.name;
    by_name.insert_or_assign(std::move(name), std::move(topic));
  }
  const SteadyTime until = deadline();
  co_return co_await until_done<std::string, NewTopic, CreatedTopic>(
      cluster_, std::move(by_name),
      [this, validate_only, until](std::map<std::string, NewTopic> left) {
        return create_topics_once(std::move(left), validate_only, until);
      },
      until);
}

Task<Outcomes<void>> Admin::delete_topics_once(std::map<std::string, bool> names, SteadyTime until) {
  const Outcome<std::shared_ptr<Node>> node = co_await controller(until);
  if (!node) co_return all_failed<void>(names, node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::delete_topics);
  if (!version) co_return all_failed<void>(names, version.error());
  wire::DeleteTopicsRequest request;
  request.timeout_ms = request_timeout_ms();
  for (const auto& [name, wanted] : names) {
    if (*version >= 6)
      request.topics.push_back({.name = name, .topic_id = {}, .unknown_tags = {}});
    else
      request.topic_names.push_back(name);
  }
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(until));
  if (!answer) co_return all_failed<void>(names, answer.error());
  Outcomes<void> outcomes;
  for (const auto& topic : (*answer)->responses)
    if (topic.name)
      outcomes.emplace(std::string(*topic.name), outcome_of(topic.error_code, {}, topic.error_message));
  co_return outcomes;
}

Task<Outcomes<void>> Admin::delete_topics(std::vector<std::string> names) {
  std::map<std::string, bool> wanted;
  for (std::string& name : names) wanted.emplace(std::move(name), true);
  const SteadyTime until = deadline();
  co_return co_await until_done<std::string, bool, void>(
      cluster_, std::move(wanted),
      [this, until](std::map<std::string, bool> left) { return delete_topics_once(std::move(left), until); },
      until);
}

Task<Outcomes<void>> Admin::create_partitions_once(std::map<std::string, NewPartitions> topics, bool validate_only,
                                                   SteadyTime until) {
  wire::CreatePartitionsRequest request;
  request.timeout_ms = request_timeout_ms();
  request.validate_only = validate_only;
  for (const auto& [name, wanted] : topics) {
    wire::CreatePartitionsRequest::CreatePartitionsTopic topic;
    topic.name = name;
    topic.count = wanted.total;
    topic.assignments.reset();
    if (!wanted.assignment.empty()) topic.assignments.emplace();
    for (const auto& replicas : wanted.assignment)
      topic.assignments->push_back({.broker_ids = replicas, .unknown_tags = {}});
    request.topics.push_back(std::move(topic));
  }
  const auto answer = co_await ask_controller(request, until);
  if (!answer) co_return all_failed<void>(topics, answer.error());
  Outcomes<void> outcomes;
  for (const auto& topic : (*answer)->results)
    outcomes.emplace(std::string(topic.name), outcome_of(topic.error_code, {}, topic.error_message));
  co_return outcomes;
}

Task<Outcomes<void>> Admin::create_partitions(std::map<std::string, NewPartitions> topics, bool validate_only) {
  const SteadyTime until = deadline();
  co_return co_await until_done<std::string, NewPartitions, void>(
      cluster_, std::move(topics),
      [this, validate_only, until](std::map<std::string, NewPartitions> left) {
        return create_partitions_once(std::move(left), validate_only, until);
      },
      until);
}

Task<Outcome<std::vector<TopicInfo>>> Admin::list_topics(bool internal) {
  const auto answer = co_await cluster_.describe_topics(std::nullopt, false, deadline());
  if (!answer) co_return failed(answer.error());
  std::vector<TopicInfo> topics = topics_of(**answer);
  std::erase_if(topics, [internal](const TopicInfo& topic) { return topic.internal && !internal; });
  co_return topics;
}

Task<Outcomes<TopicInfo>> Admin::describe_topics(std::vector<std::string> names) {
  Outcomes<TopicInfo> outcomes;
  const auto answer = co_await cluster_.describe_topics(names, false, deadline());
  if (!answer) {
    for (const std::string& name : names) outcomes.emplace(name, failed(answer.error()));
    co_return outcomes;
  }
  for (TopicInfo& topic : topics_of(**answer)) {
    std::string name = topic.name;
    Outcome<TopicInfo> described = std::move(topic);
    if (described->error != ErrorCode::none) described = failed(failure_of(described->error, "topic " + name));
    outcomes.emplace(std::move(name), std::move(described));
  }
  co_return outcomes;
}

Task<PartitionOutcomes<void>> Admin::elect_leaders(ElectionType type, std::set<TopicPartition> partitions) {
  using Request = wire::ElectLeadersRequest;
  Request request;
  request.election_type = static_cast<std::int8_t>(type);
  request.timeout_ms = request_timeout_ms();
  for (const TopicPartition& partition : partitions)
    topic_for(*request.topic_partitions, &Request::TopicPartitions::topic, partition)
        .partitions.push_back(partition.partition);
  const auto answer = co_await ask_controller(request, deadline());
  PartitionOutcomes<void> outcomes;
  const Outcome<void> whole =
      answer ? outcome_of((*answer)->error_code, "electing leaders") : failed(answer.error());
  for (const TopicPartition& partition : partitions)
    if (!whole) outcomes.emplace(partition, whole);
  if (!whole) co_return outcomes;
  for (const auto& topic : (*answer)->replica_election_results)
    for (const auto& result : topic.partition_result)
      outcomes.emplace(TopicPartition{std::string(topic.topic), result.partition_id},
                       outcome_of(result.error_code, {}, result.error_message));
  co_return outcomes;
}

Task<PartitionOutcomes<void>> Admin::alter_partition_reassignments(
    std::map<TopicPartition, std::optional<std::vector<NodeId>>> reassignments) {
  using Request = wire::AlterPartitionReassignmentsRequest;
  Request request;
  request.timeout_ms = request_timeout_ms();
  for (const auto& [partition, replicas] : reassignments)
    topic_for(request.topics, &Request::ReassignableTopic::name, partition)
        .partitions.push_back({.partition_index = partition.partition, .replicas = replicas, .unknown_tags = {}});
  const auto answer = co_await ask_controller(request, deadline());
  PartitionOutcomes<void> outcomes;
  const Outcome<void> whole =
      answer ? outcome_of((*answer)->error_code, "reassigning partitions", (*answer)->error_message)
             : failed(answer.error());
  if (!whole) {
    for (const auto& [partition, replicas] : reassignments) outcomes.emplace(partition, whole);
    co_return outcomes;
  }
  for (const auto& topic : (*answer)->responses)
    for (const auto& result : topic.partitions)
      outcomes.emplace(TopicPartition{std::string(topic.name), result.partition_index},
                       outcome_of(result.error_code, {}, result.error_message));
  co_return outcomes;
}

Task<Outcome<std::map<TopicPartition, Reassignment>>> Admin::list_partition_reassignments() {
  wire::ListPartitionReassignmentsRequest request;
  request.timeout_ms = request_timeout_ms();
  request.topics.reset();
  const auto answer = co_await ask_controller(request, deadline());
  if (!answer) co_return failed(answer.error());
  const Outcome<void> whole = outcome_of((*answer)->error_code, "listing reassignments", (*answer)->error_message);
  if (!whole) co_return failed(whole.error());
  std::map<TopicPartition, Reassignment> reassignments;
  for (const auto& topic : (*answer)->topics)
    for (const auto& partition : topic.partitions)
      reassignments.emplace(
          TopicPartition{std::string(topic.name), partition.partition_index},
          Reassignment{partition.replicas, partition.adding_replicas, partition.removing_replicas});
  co_return reassignments;
}

}  // namespace sluice::client
