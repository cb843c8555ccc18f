// coordinator/streams_group.h: one streams group (KIP-1071): the topology of the application, its members, what
// each is to do (the target assignment) and what each does.
//
// A change of members, of topics or of settings makes a new group epoch; the target assignment follows it, and
// each member is brought to its target on its own: first it gives up, then others may take.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "coordinator/configured_topology.h"
#include "coordinator/deadlines.h"
#include "coordinator/streams_member.h"
#include "coordinator/streams_topology.h"
#include "coordinator/topology_description.h"

namespace sluice {

enum class StreamsGroupState : std::uint8_t { empty, not_ready, assigning, reconciling, stable };

/// As StreamsGroupDescribe and ListGroups say it.
std::string_view name(StreamsGroupState state);

/// Of the group as a whole: what its metadata record says.
struct StreamsGroupEpoch {
  std::int32_t epoch = 1;  ///< The first change of members makes it 2, as with Kafka.
  std::int64_t metadata_hash = 0;
  std::int32_t validated_topology = -1;  ///< The topology that the topics have been found fit for; -1: none.
  std::map<std::string, std::string> assignment_configs;  ///< With which targets were last asked for.
  std::int32_t stored_description = -1;                   ///< For whoever keeps descriptions of topologies.
  std::int32_t failed_description = -1;
  friend bool operator==(const StreamsGroupEpoch&, const StreamsGroupEpoch&) = default;
};

/// Which group epoch the target assignment was made for, and when.
struct StreamsTargetEpoch {
  std::int32_t epoch = 1;
  WallTime computed{};  ///< Zero: not computed for who is here now; need not be waited for.
  friend bool operator==(const StreamsTargetEpoch&, const StreamsTargetEpoch&) = default;
};

/// How far a member has got with the state of its tasks, as it said last. Not recorded.
struct TaskOffsets {
  using Offsets = std::map<std::string, std::map<PartitionIndex, std::int64_t>, std::less<>>;
  Offsets offsets;
  Offsets end_offsets;
};

/// Which processes have a task. Two threads of one process cannot both hold a task's state.
class TaskProcesses {
 public:
  void add(const Tasks& tasks, const std::string& process);
  void remove(const Tasks& tasks, const std::string& process);
  bool any(std::string_view subtopology, PartitionIndex partition) const;
  bool has(std::string_view subtopology, PartitionIndex partition, const std::string& process) const;
  friend bool operator==(const TaskProcesses&, const TaskProcesses&) = default;

 private:
  std::map<std::string, std::map<PartitionIndex, std::multiset<std::string>>, std::less<>> processes_;
};

/// What its records say, kept consistent by the setters, each of which takes one record. They are used by replay,
/// and by steps through replay, so that a group is always what its records make.
class StreamsGroup {
 public:
  using Members = std::map<std::string, StreamsMember, std::less<>>;
  using Targets = std::map<std::string, TaskRoles, std::less<>>;

  explicit StreamsGroup(std::string id) : id_(std::move(id)) {}

  void set_epoch(StreamsGroupEpoch epoch) { epoch_ = std::move(epoch); }
  void set_topology(std::optional<StreamsTopology> topology) { topology_ = std::move(topology); }
  void put_member(StreamsMember member);
  void remove_member(std::string_view id);
  void set_target(std::string_view member, TaskRoles tasks);
  void remove_target(std::string_view member);
  void set_target_epoch(const StreamsTargetEpoch& target) { target_epoch_ = target; }

  const std::string& id() const { return id_; }
  const StreamsGroupEpoch& epoch() const { return epoch_; }
  const StreamsTargetEpoch& target_epoch() const { return target_epoch_; }
  /// None before the first member.
  const std::optional<StreamsTopology>& topology() const { return topology_; }
  const Members& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  /// Null if there is none.
  const StreamsMember* find(std::string_view member) const;
  const StreamsMember* by_instance(std::optional<std::string_view> instance_id) const;
  /// Empty if the member has none.
  const TaskRoles& target(std::string_view member) const;
  const Targets& targets() const { return targets_; }
  StreamsGroupState state() const;
  bool reads(std::string_view topic) const;
  // Who has a task, assigned or to be given up.
  const TaskProcesses& active_processes() const { return active_; }
  const TaskProcesses& standby_processes() const { return standby_; }
  const TaskProcesses& warmup_processes() const { return warmup_; }

  /// What is not recorded. By member id.
  struct Timers {
    Deadlines sessions;
    Deadlines rebalances;                    ///< Until when a member has to have given up what it was asked to.
    std::optional<SteadyTime> first_target;  ///< Until then members of a new group gather.

    void cancel(std::string_view member);
    std::optional<SteadyTime> next() const;
  };
  Timers timers;
  bool is_metadata_stale = true;  ///< Topics may have changed since they were last looked at.
  std::optional<ConfiguredTopology> configured;
  std::map<std::string, TaskOffsets, std::less<>> task_offsets;
  std::optional<std::string> shutdown_requested_by;
  TopologyDescriptionSlot description;
  std::int32_t endpoint_epoch = 0;  ///< Grows with each change of who answers queries about what.

  /// Of what is recorded.
  friend bool operator==(const StreamsGroup& a, const StreamsGroup& b);

 private:
  void count(const StreamsMember& member, bool more);

  std::string id_;
  StreamsGroupEpoch epoch_;
  StreamsTargetEpoch target_epoch_;
  std::optional<StreamsTopology> topology_;
  Members members_;
  Targets targets_;

  // What follows from the above.
  std::map<std::string, std::string, std::less<>> by_instance_;
  TaskProcesses active_;
  TaskProcesses standby_;
  TaskProcesses warmup_;
};

}  // namespace sluice
