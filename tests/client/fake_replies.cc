// What a fake broker answers.
#include <algorithm>

#include "client/fake_cluster.h"

namespace sluice::client {

Task<wire::ApiVersionsResponse> FakeCluster::reply(Call&, const wire::ApiVersionsRequest&) {
  wire::ApiVersionsResponse response;
  for (const wire::ApiInfo& api : wire::kApis)
    if (api.on_broker && !versions(api.key).empty())
      response.api_keys.push_back({.api_key = api.key,
                                   .min_version = versions(api.key).low,
                                   .max_version = versions(api.key).high,
                                   .unknown_tags = {}});
  co_return response;
}

Task<wire::MetadataResponse> FakeCluster::reply(Call& call, const wire::MetadataRequest& request) {
  wire::MetadataResponse response;
  response.cluster_id = "fake-cluster";
  response.controller_id = NodeId{1};
  for (const auto& [id, broker] : brokers_) {
    if (!broker.running) continue;
    wire::MetadataResponse::MetadataResponseBroker item;
    item.node_id = id;
    item.host = "fake";
    item.port = 9000 + id.value;
    response.brokers.push_back(item);
  }
  std::set<std::string> names;
  if (!request.topics)
    for (const auto& [name, topic] : topics_) names.insert(name);
  else
    for (const auto& wanted : *request.topics) names.emplace(*wanted.name);
  for (const std::string& name : names) {
    auto& item = response.topics.emplace_back();
    item.name = call.keep(name);
    const auto topic = topics_.find(name);
    item.error_code = call.error();
    if (topic == topics_.end()) item.error_code = ErrorCode::unknown_topic_or_partition;
    if (item.error_code != ErrorCode::none) continue;
    item.topic_id = topic->second.id;
    std::int32_t index = 0;
    for (const FakeLog& log : topic->second.partitions) {
      auto& partition = item.partitions.emplace_back();
      partition.partition_index = PartitionIndex{index++};
      partition.leader_id = brokers_.at(log.leader).running ? log.leader : NodeId{-1};
      if (partition.leader_id.value < 0) partition.error_code = ErrorCode::leader_not_available;
      partition.leader_epoch = log.epoch;
      partition.replica_nodes = {log.leader};
      partition.isr_nodes = {log.leader};
    }
  }
  co_return response;
}

Task<wire::ProduceResponse> FakeCluster::reply(Call& call, const wire::ProduceRequest& request) {
  wire::ProduceResponse response;
  for (const auto& topic : request.topic_data) {
    auto& answered = response.responses.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    const std::string name = topic.name.empty() ? name_of(topic.topic_id) : std::string(topic.name);
    for (const auto& data : topic.partition_data) {
      auto& partition = answered.partition_responses.emplace_back();
      partition.index = data.index;
      partition.error_code = call.error();
      if (partition.error_code != ErrorCode::none) continue;
      if (!topics_.contains(name)) {
        partition.error_code =
            topic.name.empty() ? ErrorCode::unknown_topic_id : ErrorCode::unknown_topic_or_partition;
        continue;
      }
      FakeLog& target = log({name, data.index});
      if (target.leader != call.broker) {
        partition.error_code = ErrorCode::not_leader_or_follower;
        continue;
      }
      if (data.records->size() > message_bytes_max) {
        partition.error_code = ErrorCode::message_too_large;
        continue;
      }
      const FakeLog::Appended appended = target.append(data.records->bytes());
      partition.error_code = appended.error;
      partition.base_offset = appended.base;
      if (call.fault && call.fault->kind == FakeFault::Kind::error_when_done)
        partition.error_code = call.fault->error;
    }
  }
  appended_.notify_all();
  co_return response;
}

wire::FetchResponse::PartitionData FakeCluster::read_partition(Call& call, const TopicPartition& partition,
                                                               Offset from, std::size_t size_max, bool committed) {
  wire::FetchResponse::PartitionData data;
  data.partition_index = partition.partition;
  data.error_code = call.error();
  data.records.emplace();
  if (data.error_code != ErrorCode::none) return data;
  if (!topics_.contains(partition.topic)) {
    data.error_code = ErrorCode::unknown_topic_or_partition;
    return data;
  }
  const FakeLog& source = log(partition);
  if (source.leader != call.broker) {
    data.error_code = ErrorCode::not_leader_or_follower;
    return data;
  }
  const Offset end = source.visible_end(committed);
  data.high_watermark = source.end();
  data.last_stable_offset = source.visible_end(true);
  data.log_start_offset = source.start;
  if (from < source.start || from > source.end()) {
    data.error_code = ErrorCode::offset_out_of_range;
    return data;
  }
  if (from >= end) return data;
  data.records = wire::Records(call.buffers.emplace_back(source.read(from, end, size_max)).bytes());
  if (committed)
    for (const FakeLog::AbortedSpan& span : source.aborted)
      if (span.last >= from)
        data.aborted_transactions->push_back(
            {.producer_id = span.producer, .first_offset = span.first, .unknown_tags = {}});
  return data;
}

Task<wire::FetchResponse> FakeCluster::reply(Call& call, const wire::FetchRequest& request) {
  wire::FetchResponse response;
  SeenFetch& seen = fetches.emplace_back();
  seen.session_epoch = request.session_epoch;
  FetchState* state = nullptr;
  FetchState without_session;
  if (call.version >= 7 && request.session_epoch > 0) {
    const auto found = sessions_.find(request.session_id);
    if (found == sessions_.end()) {
      response.error_code = ErrorCode::fetch_session_id_not_found;
      co_return response;
    }
    if (found->second.epoch + 1 != request.session_epoch) {
      response.error_code = ErrorCode::invalid_fetch_session_epoch;
      co_return response;
    }
    found->second.epoch = request.session_epoch;
    response.session_id = request.session_id;
    state = &found->second;
  } else if (call.version >= 7) {
    sessions_.erase(request.session_id);
    response.session_id = next_session_++;
    state = &sessions_[response.session_id];
  } else {
    state = &without_session;
  }
  const auto name = [this](std::string_view topic, const Uuid& id) {
    return topic.empty() ? name_of(id) : std::string(topic);
  };
  for (const auto& topic : request.forgotten_topics_data)
    for (const PartitionIndex partition : topic.partitions) {
      ++seen.forgotten;
      state->partitions.erase({name(topic.topic, topic.topic_id), partition});
    }
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) {
      ++seen.partitions;
      state->partitions[{name(topic.topic, topic.topic_id), partition.partition}] = {
          partition.fetch_offset, static_cast<std::size_t>(partition.partition_max_bytes)};
    }

  const bool committed = request.isolation_level == 1;
  const auto partitions = state->partitions;
  const SteadyTime deadline = loop_.now() + std::chrono::milliseconds(request.max_wait_ms);
  while (true) {
    std::map<std::string, std::vector<wire::FetchResponse::PartitionData>> found;
    std::size_t size = 0;
    bool failed = false;
    for (const auto& [partition, wish] : partitions) {
      auto data = read_partition(call, partition, wish.first, wish.second, committed);
      size += data.records->size();
      failed = failed || data.error_code != ErrorCode::none;
      // In an incremental answer what has nothing to say is left out.
      const bool says =
          data.error_code != ErrorCode::none || data.records->size() > 0 || request.session_epoch <= 0;
      if (says) found[partition.topic].push_back(std::move(data));
    }
    if (std::cmp_less(size, std::max(request.min_bytes, 0)) && !failed && loop_.now() < deadline &&
        !tasks_.stopping()) {
      (void)co_await appended_.wait_until(deadline);
      continue;
    }
    for (auto& [topic, data] : found) {
      auto& item = response.responses.emplace_back();
      if (call.version >= 13 && topics_.contains(topic))
        item.topic_id = topics_.at(topic).id;
      else
        item.topic = call.keep(topic);
      item.partitions = std::move(data);
    }
    co_return response;
  }
}

Task<wire::ListOffsetsResponse> FakeCluster::reply(Call& call, const wire::ListOffsetsRequest& request) {
  wire::ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.name = topic.name;
    for (const auto& wanted : topic.partitions) {
      auto& partition = item.partitions.emplace_back();
      partition.partition_index = wanted.partition_index;
      partition.error_code = call.error();
      if (partition.error_code != ErrorCode::none) continue;
      const FakeLog& source = log({std::string(topic.name), wanted.partition_index});
      if (source.leader != call.broker) {
        partition.error_code = ErrorCode::not_leader_or_follower;
        continue;
      }
      if (wanted.timestamp == -1)
        partition.offset = source.visible_end(request.isolation_level == 1);
      else if (wanted.timestamp == -2)
        partition.offset = source.start;
      else
        partition.offset = source.find_time(WallTime{std::chrono::milliseconds{wanted.timestamp}});
    }
  }
  co_return response;
}

Task<wire::OffsetForLeaderEpochResponse> FakeCluster::reply(Call& call,
                                                            const wire::OffsetForLeaderEpochRequest& request) {
  wire::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.topic = topic.topic;
    for (const auto& wanted : topic.partitions) {
      auto& partition = item.partitions.emplace_back();
      partition.partition = wanted.partition;
      partition.error_code = call.error();
      const FakeLog& source = log({std::string(topic.topic), wanted.partition});
      if (source.leader != call.broker) partition.error_code = ErrorCode::not_leader_or_follower;
      if (partition.error_code != ErrorCode::none) continue;
      for (const BatchHeader& header : source.headers()) {
        if (header.leader_epoch > wanted.leader_epoch) break;
        partition.leader_epoch = header.leader_epoch;
        partition.end_offset = header.next_offset();
      }
    }
  }
  co_return response;
}

Task<wire::FindCoordinatorResponse> FakeCluster::reply(Call& call, const wire::FindCoordinatorRequest& request) {
  wire::FindCoordinatorResponse response;
  const std::int32_t port = 9000 + coordinator.value;
  if (call.version < 4) {
    response.error_code = call.error();
    response.node_id = coordinator;
    response.host = "fake";
    response.port = port;
    co_return response;
  }
  for (const std::string_view key : request.coordinator_keys) {
    auto& item = response.coordinators.emplace_back();
    item.key = key;
    item.node_id = coordinator;
    item.host = "fake";
    item.port = port;
    item.error_code = call.error();
  }
  co_return response;
}

Task<wire::OffsetCommitResponse> FakeCluster::reply(Call& call, const wire::OffsetCommitRequest& request) {
  wire::OffsetCommitResponse response;
  FakeGroup& target = group(std::string(request.group_id));
  ErrorCode error = call.error();
  if (call.broker != coordinator) error = ErrorCode::not_coordinator;
  if (error == ErrorCode::none)
    error = target.check_commit(request.member_id, request.generation_id_or_member_epoch);
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.name = topic.name;
    for (const auto& committed : topic.partitions) {
      item.partitions.push_back(
          {.partition_index = committed.partition_index, .error_code = error, .unknown_tags = {}});
      if (error == ErrorCode::none)
        target.offsets[{std::string(topic.name), committed.partition_index}] = {
            committed.committed_offset, committed.committed_leader_epoch,
            std::string(committed.committed_metadata.value_or(""))};
    }
  }
  co_return response;
}

Task<wire::OffsetFetchResponse> FakeCluster::reply(Call& call, const wire::OffsetFetchRequest& request) {
  wire::OffsetFetchResponse response;
  for (const auto& wanted : request.groups) {
    auto& item = response.groups.emplace_back();
    item.group_id = wanted.group_id;
    item.error_code = call.broker == coordinator ? call.error() : ErrorCode::not_coordinator;
    if (item.error_code != ErrorCode::none) continue;
    const Offsets& offsets = group(std::string(wanted.group_id)).offsets;
    for (const auto& topic :
         wanted.topics.value_or(std::vector<wire::OffsetFetchRequest::OffsetFetchRequestTopics>{})) {
      auto& answered = item.topics.emplace_back();
      answered.name = topic.name;
      for (const PartitionIndex index : topic.partition_indexes) {
        auto& partition = answered.partitions.emplace_back();
        partition.partition_index = index;
        const auto found = offsets.find({std::string(topic.name), index});
        partition.committed_offset = found == offsets.end() ? Offset{-1} : found->second.offset;
      }
    }
  }
  co_return response;
}

Task<wire::JoinGroupResponse> FakeCluster::reply(Call& call, const wire::JoinGroupRequest& request) {
  wire::JoinGroupResponse response;
  response.error_code = call.broker == coordinator ? call.error() : ErrorCode::not_coordinator;
  if (response.error_code != ErrorCode::none) co_return response;
  const FakeGroup::Joined joined = co_await group(std::string(request.group_id)).join(request);
  response.error_code = joined.error;
  response.generation_id = joined.generation;
  response.protocol_type = "consumer";
  response.protocol_name = call.keep(joined.protocol);
  response.leader = call.keep(joined.leader);
  response.member_id = call.keep(joined.member_id);
  for (const auto& member : joined.members) {
    auto& item = response.members.emplace_back();
    item.member_id = call.keep(member.id);
    if (member.instance_id) item.group_instance_id = call.keep(*member.instance_id);
    item.metadata = as_bytes(call.keep(member.metadata));
  }
  co_return response;
}

Task<wire::SyncGroupResponse> FakeCluster::reply(Call& call, const wire::SyncGroupRequest& request) {
  wire::SyncGroupResponse response;
  response.error_code = call.broker == coordinator ? call.error() : ErrorCode::not_coordinator;
  if (response.error_code != ErrorCode::none) co_return response;
  const FakeGroup::Synced synced = co_await group(std::string(request.group_id)).sync(request);
  response.error_code = synced.error;
  response.assignment = as_bytes(call.keep(synced.assignment));
  co_return response;
}

Task<wire::HeartbeatResponse> FakeCluster::reply(Call& call, const wire::HeartbeatRequest& request) {
  wire::HeartbeatResponse response;
  response.error_code = call.broker == coordinator ? call.error() : ErrorCode::not_coordinator;
  if (response.error_code == ErrorCode::none)
    response.error_code = group(std::string(request.group_id)).heartbeat(request.member_id, request.generation_id);
  co_return response;
}

Task<wire::LeaveGroupResponse> FakeCluster::reply(Call& call, const wire::LeaveGroupRequest& request) {
  wire::LeaveGroupResponse response;
  response.error_code = call.error();
  for (const auto& member : request.members) {
    auto& item = response.members.emplace_back();
    item.member_id = member.member_id;
    item.error_code = group(std::string(request.group_id)).leave(member.member_id);
  }
  co_return response;
}

Task<wire::CreateTopicsResponse> FakeCluster::reply(Call& call, const wire::CreateTopicsRequest& request) {
  wire::CreateTopicsResponse response;
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.name = topic.name;
    item.error_code = call.error();
    if (item.error_code == ErrorCode::none && topics_.contains(std::string(topic.name)))
      item.error_code = ErrorCode::topic_already_exists;
    if (item.error_code != ErrorCode::none) continue;
    create_topic(std::string(topic.name), std::max(topic.num_partitions, 1));
    item.num_partitions = topic.num_partitions;
    item.topic_id = topics_.at(std::string(topic.name)).id;
  }
  co_return response;
}

Task<wire::DeleteRecordsResponse> FakeCluster::reply(Call& call, const wire::DeleteRecordsRequest& request) {
  wire::DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.name = topic.name;
    for (const auto& wanted : topic.partitions) {
      auto& partition = item.partitions.emplace_back();
      partition.partition_index = wanted.partition_index;
      FakeLog& target = log({std::string(topic.name), wanted.partition_index});
      partition.error_code = target.leader == call.broker ? call.error() : ErrorCode::not_leader_or_follower;
      if (partition.error_code != ErrorCode::none) continue;
      target.start = wanted.offset.value < 0 ? target.end() : wanted.offset;
      partition.low_watermark = target.start;
    }
  }
  co_return response;
}

}  // namespace sluice::client
