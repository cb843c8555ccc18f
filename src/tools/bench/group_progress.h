// tools/bench/group_progress.h: how far the members of one group have come together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sluice::tools::bench {

/// What one member has: its generation or epoch, and how many partitions.
struct MemberState {
  std::int32_t epoch = 0;
  std::size_t partitions = 0;
};

/// A group has come together when all its members have the same epoch, and all partitions are with one of them.
class GroupProgress {
 public:
  GroupProgress(std::string id, std::size_t members, std::size_t partitions)
      : id_(std::move(id)), members_(members), partitions_(partitions) {}

  const std::string& id() const { return id_; }
  std::size_t partitions() const { return partitions_; }

  /// A member has something else than before; nothing stands for one that is not there.
  void moved(const std::optional<MemberState>& from, const std::optional<MemberState>& to) {
    if (from) {
      owned_ -= from->partitions;
      if (--by_epoch_[from->epoch] == 0) by_epoch_.erase(from->epoch);
    }
    if (!to) return;
    owned_ += to->partitions;
    ++by_epoch_[to->epoch];
  }
  /// One that belonged to the group does not any more.
  void left(const std::optional<MemberState>& from) {
    moved(from, std::nullopt);
    --members_;
  }
  bool together() const {
    return by_epoch_.size() == 1 && by_epoch_.begin()->second == members_ && owned_ == partitions_;
  }

 private:
  std::string id_;
  std::size_t members_;
  std::size_t partitions_;
  std::map<std::int32_t, std::size_t> by_epoch_;  ///< How many members have it.
  std::size_t owned_ = 0;
};

}  // namespace sluice::tools::bench
