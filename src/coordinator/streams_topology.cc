#include "coordinator/streams_topology.h"

#include <algorithm>

namespace sluice {
namespace {

template <class TopicInfos>
std::vector<StreamsTopic> topics_of(const TopicInfos& infos) {
  std::vector<StreamsTopic> topics;
  for (const auto& info : infos) {
    StreamsTopic& topic = topics.emplace_back();
    topic.name = info.name;
    topic.partitions = info.partitions;
    topic.replication_factor = info.replication_factor;
    for (const auto& config : info.topic_configs) topic.configs.emplace_back(config.key, config.value);
  }
  return topics;
}

template <class Topology>
StreamsTopology read_topology(const Topology& topology) {
  StreamsTopology read;
  read.epoch = topology.epoch;
  for (const auto& from : topology.subtopologies) {
    StreamsSubtopology& subtopology = read.subtopologies.emplace_back();
    subtopology.id = from.subtopology_id;
    subtopology.source_topics.assign(from.source_topics.begin(), from.source_topics.end());
    subtopology.source_patterns.assign(from.source_topic_regex.begin(), from.source_topic_regex.end());
    subtopology.changelogs = topics_of(from.state_changelog_topics);
    subtopology.repartition_sinks.assign(from.repartition_sink_topics.begin(), from.repartition_sink_topics.end());
    subtopology.repartition_sources = topics_of(from.repartition_source_topics);
    for (const auto& group : from.copartition_groups)
      subtopology.copartition_groups.push_back({.source_topics = group.source_topics,
                                                .source_patterns = group.source_topic_regex,
                                                .repartition_sources = group.repartition_source_topics});
  }
  return read;
}

bool lie_in(const std::vector<std::int16_t>& places, std::size_t size) {
  return std::ranges::all_of(places, [&](std::int16_t place) { return place >= 0 && std::cmp_less(place, size); });
}

std::vector<wire::StreamsGroupTopologyValue::TopicInfo> infos_of(const std::vector<StreamsTopic>& topics) {
  std::vector<wire::StreamsGroupTopologyValue::TopicInfo> infos;
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

}  // namespace

std::set<std::string, std::less<>> StreamsTopology::required_topics() const {
  std::set<std::string, std::less<>> names;
  for (const StreamsSubtopology& subtopology : subtopologies) {
    names.insert(subtopology.source_topics.begin(), subtopology.source_topics.end());
    for (const StreamsTopic& topic : subtopology.repartition_sources) names.insert(topic.name);
    for (const StreamsTopic& topic : subtopology.changelogs) names.insert(topic.name);
  }
  return names;
}

const StreamsSubtopology* StreamsTopology::reader_of(std::string_view topic) const {
  for (const StreamsSubtopology& subtopology : subtopologies)
    if (std::ranges::find(subtopology.source_topics, topic) != subtopology.source_topics.end() ||
        std::ranges::find(subtopology.repartition_sources, topic, &StreamsTopic::name) !=
            subtopology.repartition_sources.end())
      return &subtopology;
  return nullptr;
}

bool is_same(const StreamsTopology& a, const StreamsTopology& b) {
  StreamsTopology sorted_a = a, sorted_b = b;
  std::ranges::sort(sorted_a.subtopologies, {}, &StreamsSubtopology::id);
  std::ranges::sort(sorted_b.subtopologies, {}, &StreamsSubtopology::id);
  return sorted_a == sorted_b;
}

Granted<StreamsTopology> topology_of(const wire::StreamsGroupHeartbeatRequest::Topology& topology) {
  StreamsTopology read = read_topology(topology);
  if (read.epoch < 0) return refused(ErrorCode::streams_invalid_topology, "Topology epoch must be non-negative.");
  std::set<std::string_view> ids;
  for (const StreamsSubtopology& subtopology : read.subtopologies) {
    if (!ids.insert(subtopology.id).second)
      return refused(ErrorCode::streams_invalid_topology, "Subtopology {} is declared twice.", subtopology.id);
    for (const CopartitionGroup& group : subtopology.copartition_groups)
      if (!lie_in(group.source_topics, subtopology.source_topics.size()) ||
          !lie_in(group.repartition_sources, subtopology.repartition_sources.size()))
        return refused(ErrorCode::streams_invalid_topology,
                       "A copartition group of subtopology {} has topics that the subtopology does not have.",
                       subtopology.id);
  }
  return read;
}

StreamsTopology topology_of(const wire::StreamsGroupTopologyValue& value) { return read_topology(value); }

wire::StreamsGroupTopologyValue value_of(const StreamsTopology& topology) {
  wire::StreamsGroupTopologyValue value;
  value.epoch = topology.epoch;
  for (const StreamsSubtopology& from : topology.subtopologies) {
    auto& subtopology = value.subtopologies.emplace_back();
    subtopology.subtopology_id = from.id;
    subtopology.source_topics.assign(from.source_topics.begin(), from.source_topics.end());
    subtopology.source_topic_regex.assign(from.source_patterns.begin(), from.source_patterns.end());
    subtopology.state_changelog_topics = infos_of(from.changelogs);
    subtopology.repartition_sink_topics.assign(from.repartition_sinks.begin(), from.repartition_sinks.end());
    subtopology.repartition_source_topics = infos_of(from.repartition_sources);
    for (const CopartitionGroup& group : from.copartition_groups)
      subtopology.copartition_groups.push_back({.source_topics = group.source_topics,
                                                .source_topic_regex = group.source_patterns,
                                                .repartition_source_topics = group.repartition_sources,
                                                .unknown_tags = {}});
  }
  return value;
}

}  // namespace sluice
