// tools/bench/group_member.h: members of groups, by the classic and by the consumer protocol (KIP-848).
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tools/bench/answer.h"
#include "tools/bench/group_progress.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"

namespace sluice::tools::bench {

/// One member of a group, over a connection of its own to the group's coordinator. An answer with which the group
/// has come together is one piece of work, as is the one to leaving.
class GroupMember : public Exchange {
 public:
  /// `target` and `progress` outlive it. It rests for `interval` between heartbeats that bring nothing new.
  GroupMember(const Target& target, GroupProgress& progress, std::chrono::milliseconds interval)
      : target_(target), progress_(progress), interval_(interval) {}

  /// Makes it say next that it leaves.
  virtual void leave() = 0;
  /// Ends its rest.
  void stir() { not_before_ = {}; }
  Time ready(Time now) const override { return std::max(now, not_before_); }
  const std::string& id() const { return id_; }
  /// Its generation or epoch.
  std::int32_t epoch() const { return state_ ? state_->epoch : -1; }

 protected:
  Work moved_to(MemberState state) {
    progress_.moved(state_, state);
    state_ = state;
    return Work{.requests = progress_.together() ? 1U : 0U};
  }
  Work gone() {
    not_before_ = Time::max();
    progress_.left(state_);
    state_.reset();
    return Work{.requests = 1};
  }

  const Target& target_;
  GroupProgress& progress_;
  std::chrono::milliseconds interval_;
  std::string id_;
  std::optional<MemberState> state_;
  Time not_before_{};  ///< It rests until then.
  FreshRequest request_;
};

/// JoinGroup, SyncGroup, Heartbeat, LeaveGroup. The leader deals the partitions out in turn.
class ClassicMember final : public GroupMember {
 public:
  using GroupMember::GroupMember;

  void leave() override;
  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  enum class Step { join, sync, heartbeat, leave };

  const PreparedRequest& join();
  const PreparedRequest& sync();
  Result<Work> take_join(Bytes frame, Time now);
  Result<Work> take_sync(Bytes frame, Time now);
  Result<Work> take_heartbeat(Bytes frame, Time now);
  Result<Work> take_leave(Bytes frame);

  Step step_ = Step::join;
  std::int32_t generation_ = -1;
  std::vector<std::string> followers_;  ///< All members, where this one leads.
};

/// ConsumerGroupHeartbeat. Gives up and takes on what it is told at once.
class ConsumerMember final : public GroupMember {
 public:
  /// `id` is one that no other member has.
  ConsumerMember(const Target& target, GroupProgress& progress, std::chrono::milliseconds interval, std::string id)
      : GroupMember(target, progress, interval) {
    id_ = std::move(id);
  }

  void leave() override;
  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  enum class Step { join, tell, heartbeat, leave };

  Step step_ = Step::join;
  std::vector<PartitionIndex> owned_;
};

}  // namespace sluice::tools::bench
