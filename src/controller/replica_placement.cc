#include "controller/replica_placement.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "metadata/directory_id.h"

namespace sluice {
namespace {

std::size_t random_below(Loop& loop, std::size_t bound) { return static_cast<std::size_t>(loop.random() % bound); }

template <class T>
void shuffle(std::vector<T>& items, Loop& loop) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random_below(loop, i)]);
}

/// Brokers that are gone through from a start that moves on by one with each partition.
class Ring {
 public:
  void add(NodeId broker) { brokers_.push_back(broker); }
  void start_at_random(Loop& loop) {
    if (!brokers_.empty()) start_ = random_below(loop, brokers_.size());
  }
  void shuffle(Loop& loop) { sluice::shuffle(brokers_, loop); }

  /// The next broker for this partition, or nothing if all were given.
  std::optional<NodeId> next(std::size_t partition) {
    if (brokers_.empty()) return std::nullopt;
    if (partition_ != partition) {
      partition_ = partition;
      given_ = 0;
      start_ = (start_ + 1) % brokers_.size();
    }
    if (given_ == brokers_.size()) return std::nullopt;
    return brokers_[(start_ + given_++) % brokers_.size()];
  }

 private:
  std::vector<NodeId> brokers_;
  std::size_t start_ = 0;
  std::size_t given_ = 0;
  std::size_t partition_ = 0;
};

struct Rack {
  Ring unfenced;
  Ring fenced;

  std::optional<NodeId> next(std::size_t partition) {
    if (const auto broker = unfenced.next(partition)) return broker;
    return fenced.next(partition);
  }
};

/// The brokers that take new replicas, by rack.
class Racks {
 public:
  Racks(const ClusterImage& cluster, Loop& loop) : loop_(loop) {
    std::map<std::optional<std::string>, Rack> racks;
    for (const auto& [id, broker] : cluster.brokers()) {
      if (broker->in_controlled_shutdown && !broker->fenced) continue;
      if (is_cordoned(*broker)) continue;
      Rack& rack = racks[broker->rack];
      (broker->fenced ? rack.fenced : rack.unfenced).add(id);
      ++total_;
      if (!broker->fenced) ++unfenced_;
    }
    for (auto& [name, rack] : racks) {
      rack.fenced.start_at_random(loop);
      rack.unfenced.start_at_random(loop);
      racks_.push_back(std::move(rack));
    }
    if (!racks_.empty()) start_ = random_below(loop, racks_.size());
  }

  std::size_t total() const { return total_; }
  std::size_t unfenced() const { return unfenced_; }

  /// Needs an unfenced broker, and as many brokers as replicas.
  std::vector<NodeId> place(std::size_t replicas) {
    // All the orders have been given: mix anew, or they would come again.
    if (partition_ == unfenced_ && unfenced_ > 1) {
      shuffle(racks_, loop_);
      for (Rack& rack : racks_) {
        rack.fenced.shuffle(loop_);
        rack.unfenced.shuffle(loop_);
      }
      partition_ = 0;
    }
    std::vector<NodeId> placed;
    std::size_t leader_rack = start_ % racks_.size();
    for (;; leader_rack = (leader_rack + 1) % racks_.size()) {
      if (const auto leader = racks_[leader_rack].unfenced.next(partition_)) {
        placed.push_back(*leader);
        break;
      }
    }
    bool leader_rack_skipped = false;  // Once: it has given a replica already.
    for (std::size_t at = start_ % racks_.size(); placed.size() < replicas; at = (at + 1) % racks_.size()) {
      if (at == leader_rack && !leader_rack_skipped) {
        leader_rack_skipped = true;
        continue;
      }
      if (const auto replica = racks_[at].next(partition_)) placed.push_back(*replica);
    }
    ++partition_;
    ++start_;
    return placed;
  }

 private:
  Loop& loop_;
  std::vector<Rack> racks_;
  std::size_t total_ = 0;
  std::size_t unfenced_ = 0;
  std::size_t start_ = 0;
  std::size_t partition_ = 0;
};

}  // namespace

OrApiError<std::vector<std::vector<NodeId>>> place_replicas(const ClusterImage& cluster, std::int32_t count,
                                                            std::int16_t replication_factor, Loop& loop) {
  constexpr auto kCode = ErrorCode::invalid_replication_factor;
  if (replication_factor <= 0)
    return refuse(kCode, "Invalid replication factor {}: the replication factor must be positive.",
                  replication_factor);
  Racks racks(cluster, loop);
  if (racks.unfenced() == 0)
    return refuse(kCode, "All brokers are currently fenced, or have all their log directories cordoned.");
  if (std::cmp_greater(replication_factor, racks.total()))
    return refuse(
        kCode,
        "The target replication factor of {} cannot be reached because only {} broker(s) are registered or "
        "some brokers have all their log directories cordoned.",
        replication_factor, racks.total());
  std::vector<std::vector<NodeId>> placed;
  for (std::int32_t i = 0; i < count; ++i)
    placed.push_back(racks.place(static_cast<std::size_t>(replication_factor)));
  return placed;
}

Uuid default_directory(const ClusterImage& cluster, NodeId id) {
  const BrokerImage* broker = cluster.broker(id);
  if (broker == nullptr || broker->log_dirs.empty()) return kDirectoryMigrating;
  std::vector<Uuid> open = broker->log_dirs;
  if (broker->cordoned_log_dirs)
    std::erase_if(open, [broker](const Uuid& dir) {
      return std::ranges::find(*broker->cordoned_log_dirs, dir) != broker->cordoned_log_dirs->end();
    });
  return open.size() == 1 ? open.front() : kDirectoryUnassigned;
}

bool is_cordoned(const BrokerImage& broker) {
  if (broker.log_dirs.empty() || !broker.cordoned_log_dirs) return false;
  return std::ranges::all_of(broker.log_dirs, [&broker](const Uuid& dir) {
    return std::ranges::find(*broker.cordoned_log_dirs, dir) != broker.cordoned_log_dirs->end();
  });
}

}  // namespace sluice
