#include "coordinator/group_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace sluice::test {

wire::JoinGroupRequest request_of(const Join& join) {
  wire::JoinGroupRequest request;
  request.group_id = join.group;
  request.session_timeout_ms = static_cast<std::int32_t>(join.session.count());
  request.rebalance_timeout_ms = static_cast<std::int32_t>(join.rebalance.count());
  request.member_id = join.member;
  if (join.instance) request.group_instance_id = *join.instance;
  request.protocol_type = join.protocol_type;
  for (const GroupProtocol& protocol : join.protocols)
    request.protocols.push_back(
        {.name = protocol.name, .metadata = as_bytes(protocol.metadata), .unknown_tags = {}});
  return request;
}

wire::SyncGroupRequest request_of(const Sync& sync) {
  wire::SyncGroupRequest request;
  request.group_id = sync.group;
  request.generation_id = sync.generation;
  request.member_id = sync.member;
  if (sync.instance) request.group_instance_id = *sync.instance;
  for (const auto& [member, assignment] : sync.assignments)
    request.assignments.push_back({.member_id = member, .assignment = as_bytes(assignment), .unknown_tags = {}});
  return request;
}

wire::OffsetCommitRequest request_of(const Commit& commit) {
  wire::OffsetCommitRequest request;
  request.group_id = commit.group;
  request.generation_id_or_member_epoch = commit.generation;
  request.member_id = commit.member;
  request.retention_time_ms = commit.retention.count();
  auto& topic = request.topics.emplace_back();
  topic.name = commit.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = {commit.partition};
  partition.committed_offset = {commit.offset};
  partition.committed_metadata = commit.metadata;
  return request;
}

wire::OffsetFetchRequest::OffsetFetchRequestGroup fetch_of(std::string_view group, std::string_view topic,
                                                           std::int32_t partition) {
  wire::OffsetFetchRequest::OffsetFetchRequestGroup request;
  request.group_id = group;
  auto& asked = request.topics.emplace().emplace_back();
  asked.name = topic;
  asked.partition_indexes.push_back({partition});
  return request;
}

std::string subscription(const std::vector<std::string>& topics) {
  Buffer bytes(6);
  store(bytes.bytes(), 0, std::int16_t{0});
  store(bytes.bytes(), 2, static_cast<std::int32_t>(topics.size()));
  for (const std::string& topic : topics) {
    const std::size_t at = bytes.size();
    bytes.resize(at + 2);
    store(bytes.bytes(), at, static_cast<std::int16_t>(topic.size()));
    bytes.append(as_bytes(topic));
  }
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof(std::int32_t));
  store(bytes.bytes(), end, std::int32_t{-1});  // No user data.
  return std::string(as_text(bytes.bytes()));
}

Uuid topic_id(std::string_view name) {
  Uuid id;
  id.bytes.fill(std::byte{0x11});
  for (std::size_t i = 0; i < std::min(name.size(), id.bytes.size()); ++i)
    id.bytes[i] = static_cast<std::byte>(name[i]);
  return id;
}

AssignedPartitions partitions_of(std::string_view topic, const std::vector<std::int32_t>& partitions) {
  AssignedPartitions assigned;
  for (const std::int32_t partition : partitions) assigned[topic_id(topic)].insert(PartitionIndex{partition});
  return assigned;
}

std::shared_ptr<const MetadataImage> image_of(const std::map<std::string, std::int32_t>& topics,
                                              std::int64_t version) {
  TopicsEditor editor{TopicsImage{}};
  for (const auto& [name, count] : topics) {
    SLUICE_ASSERT(editor.add(name, topic_id(name)).has_value());
    TopicImage* topic = editor.open(topic_id(name));
    for (std::int32_t i = 0; i < count; ++i) {
      auto partition = std::make_shared<PartitionImage>();
      partition->replicas = {NodeId{1}};
      SLUICE_ASSERT(topic->set_partition({i}, std::move(partition)).has_value());
    }
  }
  auto image = std::make_shared<MetadataImage>();
  image->topics = editor.finish();
  image->provenance.last_offset = Offset{version};
  return image;
}

Tasks tasks_of(std::string_view subtopology, const std::vector<std::int32_t>& partitions) {
  Tasks tasks;
  for (const std::int32_t partition : partitions) tasks[std::string(subtopology)].insert({partition});
  return tasks;
}

StreamsTopology topology_reading(std::string source, std::string changelog) {
  StreamsTopology topology;
  StreamsSubtopology& subtopology = topology.subtopologies.emplace_back();
  subtopology.id = "0";
  subtopology.source_topics = {std::move(source)};
  if (!changelog.empty()) subtopology.changelogs.push_back({.name = std::move(changelog), .configs = {}});
  return topology;
}

namespace {

using StreamsRequest = wire::StreamsGroupHeartbeatRequest;

std::vector<StreamsRequest::TaskIds> ids_of(const Tasks& tasks) {
  std::vector<StreamsRequest::TaskIds> ids;
  for (const auto& [subtopology, partitions] : tasks)
    ids.push_back(
        {.subtopology_id = subtopology, .partitions = {partitions.begin(), partitions.end()}, .unknown_tags = {}});
  return ids;
}

std::vector<StreamsRequest::TopicInfo> infos_of(const std::vector<StreamsTopic>& topics) {
  std::vector<StreamsRequest::TopicInfo> infos;
  for (const StreamsTopic& topic : topics) {
    auto& info = infos.emplace_back();
    info.name = topic.name;
    info.partitions = topic.partitions;
    info.replication_factor = topic.replication_factor;
    for (const auto& [key, value] : topic.configs)
      info.topic_configs.push_back({.key = key, .value = value, .unknown_tags = {}});
  }
  return infos;
}

StreamsRequest::Topology request_of(const StreamsTopology& topology) {
  StreamsRequest::Topology request;
  request.epoch = topology.epoch;
  for (const StreamsSubtopology& from : topology.subtopologies) {
    auto& subtopology = request.subtopologies.emplace_back();
    subtopology.subtopology_id = from.id;
    subtopology.source_topics.assign(from.source_topics.begin(), from.source_topics.end());
    subtopology.source_topic_regex.assign(from.source_patterns.begin(), from.source_patterns.end());
    subtopology.repartition_sink_topics.assign(from.repartition_sinks.begin(), from.repartition_sinks.end());
    subtopology.state_changelog_topics = infos_of(from.changelogs);
    subtopology.repartition_source_topics = infos_of(from.repartition_sources);
    for (const CopartitionGroup& group : from.copartition_groups)
      subtopology.copartition_groups.push_back({.source_topics = group.source_topics,
                                                .source_topic_regex = group.source_patterns,
                                                .repartition_source_topics = group.repartition_sources,
                                                .unknown_tags = {}});
  }
  return request;
}

}  // namespace

wire::StreamsGroupHeartbeatRequest request_of(const StreamsBeat& beat) {
  StreamsRequest request;
  request.group_id = beat.group;
  request.member_id = beat.member;
  request.member_epoch = beat.epoch;
  request.endpoint_information_epoch = beat.endpoint_epoch;
  if (beat.instance) request.instance_id = *beat.instance;
  if (beat.process) request.process_id = *beat.process;
  request.rebalance_timeout_ms = static_cast<std::int32_t>(beat.rebalance.count());
  if (beat.topology) request.topology = request_of(*beat.topology);
  if (beat.owned) {
    request.active_tasks = ids_of(beat.owned->active);
    request.standby_tasks = ids_of(beat.owned->standby);
    request.warmup_tasks = ids_of(beat.owned->warmup);
  }
  if (beat.endpoint)
    request.user_endpoint = {.host = beat.endpoint->host, .port = beat.endpoint->port, .unknown_tags = {}};
  if (!beat.tags.empty()) request.client_tags.emplace();
  for (const auto& [key, value] : beat.tags)
    request.client_tags->push_back({.key = key, .value = value, .unknown_tags = {}});
  if (!beat.offsets.empty()) request.task_offsets.emplace();
  for (const auto& [subtopology, offsets] : beat.offsets)
    for (const auto& [partition, offset] : offsets)
      request.task_offsets->push_back(
          {.subtopology_id = subtopology, .partition = partition, .offset = offset, .unknown_tags = {}});
  request.shutdown_application = beat.shutdown;
  return request;
}

template <class F>
auto GroupWorld::run(F work) {
  GroupEffects effects;
  GroupStep step{now_, wall_, options, effects};
  if constexpr (std::is_void_v<decltype(work(step))>) {
    work(step);
    keep(std::move(effects));
  } else {
    auto result = work(step);
    keep(std::move(effects));
    return result;
  }
}

void GroupWorld::keep(GroupEffects effects) {
  for (CoordinatorRecord& record : effects.records) records_.push_back(std::move(record));
  for (auto& [wait, answer] : effects.joins) SLUICE_ASSERT(joins_.emplace(wait, std::move(answer)).second);
  for (auto& [wait, answer] : effects.syncs) SLUICE_ASSERT(syncs_.emplace(wait, std::move(answer)).second);
}

WaitId GroupWorld::join(const Join& join) {
  const WaitId wait{next_wait_++};
  const GroupClient client{.client_id = join.client, .host = "/127.0.0.1", .version = join.version};
  const std::string new_id = fmt::format("{}-{}", join.instance.value_or(join.client), wait.value);
  run([&](GroupStep& step) { groups_.join(step, request_of(join), client, wait, new_id); });
  return wait;
}

WaitId GroupWorld::sync(const Sync& sync) {
  const WaitId wait{next_wait_++};
  run([&](GroupStep& step) { groups_.sync(step, request_of(sync), wait); });
  return wait;
}

ErrorCode GroupWorld::heartbeat(const std::string& member, std::int32_t generation, const std::string& group) {
  wire::HeartbeatRequest request;
  request.group_id = group;
  request.member_id = member;
  request.generation_id = generation;
  return run([&](GroupStep& step) { return groups_.heartbeat(step, request); });
}

LeaveAnswer GroupWorld::leave(const std::vector<std::pair<std::string, std::optional<std::string>>>& members,
                              const std::string& group) {
  wire::LeaveGroupRequest request;
  request.group_id = group;
  for (const auto& [member, instance] : members) {
    auto& leaving = request.members.emplace_back();
    leaving.member_id = member;
    if (instance) leaving.group_instance_id = *instance;
  }
  const GroupClient client{.client_id = "c", .host = "/127.0.0.1", .version = 5};
  return run([&](GroupStep& step) { return groups_.leave(step, request, client); });
}

OffsetsAnswer GroupWorld::commit(const Commit& commit) {
  const GroupClient client{.client_id = "c", .host = "/127.0.0.1", .version = commit.version};
  return run([&](GroupStep& step) { return groups_.commit(step, request_of(commit), client); });
}

std::int64_t GroupWorld::fetch(const std::string& topic, std::int32_t partition, const std::string& group) const {
  return groups_.fetch(fetch_of(group, topic, partition), false).topics.at(0).partitions.at(0).offset.value;
}

ErrorCode GroupWorld::delete_group(const std::string& group) {
  return run([&](GroupStep& step) { return groups_.delete_group(step, group); });
}

OffsetsAnswer GroupWorld::delete_offset(const std::string& topic, std::int32_t partition,
                                        const std::string& group) {
  wire::OffsetDeleteRequest request;
  request.group_id = group;
  request.topics.push_back({.name = topic, .partitions = {{.partition_index = {partition}}}});
  return run([&](GroupStep& step) { return groups_.delete_offsets(step, request); });
}

void GroupWorld::expire_offsets() {
  run([&](GroupStep& step) { groups_.expire_offsets(step); });
}

ConsumerHeartbeatAnswer GroupWorld::beat(const Beat& beat) {
  wire::ConsumerGroupHeartbeatRequest request;
  request.group_id = beat.group;
  request.member_id = beat.member;
  request.member_epoch = beat.epoch;
  if (beat.instance) request.instance_id = *beat.instance;
  request.rebalance_timeout_ms = static_cast<std::int32_t>(beat.rebalance.count());
  if (beat.topics) request.subscribed_topic_names = {beat.topics->begin(), beat.topics->end()};
  if (beat.pattern) request.subscribed_topic_regex = *beat.pattern;
  if (beat.assignor) request.server_assignor = *beat.assignor;
  if (beat.owned) {
    request.topic_partitions.emplace();
    for (const auto& [topic, partitions] : *beat.owned)
      request.topic_partitions->push_back(
          {.topic_id = topic, .partitions = {partitions.begin(), partitions.end()}, .unknown_tags = {}});
  }
  const GroupClient client{.client_id = beat.client, .host = "/127.0.0.1", .version = beat.version};
  return run([&](GroupStep& step) {
    return groups_.consumer_heartbeat(step, request, client, fmt::format("made{}", next_wait_++));
  });
}

StreamsHeartbeatAnswer GroupWorld::streams_beat(const StreamsBeat& beat) {
  const wire::StreamsGroupHeartbeatRequest request = request_of(beat);
  const GroupClient client{.client_id = beat.client, .host = "/127.0.0.1", .version = beat.version};
  return run([&](GroupStep& step) { return groups_.streams_heartbeat(step, request, client); });
}

void GroupWorld::set_topics(std::map<std::string, std::int32_t> topics) {
  GroupClusterChange change;
  for (const auto& [name, count] : topics) {
    const auto before = topics_.find(name);
    if (before == topics_.end()) change.topics_created = true;
    if (before == topics_.end() || before->second != count) change.topics.insert(name);
  }
  for (const auto& [name, count] : topics_)
    if (!topics.contains(name)) change.topics.insert(name);
  cluster_.image = image_of(topics, cluster_.image->provenance.last_offset.value + 1);
  topics_ = std::move(topics);
  groups_.set_cluster(cluster_, change);
}

void GroupWorld::set_settings(std::shared_ptr<const GroupSettings> settings) {
  cluster_.settings = std::move(settings);
  groups_.set_cluster(cluster_, {});
}

const JoinAnswer* GroupWorld::joined(WaitId wait) const {
  const auto found = joins_.find(wait);
  return found == joins_.end() ? nullptr : &found->second;
}

const SyncAnswer* GroupWorld::synced(WaitId wait) const {
  const auto found = syncs_.find(wait);
  return found == syncs_.end() ? nullptr : &found->second;
}

void GroupWorld::advance(std::chrono::milliseconds duration) {
  const SteadyTime end = now_ + duration;
  const auto move_to = [this](SteadyTime time) {
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(time - now_);
    now_ = time;
  };
  for (auto next = groups_.next_deadline(); next && *next <= end; next = groups_.next_deadline()) {
    move_to(std::max(now_, *next));
    run([&](GroupStep& step) { groups_.expire(step); });
  }
  move_to(end);
}

WaitId GroupWorld::join_twice(Join first) {
  const JoinAnswer* told = joined(join(first));
  SLUICE_ASSERT(told != nullptr && told->error == ErrorCode::member_id_required);
  first.member = told->member_id;
  return join(first);
}

std::vector<std::string> GroupWorld::gather(std::size_t count, const Join& like) {
  std::vector<WaitId> waits;
  for (std::size_t i = 0; i < count; ++i) waits.push_back(like.instance ? join(like) : join_twice(like));
  // No longer than they take to gather: who has joined and is not heard of again loses its membership.
  const auto all_joined = [&] {
    return std::ranges::all_of(waits, [this](WaitId wait) { return joined(wait) != nullptr; });
  };
  for (int turn = 0; turn < 20 && !all_joined(); ++turn) advance(options.initial_rebalance_delay);
  std::vector<std::string> ids;
  std::map<std::string, std::string> assignments;
  std::int32_t generation = -1;
  for (const WaitId wait : waits) {
    const JoinAnswer* answer = joined(wait);
    SLUICE_ASSERT(answer != nullptr && answer->error == ErrorCode::none);
    generation = answer->generation;
    ids.insert(answer->leader == answer->member_id ? ids.begin() : ids.end(), answer->member_id);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) assignments[ids[i]] = fmt::format("a{}", i);
  for (const std::string& id : ids)
    sync({.group = like.group, .member = id, .generation = generation, .assignments = assignments});
  SLUICE_ASSERT(group(like.group).state() == ClassicState::stable);
  return ids;
}

Groups GroupWorld::replayed() {
  Groups groups;
  groups.set_cluster(cluster_, {});
  std::int64_t offset = 0;
  for (const CoordinatorRecord& record : records_) {
    const std::optional<Bytes> value = record.value ? std::optional<Bytes>(record.value->bytes()) : std::nullopt;
    SLUICE_ASSERT(groups.replay({{offset++}, std::nullopt, record.key.bytes(), value}));
  }
  run([&](GroupStep& step) { groups.resume(step); });
  return groups;
}

}  // namespace sluice::test
