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

/// A wire request that views what it is given.
wire::JoinGroupRequest request_of(const Join& join);
wire::SyncGroupRequest request_of(const Sync& sync);
wire::OffsetCommitRequest request_of(const Commit& commit);
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
  SteadyTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::milliseconds{1'700'000'000'000}};
  std::uint64_t next_wait_ = 1;
  std::vector<CoordinatorRecord> records_;
  std::map<WaitId, JoinAnswer> joins_;
  std::map<WaitId, SyncAnswer> syncs_;
};

}  // namespace sluice::test
