// server/share_leaders.h: the share partitions of one shard: those of its partitions that share groups are at work
// on.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "config/group_config.h"
#include "replica/partition.h"
#include "server/partition_key.h"
#include "share/share_partition_leader.h"

namespace sluice {

/// Used on its shard. Closed before it is destroyed.
class ShareLeaders {
 public:
  /// `persister` and `dead_letters` outlive this.
  ShareLeaders(Loop& loop, SharePersister& persister, DeadLetters& dead_letters);

  /// Who leads the partition for the group; made when it is first asked for, and anew when the partition has
  /// another leader epoch. What `config` says holds from now on.
  std::shared_ptr<SharePartitionLeader> leader_of(std::string_view group, const PartitionKey& key,
                                                  std::shared_ptr<Partition> partition,
                                                  const ShareGroupConfig& config);
  /// Null where nobody has asked for it since it was led here.
  std::shared_ptr<SharePartitionLeader> find(std::string_view group, const PartitionKey& key) const;
  /// The topics were deleted.
  void forget(const std::set<Uuid>& topics);
  /// The group's state of the partition was begun anew, or deleted: what its leader knows is worth nothing.
  void forget(std::string_view group, const PartitionKey& key);
  /// The member has gone: what it has of the group's records here is given back.
  Task<void> release(std::string group, std::string member);
  /// Ends all; whoever asks for a leader afterwards gets none.
  Task<void> close();

 private:
  using Id = std::pair<std::string, PartitionKey>;
  void retire(std::shared_ptr<SharePartitionLeader> leader);

  Loop& loop_;
  SharePersister& persister_;
  DeadLetters& dead_letters_;
  std::map<Id, std::shared_ptr<SharePartitionLeader>> leaders_;
  TaskGroup tasks_;
};

}  // namespace sluice
