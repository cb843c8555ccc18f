#include "controller/partition_change.h"

#include <algorithm>

namespace sluice {
namespace {

bool contains(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

/// Settles one partition's new state, step by step.
class ChangeInTheMaking {
 public:
  explicit ChangeInTheMaking(const PartitionChange& change)
      : change_(change), now_(change.partition), isr_(change.isr), elr_(now_.elr) {
    record_.topic_id = change.topic_id;
    record_.partition_id = change.index;
  }

  std::optional<wire::PartitionChangeRecord> decide() {
    keep_eligible();
    elect();
    settle_elr();
    settle_isr();
    bump_epoch_for_shrink();
    settle_last_leader();
    if (!changes_anything()) return std::nullopt;
    return std::move(record_);
  }

 private:
  struct Elected {
    NodeId leader = kNoLeader;
    bool unclean = false;
  };

  /// Replicas that leave an ISR that becomes too small stay eligible.
  void keep_eligible() {
    if (!change_.elr_enabled) return;
    if (isr_.size() >= change_.min_insync_replicas) {
      elr_.clear();
      return;
    }
    std::vector<NodeId> eligible;
    for (const NodeId replica : now_.elr) eligible.push_back(replica);
    for (const NodeId replica : now_.isr)
      if (!contains(eligible, replica)) eligible.push_back(replica);
    std::erase_if(eligible, [this](NodeId replica) {
      return contains(isr_, replica) || contains(change_.unclean_shutdowns, replica);
    });
    elr_ = std::move(eligible);
  }

  bool may_lead_cleanly(NodeId replica) const {
    const bool has_all = contains(isr_, replica) || (isr_.empty() && contains(elr_, replica));
    return has_all && change_.may_lead(replica);
  }

  /// The last leader of a partition that nobody else can lead.
  std::optional<NodeId> last_leader() const {
    if (!change_.elr_enabled || !elr_.empty() || !isr_.empty() || now_.last_known_elr.size() != 1)
      return std::nullopt;
    const NodeId last = now_.last_known_elr.front();
    if (!change_.may_lead(last)) return std::nullopt;
    return last;
  }

  Elected choose() const {
    const auto clean = [this](NodeId replica) { return may_lead_cleanly(replica); };
    if (change_.election == Election::preferred && !now_.replicas.empty() && clean(now_.replicas.front()))
      return {now_.replicas.front()};
    if (now_.has_leader() && clean(now_.leader)) return {now_.leader};
    if (const auto found = std::ranges::find_if(now_.replicas, clean); found != now_.replicas.end())
      return {*found};
    if (const auto last = last_leader()) return {*last, true};
    if (change_.election == Election::unclean) {
      const auto found = std::ranges::find_if(now_.replicas, change_.may_lead);
      if (found != now_.replicas.end()) return {*found, true};
    }
    return {};
  }

  void elect() {
    const Elected elected = choose();
    if (elected.leader == now_.leader) return;
    record_.leader = elected.leader;
    if (contains(elr_, elected.leader)) {
      isr_ = {elected.leader};
      std::erase(elr_, elected.leader);
    }
    if (!elected.unclean) return;
    // What the others have may differ from what the new leader has: they must follow it anew.
    record_.isr = std::vector<NodeId>{elected.leader};
    if (now_.leader_recovery_state != LeaderRecoveryState::recovering)
      record_.leader_recovery_state = static_cast<std::int8_t>(LeaderRecoveryState::recovering);
  }

  void settle_elr() {
    if (record_.isr || !change_.elr_enabled) elr_.clear();
    if (elr_ != now_.elr && supports_eligible_leader_replicas(change_.version))
      record_.eligible_leader_replicas = elr_;
  }

  void settle_isr() {
    // Without eligible replicas the last of the ISR stays in it: it is the only one that may be elected cleanly.
    if (!record_.isr && (!isr_.empty() || change_.elr_enabled) && isr_ != now_.isr) record_.isr = isr_;
  }

  void bump_epoch_for_shrink() {
    if (!bumps_leader_epoch_on_isr_shrink(change_.version) || record_.leader != kNoLeaderChange || !record_.isr)
      return;
    const bool shrinks =
        std::ranges::any_of(now_.isr, [this](NodeId replica) { return !contains(*record_.isr, replica); });
    if (shrinks) record_.leader = now_.leader;
  }

  void settle_last_leader() {
    if (!change_.elr_enabled) return;
    const bool remembers_leader = now_.last_known_elr.size() == 1 && now_.last_known_elr.front() == now_.leader;
    const bool will_have_leader = record_.leader.value >= 0 || (now_.has_leader() && record_.leader != kNoLeader);
    if (record_.isr && record_.isr->empty() && now_.has_leader() && !remembers_leader)
      record_.last_known_elr = std::vector<NodeId>{now_.leader};
    else if (will_have_leader && !now_.last_known_elr.empty())
      record_.last_known_elr = std::vector<NodeId>{};
  }

  bool changes_anything() const {
    return record_.isr || record_.eligible_leader_replicas || record_.last_known_elr ||
           record_.leader != kNoLeaderChange || record_.leader_recovery_state != kNoLeaderRecoveryChange;
  }

  const PartitionChange& change_;
  const PartitionImage& now_;
  std::vector<NodeId> isr_;
  std::vector<NodeId> elr_;
  wire::PartitionChangeRecord record_;
};

}  // namespace

std::optional<wire::PartitionChangeRecord> decide_partition_change(const PartitionChange& change) {
  return ChangeInTheMaking(change).decide();
}

}  // namespace sluice
