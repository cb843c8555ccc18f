#include "controller/leadership.h"

#include <algorithm>
#include <functional>

#include "base/number_text.h"
#include "controller/partition_change.h"
#include "metadata/directory_id.h"

namespace sluice {
namespace {

constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";
constexpr std::string_view kUncleanElection = "unclean.leader.election.enable";

bool contains(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

/// Whether the directory with the broker's replica is there, as far as the broker has told.
bool has_replica(const BrokerImage& broker, const PartitionImage& partition) {
  const Uuid directory = partition.directory_of(broker.id);
  if (directory == kDirectoryUnassigned || directory == kDirectoryMigrating) return true;
  if (directory == kDirectoryLost) return false;
  return broker.log_dirs.empty() || broker.has_log_dir(directory);
}

/// What happens to brokers; each none if it happens to no broker.
struct BrokerEvent {
  NodeId leaves = kNoLeader;
  NodeId returns = kNoLeader;
  NodeId unclean = kNoLeader;
};

bool may_lead(const MetadataImage& image, const PartitionImage& partition, const BrokerEvent& event, NodeId id) {
  if (id == event.leaves || id == event.unclean) return false;
  const BrokerImage* broker = image.broker(id);
  if (broker == nullptr || !has_replica(*broker, partition)) return false;
  return id == event.returns || broker->is_active();  // The image shows it as fenced yet.
}

using Concerned = std::function<bool(const PartitionImage&)>;

void add_records(const DecisionContext& context, const BrokerEvent& event, const Concerned& concerned,
                 RecordList& records) {
  const MetadataImage& image = context.image;
  const MetadataVersion version = image.metadata_version();
  for (const TopicImage* topic : image.topics.sorted_by_id()) {
    for (std::size_t i = 0; i < topic->partition_count(); ++i) {
      const PartitionIndex index{static_cast<std::int32_t>(i)};
      const PartitionImage* partition = topic->partition(index);
      if (partition == nullptr || !concerned(*partition)) continue;
      PartitionChange change{
          .partition = *partition,
          .topic_id = topic->id(),
          .index = index,
          .version = version,
          .elr_enabled = image.elr_enabled(),
          .min_insync_replicas = min_insync_replicas(context, *topic),
          .election = unclean_election_enabled(context, topic->name()) ? Election::unclean : Election::online,
          .may_lead = [&image, partition, &event](NodeId id) { return may_lead(image, *partition, event, id); },
          .isr = partition->isr,
          .unclean_shutdowns = {},
      };
      std::erase_if(change.isr, [&event](NodeId id) { return id == event.leaves || id == event.unclean; });
      if (event.unclean != kNoLeader) change.unclean_shutdowns = {event.unclean};
      if (const auto record = decide_partition_change(change))
        records.add(*record, partition_change_record_version(version));
    }
  }
}

}  // namespace

std::int64_t topic_setting(const DecisionContext& context, std::string_view topic, std::string_view key) {
  if (const std::string* text = context.image.configs.find(ConfigResourceType::topic, topic, key))
    if (const auto value = parse_number<std::int64_t>(*text)) return *value;
  return context.config.int64(key);
}

std::size_t min_insync_replicas(const DecisionContext& context, const TopicImage& topic) {
  std::int64_t min = topic_setting(context, topic.name(), kMinInsyncReplicas);
  const PartitionImage* first = topic.partition({0});
  if (first != nullptr) min = std::min(min, static_cast<std::int64_t>(first->replicas.size()));
  return static_cast<std::size_t>(std::max<std::int64_t>(min, 1));
}

bool unclean_election_enabled(const DecisionContext& context, std::string_view topic) {
  if (const std::string* text = context.image.configs.find(ConfigResourceType::topic, topic, kUncleanElection))
    return *text == "true";
  return context.config.boolean(kUncleanElection);
}

bool leads_any(const MetadataImage& image, NodeId broker) {
  return std::ranges::any_of(image.topics.unsorted(), [broker](const TopicImage* topic) {
    return std::ranges::any_of(topic->partitions(), [broker](const auto& partition) {
      return partition != nullptr && partition->leader == broker;
    });
  });
}

void add_leave_records(const DecisionContext& context, NodeId broker, RecordList& records) {
  add_records(
      context, {.leaves = broker},
      [broker](const PartitionImage& partition) {
        return partition.leader == broker || contains(partition.isr, broker);
      },
      records);
}

void add_unclean_leave_records(const DecisionContext& context, NodeId broker, RecordList& records) {
  add_records(
      context, {.unclean = broker},
      [broker](const PartitionImage& partition) {
        return partition.leader == broker || contains(partition.isr, broker) || contains(partition.elr, broker);
      },
      records);
}

void add_lost_directory_records(const DecisionContext& context, NodeId broker,
                                const std::vector<Uuid>& directories, RecordList& records) {
  const auto concerned = [broker, &directories](const PartitionImage& partition) {
    if (partition.leader != broker && !contains(partition.isr, broker)) return false;
    return std::ranges::find(directories, partition.directory_of(broker)) != directories.end();
  };
  add_records(context, {.leaves = broker}, concerned, records);
}

void add_return_records(const DecisionContext& context, NodeId broker, RecordList& records) {
  add_records(
      context, {.returns = broker}, [](const PartitionImage& partition) { return !partition.has_leader(); },
      records);
}

}  // namespace sluice
