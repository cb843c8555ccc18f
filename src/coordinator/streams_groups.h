// coordinator/streams_groups.h: the streams groups of one partition of __consumer_offsets (KIP-1071). A pure state
// machine: requests, time and topics go in; changes of state, records and answers come out.
//
// What may be refused is looked at first; then records are made, each taking effect at once, so that the next one
// is decided upon what the log will say.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_cluster.h"
#include "coordinator/group_step.h"
#include "coordinator/streams_answers.h"
#include "coordinator/streams_group.h"
#include "coordinator/streams_records.h"
#include "wire/api/streams_group_heartbeat.h"

namespace sluice {

class StreamsGroups {
 public:
  using ById = std::map<std::string, StreamsGroup, std::less<>>;
  using Request = wire::StreamsGroupHeartbeatRequest;
  struct Joining;

  // Replay. The order of records is that of their offsets.
  void reset();
  Result<void> replay(const StreamsGroupKey& key, std::optional<Bytes> value);
  /// Begins to watch members.
  void resume(const GroupStep& step);
  /// A group of another kind has taken the name over.
  void erase(std::string_view group);

  // Requests.
  /// Whether a heartbeat says what it has to say. Errors: invalid_request, streams_invalid_topology.
  static Granted<void> check(const Request& request);
  /// Whether a member's heartbeat, which is checked, can be taken, changing nothing. `name_taken`: there is a
  /// group of another kind under the name, which has members or is not a classic one.
  Granted<Joining> look_at(const GroupStep& step, const Request& request, const GroupClient& client,
                           bool name_taken) const;
  /// Takes a heartbeat that has been looked at.
  StreamsHeartbeatAnswer beat(GroupStep& step, const Request& request, const GroupClient& client, Joining joining);
  /// A heartbeat of a member that goes, for good or for a while.
  Granted<StreamsHeartbeatAnswer> leave(GroupStep& step, const Request& request, bool name_taken);
  DescribedStreamsGroup describe(std::string_view group, bool name_taken) const;
  /// Keeps a member's description of the topology. Errors: group_id_not_found, unknown_member_id, invalid_request
  /// (it is of another epoch), streams_topology_description_update_failed.
  Granted<void> take_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request,
                                 bool name_taken);
  /// The member that commits offsets; null: whoever it is, it may. Errors: unknown_member_id, stale_member_epoch.
  Granted<const StreamsMember*> committing_member(const StreamsGroup& group, std::string_view member,
                                                  std::int32_t epoch) const;
  /// Whether a member may commit the offset of a partition under an epoch that may be an earlier one of its own.
  static ErrorCode may_commit(const StreamsGroup& group, const StreamsMember* member, std::int32_t epoch,
                              std::string_view topic, PartitionIndex partition);
  /// Forgets a group.
  void bury(GroupStep& step, std::string_view group);

  // Time and topics.
  void set_cluster(GroupCluster cluster, const GroupClusterChange& change);
  std::optional<SteadyTime> next_deadline() const { return deadlines_.next(); }
  void expire(GroupStep& step);

  const ById& all() const { return groups_; }
  const StreamsGroup* find(std::string_view group) const;

 private:
  StreamsGroup* find_to_change(std::string_view group);
  void emit(GroupStep& step, Result<CoordinatorRecord> record);
  void watch(std::string_view group);

  // streams_groups_join.cc
  Granted<void> look_at_member(const Request& request, const StreamsGroup* group, Joining& joining) const;
  Granted<void> look_at_topology(const GroupStep& step, const Request& request, const StreamsGroup* group,
                                 Joining& joining) const;
  std::int64_t hash_of_topics(const StreamsTopology& topology) const;
  std::map<std::string, std::string> assignment_configs(std::string_view group) const;

  // streams_groups.cc
  void replace_member(GroupStep& step, const std::string& group, const Joining& joining);
  bool put_member(GroupStep& step, const std::string& group, const Request& request, const Joining& joining);
  void update_targets(GroupStep& step, StreamsGroup& group, std::vector<StreamsStatusNote>& notes);
  StreamsMember reconcile_member(GroupStep& step, StreamsGroup& group, const std::string& member,
                                 const std::optional<TaskRoles>& reported);
  void tell_endpoints(StreamsHeartbeatAnswer& answer, const StreamsGroup& group, std::int32_t known_epoch) const;
  void compute_first_target(GroupStep& step, StreamsGroup& group);
  void fence(GroupStep& step, StreamsGroup& group, const std::string& member);

  GroupCluster cluster_;
  ById groups_;
  Deadlines deadlines_;  ///< By group.
};

/// A request that has been looked at, and how things were before it.
struct StreamsGroups::Joining {
  StreamsMember before;                     ///< As the group has it, or new.
  StreamsMember after;                      ///< As the request makes it.
  bool is_new = false;                      ///< The group does not have it yet.
  std::optional<std::string> replaces;      ///< The id that a static member went by until now.
  std::optional<StreamsTopology> topology;  ///< None: the group has one.
  std::int64_t metadata_hash = 0;           ///< Of the topics as they are, as far as they have been looked at.
  std::optional<ConfiguredTopology> configured;  ///< None: what the group has is up to date.
  std::optional<TaskRoles> reported;
  std::optional<TaskOffsets::Offsets> offsets;
  std::optional<TaskOffsets::Offsets> end_offsets;
};

}  // namespace sluice
