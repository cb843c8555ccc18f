// server/sim_world.h: a node, its clients and everything that can befall them, from one seed.
//
// For a while producers, group members and an admin are at work while the node is stopped, killed, cut off and
// robbed of power, its connections break and its disk fails. Then the world heals, everybody comes to an end, and
// all that was ever promised is looked for: as the node is, after a clean stop, after a kill, after a power
// failure.
#pragma once

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "server/ledger.h"
#include "server/share_ledger.h"
#include "server/sim_node.h"
#include "server/table_ledger.h"

namespace sluice::sim {

/// What is wrong with a world on purpose: the ledger must notice.
enum class PlantedBug {
  none,
  disk_ignores_sync,      ///< Syncs do nothing.
  disk_drops_write,       ///< One write of records does nothing and succeeds.
  disk_rots,              ///< A bit of a stored batch flips.
  log_loses_tail,         ///< A stopped node's log is cut.
  group_forgets_commits,  ///< The group topic of a stopped node is emptied.
  start_moves,            ///< Records are deleted which nobody asked to be.
  table_loses_key,        ///< A stopped node's compacted log is emptied.
  share_forgets_states,   ///< The share group's states of a stopped node are emptied.
  share_skips_records,    ///< The share group is set behind records that it has not had.
};

inline constexpr const char* kShareGroup = "workers";

struct WorldOptions {
  std::uint64_t seed = 1;
  PlantedBug bug = PlantedBug::none;
  std::chrono::seconds troubled{20};  ///< Virtual.
};

struct WorldOutcome {
  std::vector<std::string> violations;
  std::uint64_t trace = 0;  ///< A hash over all events.
  std::uint64_t events = 0;
  std::size_t acknowledged = 0;
  int node_lives = 0;
  std::size_t settled = 0;  ///< Records by the share group.
  bool compacted = false;   ///< A log was.
};

class SimWorld {
 public:
  explicit SimWorld(WorldOptions options);
  ~SimWorld();

  /// Lives through all of it, once.
  WorldOutcome run();
  Trace& trace() { return loop_.trace(); }

 private:
  using TopicPartition = client::TopicPartition;
  struct Group;
  struct Member;
  struct Sender;
  struct Sharer;

  // sim_world.cc
  Task<void> live();
  Task<void> make_topics();
  Task<void> start_node();
  Task<void> end_node(NodeEnd how);
  Task<void> stir_up();
  Task<void> restart_somehow();
  Task<void> crash_while_starting();
  Task<void> fail_disk();
  Task<void> fill_disk();
  Task<void> heal();
  void look_at_logs();
  void look_what_power_left();

  // sim_clients.cc
  Task<void> produce(int number);
  Task<void> send_some(Sender* sender);
  Task<void> be_member(int number);
  Task<void> take_records(Member* member, const client::ConsumedRecords* records);
  Task<void> commit(Member* member);
  Task<void> administrate();
  Task<void> change_config(client::Admin* admin);
  Task<void> delete_some_records(client::Admin* admin);
  Task<void> recreate_topic(client::Admin* admin);
  Task<void> grow_topic(client::Admin* admin);
  Task<void> ask_all_sorts();
  client::ClientConfig client_config(std::string id);
  client::ProducerConfig producer_config(int id);

  // sim_tables.cc
  Task<void> keep_tables();
  Task<void> audit_tables(std::string when);

  // sim_shares.cc
  SharePromise share_promise(SimNode::Settings* settings);
  Task<void> share(int number);
  client::ShareConsumerConfig sharer_config(int id);
  Task<void> begin_sharing(Sharer* sharer, client::ShareConsumerConfig config);
  Task<void> poll_shares(Sharer* sharer, std::chrono::milliseconds wait, bool accepts_all);
  void acknowledge(Sharer* sharer, const TopicPartition& partition, Offset offset, client::AcknowledgeType type);
  Task<void> end_sharing(Sharer* sharer, std::chrono::milliseconds patience);
  Task<void> audit_shares(std::string when);
  std::map<TopicPartition, ShareLedger::Extent> shared_logs() const;
  Task<ShareLedger::Offsets> given_up();
  Task<void> plant_on_shares();

  // sim_audit.cc
  Task<void> audit(std::string when);
  Task<void> audit_metadata(client::Admin* admin, std::string when);
  Task<void> audit_records(std::string when);
  Task<void> must_accept_everywhere();
  Task<void> send_to_all(std::string who);
  Task<void> plant_on_disk();
  Task<void> plant_on_stopped_node();
  std::string some_log(const std::string& topic);

  Random& chance() { return loop_.seeded(); }
  std::uint64_t below(std::uint64_t bound) { return loop_.seeded().below(bound); }
  bool one_in(std::uint64_t n) { return loop_.seeded().one_in(n); }
  std::chrono::milliseconds some_ms(std::uint64_t bound) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(below(bound)));
  }
  /// For who replays a seed: what befalls the world, at which virtual time.
  void tell(std::string_view what) const;
  /// False when the time of trouble is over first.
  Task<bool> sleep(std::chrono::milliseconds time);
  TopicPartition any_partition();

  WorldOptions options_;
  SimLoop loop_;
  SimNetwork network_;
  std::unique_ptr<SimNode> node_;
  Ledger ledger_;
  bool keeps_deletions_;
  TableLedger tables_;
  ShareLedger shares_;
  SharePromise share_promise_;
  int sharers_ = 0;
  bool compacted_ = false;
  bool all_flushed_ = false;
  bool gentle_ = false;                ///< Only connections break, and clocks are set.
  std::map<std::string, int> topics_;  ///< Acknowledged to exist, with so many partitions at least.
  std::map<std::string, std::set<int>> counts_in_doubt_;
  /// Values of configurations as acknowledged, and those that may have been set since.
  std::map<std::pair<std::string, std::string>, std::set<std::string>> configs_;
  bool sync_failed_ = false;
  bool power_failed_ = false;      ///< And no node has started since.
  std::set<TopicPartition> back_;  ///< Since then.
  int looked_life_ = 0;
  int producers_ = 0;
  SteadyTime looked_{};
  std::map<std::string, std::array<std::int64_t, 3>> last_looks_;  ///< Of one life: start, high watermark, epoch.
  TaskGroup troubled_;
};

}  // namespace sluice::sim
