// Share groups of a fake cluster (KIP-932): every member reads every partition of its topics; a record is a
// member's until it says something of it.
#include <algorithm>

#include "client/fake_cluster.h"

namespace sluice::client {

Task<wire::ShareGroupHeartbeatResponse> FakeCluster::reply(Call& call,
                                                           const wire::ShareGroupHeartbeatRequest& request) {
  wire::ShareGroupHeartbeatResponse response;
  response.error_code = call.broker == coordinator ? call.error() : ErrorCode::not_coordinator;
  FakeShare& group = share(std::string(request.group_id));
  const std::string id(request.member_id);
  ++group.heartbeats;
  const bool joins = request.member_epoch == 0;
  if (response.error_code == ErrorCode::none && !joins && !group.members.contains(id))
    response.error_code = ErrorCode::unknown_member_id;
  if (response.error_code != ErrorCode::none) co_return response;
  response.heartbeat_interval_ms = 5'000;
  response.member_epoch = request.member_epoch;
  if (request.member_epoch == -1) {
    group.members.erase(id);
    co_return response;
  }
  std::set<std::string>& topics = group.members[id];
  if (joins) response.member_epoch = ++group.epoch;
  if (!request.subscribed_topic_names) co_return response;
  topics = {request.subscribed_topic_names->begin(), request.subscribed_topic_names->end()};
  response.assignment.emplace();
  for (const std::string& name : topics) {
    const auto topic = topics_.find(name);
    if (topic == topics_.end()) continue;
    auto& item = response.assignment->topic_partitions.emplace_back();
    item.topic_id = topic->second.id;
    for (std::size_t i = 0; i < topic->second.partitions.size(); ++i)
      item.partitions.push_back(PartitionIndex{static_cast<std::int32_t>(i)});
  }
  co_return response;
}

/// The session that the request goes on with; null with an error.
FakeShare::Session* FakeCluster::share_session(FakeShare& group, NodeId broker, std::string_view member,
                                               std::int32_t epoch, ErrorCode& error) {
  const std::pair key(broker, std::string(member));
  if (epoch == 0) group.sessions[key] = {};
  const auto found = group.sessions.find(key);
  if (found == group.sessions.end())
    error = ErrorCode::share_session_not_found;
  else if (epoch > 0 && epoch != found->second.epoch)
    error = ErrorCode::invalid_share_session_epoch;
  if (error != ErrorCode::none) return nullptr;
  ++found->second.epoch;
  return &found->second;
}

/// What is said of one partition's records.
template <class Batch>
ErrorCode FakeCluster::acknowledge(FakeShare& group, const TopicPartition& partition, const std::string& member,
                                   const std::vector<Batch>& batches) {
  if (!batches.empty() && !group.refusals.empty()) {
    const ErrorCode refusal = group.refusals.front();
    group.refusals.erase(group.refusals.begin());
    return refusal;
  }
  for (const Batch& batch : batches) {
    for (Offset at = batch.first_offset; at <= batch.last_offset; at = at + 1) {
      const auto index = static_cast<std::size_t>(at - batch.first_offset);
      const std::int8_t type = batch.acknowledge_types.at(batch.acknowledge_types.size() == 1 ? 0 : index);
      FakeShare::Record& record = group.records[partition][at];
      if (record.member != member || record.done) return ErrorCode::invalid_record_state;
      group.said[{partition, at}].push_back(type);
      if (type == 2) record.member.clear();
      if (type != 2 && type != 4) record.done = true;
    }
  }
  appended_.notify_all();
  return ErrorCode::none;
}

void FakeCluster::release_all(FakeShare& group, NodeId broker, const std::string& member) {
  group.sessions.erase({broker, member});
  for (auto& [partition, records] : group.records)
    if (log(partition).leader == broker)
      for (auto& [offset, record] : records)
        if (record.member == member && !record.done) record.member.clear();
  appended_.notify_all();
}

Task<wire::ShareAcknowledgeResponse> FakeCluster::reply(Call& call, const wire::ShareAcknowledgeRequest& request) {
  wire::ShareAcknowledgeResponse response;
  response.error_code = call.error();
  if (response.error_code != ErrorCode::none) co_return response;
  FakeShare& group = share(std::string(*request.group_id));
  const std::string member(*request.member_id);
  (void)share_session(group, call.broker, member, request.share_session_epoch, response.error_code);
  if (response.error_code != ErrorCode::none) co_return response;
  for (const auto& topic : request.topics) {
    auto& item = response.responses.emplace_back();
    item.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& data = item.partitions.emplace_back();
      data.partition_index = partition.partition_index;
      data.error_code = acknowledge(group, {name_of(topic.topic_id), partition.partition_index}, member,
                                    partition.acknowledgement_batches);
    }
  }
  if (request.share_session_epoch == -1) release_all(group, call.broker, member);
  co_return response;
}

/// Acquires what nobody has; nothing where nothing is left.
std::optional<wire::ShareFetchResponse::PartitionData> FakeCluster::acquire(Call& call, FakeShare& group,
                                                                            const TopicPartition& partition,
                                                                            const std::string& member,
                                                                            std::int32_t& left) {
  wire::ShareFetchResponse::PartitionData data;
  data.partition_index = partition.partition;
  const FakeLog& source = log(partition);
  if (source.leader != call.broker) {
    data.error_code = ErrorCode::not_leader_or_follower;
    return data;
  }
  for (Offset at = source.start; at < source.end() && left > 0; at = at + 1) {
    FakeShare::Record& record = group.records[partition][at];
    if (record.done || !record.member.empty()) continue;
    record.member = member;
    ++record.deliveries;
    --left;
    data.acquired_records.push_back(
        {.first_offset = at, .last_offset = at, .delivery_count = record.deliveries, .unknown_tags = {}});
  }
  if (data.acquired_records.empty()) return std::nullopt;
  call.buffers.push_back(source.read(data.acquired_records.front().first_offset, source.end(), 1 << 20));
  data.records = wire::Records(call.buffers.back().bytes());
  return data;
}

Task<wire::ShareFetchResponse> FakeCluster::reply(Call& call, const wire::ShareFetchRequest& request) {
  wire::ShareFetchResponse response;
  response.error_code = call.error();
  response.acquisition_lock_timeout_ms = 30'000;
  if (response.error_code != ErrorCode::none) co_return response;
  FakeShare& group = share(std::string(*request.group_id));
  const std::string member(*request.member_id);
  FakeShare::Session* session =
      share_session(group, call.broker, member, request.share_session_epoch, response.error_code);
  if (session == nullptr) co_return response;
  std::map<TopicPartition, wire::ShareFetchResponse::PartitionData> answers;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      const TopicPartition named{name_of(topic.topic_id), partition.partition_index};
      session->partitions.insert(named);
      const ErrorCode error = acknowledge(group, named, member, partition.acknowledgement_batches);
      if (!partition.acknowledgement_batches.empty()) answers[named].acknowledge_error_code = error;
    }
  }
  for (const auto& topic : request.forgotten_topics_data)
    for (const PartitionIndex index : topic.partitions)
      session->partitions.erase({name_of(topic.topic_id), index});
  const std::set<TopicPartition> partitions = session->partitions;
  const SteadyTime deadline = loop_.now() + std::chrono::milliseconds(request.max_wait_ms);
  std::int32_t left = request.is_renew_ack ? 0 : request.max_records;
  while (true) {
    bool found = !answers.empty();
    for (const TopicPartition& partition : partitions) {
      auto data = acquire(call, group, partition, member, left);
      if (!data) continue;
      data->acknowledge_error_code = answers[partition].acknowledge_error_code;
      answers[partition] = std::move(*data);
      found = true;
    }
    if (found || loop_.now() >= deadline || tasks_.stopping()) break;
    (void)co_await appended_.wait_until(deadline);
  }
  for (auto& [partition, data] : answers) {
    auto& item = response.responses.emplace_back();
    item.topic_id = topics_.at(partition.topic).id;
    data.partition_index = partition.partition;
    if (!data.records) data.records = wire::Records(Bytes{});
    item.partitions.push_back(std::move(data));
  }
  co_return response;
}

}  // namespace sluice::client
