#include "metadata/metadata_changes.h"

#include <algorithm>

namespace sluice {
namespace {

template <class Nodes>
std::vector<NodeId> changed_nodes(const std::set<NodeId>& touched, const Nodes& before, const Nodes& after) {
  std::vector<NodeId> changed;
  for (const NodeId id : touched) {
    const auto was = before.find(id);
    const auto is = after.find(id);
    const bool same = was == before.end() || is == after.end() ? (was == before.end()) == (is == after.end())
                                                               : *was->second == *is->second;
    if (!same) changed.push_back(id);
  }
  return changed;
}

}  // namespace

void TouchedMetadata::merge(TouchedMetadata other) {
  topics.merge(other.topics);
  configs.merge(other.configs);
  brokers.merge(other.brokers);
  controllers.merge(other.controllers);
}

std::vector<PartitionIndex> TopicChange::partitions() const {
  const std::size_t was = before ? before->partition_count() : 0;
  const std::size_t is = after ? after->partition_count() : 0;
  std::vector<PartitionIndex> changed;
  for (std::size_t at = 0; at < std::max(was, is); ++at) {
    const PartitionIndex index{static_cast<std::int32_t>(at)};
    const PartitionImage* old = before ? before->partition(index) : nullptr;
    const PartitionImage* now = after ? after->partition(index) : nullptr;
    if (old == now || (old != nullptr && now != nullptr && *old == *now)) continue;
    changed.push_back(index);
  }
  return changed;
}

bool MetadataChanges::empty() const {
  return topics.empty() && configs.empty() && brokers.empty() && controllers.empty() && !features &&
         !client_quotas && !acls && !scram && !delegation_tokens;
}

MetadataChanges MetadataChanges::between(const MetadataImage& before, const MetadataImage& after,
                                         const TouchedMetadata& touched) {
  MetadataChanges changes;
  for (const Uuid& id : touched.topics) {
    TopicChange change{before.topics.shared(id), after.topics.shared(id)};
    if (change.before == change.after) continue;  // Made and deleted again, both null, included.
    if (change.before && change.after && *change.before == *change.after) continue;
    changes.topics.push_back(std::move(change));
  }
  for (const ConfigResource& resource : touched.configs)
    if (before.configs.of(resource.type, resource.name) != after.configs.of(resource.type, resource.name))
      changes.configs.push_back(resource);
  changes.brokers = changed_nodes(touched.brokers, before.cluster.brokers(), after.cluster.brokers());
  changes.controllers =
      changed_nodes(touched.controllers, before.cluster.controllers(), after.cluster.controllers());
  changes.features = !(before.features == after.features);
  changes.client_quotas = !(before.client_quotas == after.client_quotas);
  changes.acls = !(before.acls == after.acls);
  changes.scram = !(before.scram == after.scram);
  changes.delegation_tokens = !(before.delegation_tokens == after.delegation_tokens);
  return changes;
}

}  // namespace sluice
