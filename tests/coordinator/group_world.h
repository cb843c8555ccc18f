// coordinator/group_world.h: the groups' state machine on a clock that the test moves. Records are kept in a list
// that stands for the log.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/groups.h"

namespace sluice::test {

using namespace std::chrono_literals;

/// A JoinGroup in the words of a test; the defaults are those of a consumer that knows the protocol's newest
/// version.
struct Join {
  std::string group = "g";
  std::string member = {};
  std::optional<std::string> instance = {};
  std::string client = "c";
  std::chrono::milliseconds session = 10s;
  std::chrono::milliseconds rebalance = 60s;
  std::string protocol_type = "consumer";
  std::vector<GroupProtocol> protocols = {{"range", "topics"}};
  std::int16_t version = 9;
};

struct Sync {
  std::string group = "g";
  std::string member;
  std::int32_t generation = 0;
  std::map<std::string, std::string> assignments = {};
  std::optional<std::string> instance = {};
};

struct Commit {
  std::string group = "g";
  std::string member = {};
  std::int32_t generation = -1;
  std::string topic = "t";
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string metadata = {};
  std::chrono::milliseconds retention{-1};
  std::int16_t version = 9;
};

/// A ConsumerGroupHeartbeat in the words of a test. The defaults are those of a consumer that joins; see `again`.
struct Beat {
  std::string group = "g";
  std::string member = {};
  std::int32_t epoch = 0;
  std::optional<std::string> instance = {};
  std::chrono::milliseconds rebalance = 60s;
  std::optional<std::vector<std::string>> topics = {{"t"}};
  std::optional<std::string> pattern = {};
  std::optional<std::string> assignor = {};
  std::optional<AssignedPartitions> owned = AssignedPartitions{};
  std::string client = "c";
  std::int16_t version = 1;

  /// What a member says when nothing is new; with what it has, if that is to be told.
  static Beat again(std::string member, std::int32_t epoch, std::optional<AssignedPartitions> owned = {}) {
    Beat beat;
    beat.member = std::move(member);
    beat.epoch = epoch;
    beat.rebalance = -1ms;
    beat.topics.reset();
    beat.owned = std::move(owned);
    return beat;
  }
};

/// A StreamsGroupHeartbeat in the words of a test. The defaults are those of a member that joins, but for the
/// topology; see `again`.
struct StreamsBeat {
  std::string group = "s";
  std::string member = {};
  std::int32_t epoch = 0;
  std::optional<std::string> instance = {};
  std::optional<std::string> process = "p";
  std::chrono::milliseconds rebalance = 60s;
  std::optional<StreamsTopology> topology = {};
  std::optional<TaskRoles> owned = TaskRoles{};
  std::optional<StreamsEndpoint> endpoint = {};
  std::int32_t endpoint_epoch = 0;
  std::map<std::string, std::string> tags = {};
  TaskOffsets::Offsets offsets = {};
  bool shutdown = false;
  std::string client = "c";
  std::int16_t version = 1;

  /// What a member says when nothing is new; with what it has, if that is to be told.
  static StreamsBeat again(std::string member, std::int32_t epoch, std::optional<TaskRoles> owned = {}) {
    StreamsBeat beat;
    beat.member = std::move(member);
    beat.epoch = epoch;
    beat.process.reset();
    beat.rebalance = -1ms;
    beat.owned = std::move(owned);
    return beat;
  }
};

/// Tasks of one subtopology.
Tasks tasks_of(std::string_view subtopology, const std::vector<std::int32_t>& partitions);
/// A topology with one subtopology, "0", that reads `source` and, if that is named, keeps a changelog.
StreamsTopology topology_reading(std::string source, std::string changelog = {});

/// The id of the topic of this name, whenever it is created.
Uuid topic_id(std::string_view name);
/// Partitions of one topic.
AssignedPartitions partitions_of(std::string_view topic, const std::vector<std::int32_t>& partitions);
/// A cluster with these topics; `version` tells moments apart.
std::shared_ptr<const MetadataImage> image_of(const std::map<std::string, std::int32_t>& topics,
                                              std::int64_t version = 1);

/// A wire request that views what it is given.
wire::JoinGroupRequest request_of(const Join& join);
wire::SyncGroupRequest request_of(const Sync& sync);
wire::OffsetCommitRequest request_of(const Commit& commit);
wire::StreamsGroupHeartbeatRequest request_of(const StreamsBeat& beat);
wire::OffsetFetchRequest::OffsetFetchRequestGroup fetch_of(std::string_view group, std::string_view topic,
                                                           std::int32_t partition);

/// A subscription of the consumer protocol, version 0.
std::string subscription(const std::vector<std::string>& topics);

class GroupWorld {
 public:
  GroupOptions options;

  /// Sends a JoinGroup and returns what it can be asked for by.
  WaitId join(const Join& join);
  WaitId sync(const Sync& sync);
  ErrorCode heartbeat(const std::string& member, std::int32_t generation, const std::string& group = "g");
  LeaveAnswer leave(const std::vector<std::pair<std::string, std::optional<std::string>>>& members,
                    const std::string& group = "g");
  OffsetsAnswer commit(const Commit& commit);
  std::int64_t fetch(const std::string& topic, std::int32_t partition, const std::string& group = "g") const;
  ErrorCode delete_group(const std::string& group = "g");
  OffsetsAnswer delete_offset(const std::string& topic, std::int32_t partition, const std::string& group = "g");
  void expire_offsets();
  ConsumerHeartbeatAnswer beat(const Beat& beat);
  StreamsHeartbeatAnswer streams_beat(const StreamsBeat& beat);
  /// Sets the topics of the cluster, by name, and their partitions.
  void set_topics(std::map<std::string, std::int32_t> topics);
  void set_settings(std::shared_ptr<const GroupSettings> settings);
  DescribedConsumerGroup describe_consumers(const std::string& group = "g") const {
    return groups_.describe_consumer_group(options, group);
  }

  DescribedStreamsGroup describe_streams(const std::string& group = "s") const {
    return groups_.describe_streams_group(group);
  }

  Granted<void> take_topology_description(const wire::StreamsGroupTopologyDescriptionUpdateRequest& request) {
    return groups_.take_topology_description(request);
  }

  /// Nothing while the request waits.
  const JoinAnswer* joined(WaitId wait) const;
  const SyncAnswer* synced(WaitId wait) const;

  /// Lets time pass; what falls due happens at its own time.
  void advance(std::chrono::milliseconds duration);

  /// A dynamic member through both of its JoinGroups: returns the second.
  WaitId join_twice(Join join);
  /// Makes a stable group of `count` members, whose assignments are "a0", "a1" …; returns their ids, the leader
  /// first.
  std::vector<std::string> gather(std::size_t count, const Join& like = {});

  const ClassicGroup& group(const std::string& id = "g") const { return groups_.classic_groups().at(id); }
  bool has_group(const std::string& id = "g") const { return groups_.classic_groups().contains(id); }
  const ConsumerGroup& consumers(const std::string& id = "g") const { return groups_.consumer_groups().at(id); }
  bool has_consumers(const std::string& id = "g") const { return groups_.consumer_groups().contains(id); }
  const StreamsGroup& streams(const std::string& id = "s") const { return *groups_.streams().find(id); }
  bool has_streams(const std::string& id = "s") const { return groups_.streams().find(id) != nullptr; }
  const Groups& groups() const { return groups_; }
  const std::vector<CoordinatorRecord>& records() const { return records_; }
  /// What replaying all records makes, watched from now on.
  Groups replayed();
  /// Loses what is in memory and replays the records; everything that waited is gone.
  void restart() { groups_ = replayed(); }
  WallTime wall() const { return wall_; }

 private:
  template <class F>
  auto run(F step);
  void keep(GroupEffects effects);

  Groups groups_;
  std::map<std::string, std::int32_t> topics_;
  GroupCluster cluster_;
  SteadyTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::milliseconds{1'700'000'000'000}};
  std::uint64_t next_wait_ = 1;
  std::vector<CoordinatorRecord> records_;
  std::map<WaitId, JoinAnswer> joins_;
  std::map<WaitId, SyncAnswer> syncs_;
};

}  // namespace sluice::test
