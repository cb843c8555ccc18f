// server/broker_shard.h: what one shard of a broker owns: partitions, groups, transactions, connections, and its
// view of the cluster. Used on the shard's thread only, but for `loop()`.
#pragma once

#include <list>
#include <memory>

#include "coordinator/group_options.h"
#include "coordinator/group_settings.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/transaction_coordinator.h"
#include "metadata/metadata_image.h"
#include "net/frame_reader.h"
#include "net/memory_budget.h"
#include "record/compression.h"
#include "server/fetch_session.h"
#include "server/partition_table.h"
#include "server/session.h"
#include "server/share_leaders.h"
#include "server/share_session.h"

namespace sluice {

class Broker;
class GroupCoordinator;
struct GroupCluster;
struct GroupClusterChange;

struct ShardLimits {
  std::size_t request_memory_max = 256 * 1024 * 1024;  ///< Of all requests that are at work.
  SessionLimits session;
  SocketOptions sockets;
  std::optional<std::chrono::milliseconds> idle_time_max;  ///< connections.max.idle.ms
  FetchSessionCache::Limits fetch_sessions;
  std::size_t open_files_max = 10'000;     ///< Of logs.
  std::size_t share_sessions_max = 2'000;  ///< group.share.max.share.sessions
};

/// What the coordinators of a shard go by, and what they need of the broker, which outlives them.
struct ShardCoordination {
  GroupOptions groups;
  CoordinatorRuntimeOptions group_runtime;
  TransactionOptions transactions;
  TransactionSurroundings transaction_surroundings;
  ShareCoordinatorOptions shares;
  SharePersister& share_persister;
  DeadLetters& dead_letters;
};

class BrokerShard {
 public:
  BrokerShard(Broker& broker, int index, Loop& loop, Network& network, ShardLimits limits,
              ShardCoordination coordination);
  ~BrokerShard();

  int index() const { return index_; }
  Loop& loop() { return loop_; }
  const std::shared_ptr<const MetadataImage>& image() const { return image_; }
  void set_image(GroupCluster cluster, const GroupClusterChange& change);
  /// transaction.partition.verification.enable
  bool verifies_transactions() const { return verifies_transactions_; }
  void set_verifies_transactions(bool verifies) { verifies_transactions_ = verifies; }
  PartitionTable& partitions() { return partitions_; }
  const std::shared_ptr<OpenFiles>& open_files() const { return open_files_; }
  GroupCoordinator& groups() { return *groups_; }
  TransactionCoordinator& transactions() { return *transactions_; }
  ShareCoordinator& shares() { return *shares_; }
  ShareLeaders& share_leaders() { return *share_leaders_; }
  ShareSessionCache& share_sessions() { return share_sessions_; }
  const GroupSettings& group_settings() const { return *group_settings_; }
  FetchSessionCache& fetch_sessions() { return fetch_sessions_; }
  /// For what clients send.
  Decompressor& decompressor() { return decompressor_; }
  /// For what was read from a log.
  Decompressor& log_decompressor() { return log_decompressor_; }
  TaskGroup& tasks() { return tasks_; }
  std::size_t connection_count() const { return sessions_.size(); }

  /// Serves a connection until it ends. `release` runs then, on this shard.
  void serve(std::unique_ptr<Accepted> accepted, std::string listener, std::move_only_function<void()> release);
  /// Ends every connection, then everything that runs here.
  Task<void> close_connections();
  Task<void> close();

 private:
  Task<void> run_session(std::unique_ptr<Accepted> accepted, std::string listener,
                         std::move_only_function<void()> release);
  Task<void> close_idle_sessions();

  Broker& broker_;
  int index_;
  Loop& loop_;
  Network& network_;
  ShardLimits limits_;
  std::shared_ptr<const MetadataImage> image_;
  bool verifies_transactions_ = true;
  std::shared_ptr<OpenFiles> open_files_;
  PartitionTable partitions_;
  std::unique_ptr<GroupCoordinator> groups_;
  std::unique_ptr<TransactionCoordinator> transactions_;
  std::unique_ptr<ShareCoordinator> shares_;
  std::unique_ptr<ShareLeaders> share_leaders_;
  ShareSessionCache share_sessions_;
  std::shared_ptr<const GroupSettings> group_settings_ = default_group_settings();
  FetchSessionCache fetch_sessions_;
  Decompressor decompressor_;
  Decompressor log_decompressor_{DecompressionLimits::for_own_log()};
  ReadScratch scratch_;
  MemoryBudget budget_;
  std::list<Session*> sessions_;
  TaskGroup sessions_at_work_;
  TaskGroup tasks_;
};

}  // namespace sluice
