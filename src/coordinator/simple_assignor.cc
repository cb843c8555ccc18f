// coordinator/simple_assignor.cc: how share groups share out partitions (KIP-932): every partition has a member,
// every member a partition; several members may have the same one.
#include <algorithm>
#include <utility>

#include "coordinator/group_assignor.h"

namespace sluice {
namespace {

using Partition = std::pair<Uuid, PartitionIndex>;

class SimpleAssignment {
 public:
  explicit SimpleAssignment(const AssignorInput& input) : input_(input), assigned_(input.members.size()) {
    for (const auto& [topic, count] : input.partition_counts)
      for (std::int32_t i = 0; i < count; ++i) shared_[{topic, {i}}] = 0;
  }

  GroupAssignment run() {
    keep_what_fits();
    give_each_partition_a_member();
    give_each_member_a_partition();
    return std::move(assigned_);
  }

 private:
  bool subscribes(std::size_t member, const Uuid& topic) const {
    return std::ranges::binary_search(input_.members[member].topics, topic);
  }
  void give(std::size_t member, const Partition& partition) {
    assigned_[member][partition.first].insert(partition.second);
    ++shared_[partition];
  }

  /// What members had stays with them as long as nobody has more than a fair share of it.
  void keep_what_fits() {
    const std::size_t members = input_.members.size(), partitions = shared_.size();
    if (members == 0 || partitions == 0) return;
    const std::size_t sharers_max = (members + partitions - 1) / partitions;
    const std::size_t partitions_max =
        std::max<std::size_t>((partitions * sharers_max + members - 1) / members, 1);
    for (std::size_t member = 0; member < members; ++member) {
      const AssignedPartitions* before = input_.members[member].assigned;
      if (before == nullptr) continue;
      for (const auto& [topic, indexes] : *before)
        for (const PartitionIndex index : indexes) {
          const auto shared = shared_.find({topic, index});
          const bool fits = shared != shared_.end() && shared->second < sharers_max && subscribes(member, topic) &&
                            count_partitions(assigned_[member]) < partitions_max;
          if (fits) give(member, shared->first);
        }
    }
  }

  void give_each_partition_a_member() {
    for (auto& [partition, sharers] : shared_) {
      if (sharers > 0) continue;
      std::optional<std::size_t> least;
      for (std::size_t member = 0; member < input_.members.size(); ++member)
        if (subscribes(member, partition.first) &&
            (!least || count_partitions(assigned_[member]) < count_partitions(assigned_[*least])))
          least = member;
      if (least) give(*least, partition);
    }
  }

  void give_each_member_a_partition() {
    for (std::size_t member = 0; member < input_.members.size(); ++member) {
      if (!assigned_[member].empty()) continue;
      const Partition* least = nullptr;
      for (const auto& [partition, sharers] : shared_)
        if (subscribes(member, partition.first) && (least == nullptr || sharers < shared_.at(*least)))
          least = &partition;
      if (least != nullptr) give(member, *least);
    }
  }

  const AssignorInput& input_;
  GroupAssignment assigned_;
  std::map<Partition, std::size_t> shared_;  ///< With how many members each has.
};

}  // namespace

GroupAssignment assign_simple(const AssignorInput& input) { return SimpleAssignment(input).run(); }

}  // namespace sluice
