// client/detail/share_session.h: what one leader knows of a member's wishes (KIP-932): which partitions it reads
// there. A session is opened by epoch 0; each request has the next epoch, so that the leader notices lost ones.
#pragma once

#include <cstdint>
#include <set>

#include "client/detail/share_acknowledgements.h"

namespace sluice::client::detail {

class ShareSession {
 public:
  static constexpr std::int32_t kInitialEpoch = 0;
  static constexpr std::int32_t kFinalEpoch = -1;

  /// How the next request has to differ from what the leader knows.
  struct Plan {
    std::int32_t epoch = kInitialEpoch;
    std::set<SharePartition> add;
    std::set<SharePartition> forget;
  };
  Plan plan(const std::set<SharePartition>& wanted) const;

  bool is_open() const { return epoch_ != kInitialEpoch; }
  std::int32_t epoch() const { return epoch_; }
  /// The leader has followed the plan.
  void answered(const Plan& plan);
  /// The leader has taken a request that says nothing of partitions.
  void answered() { advance(); }
  /// The leader has another session, or none: the next request opens one.
  void lost();

 private:
  /// Epochs come round to 1: 0 would open a session.
  void advance() { epoch_ = epoch_ == INT32_MAX ? 1 : epoch_ + 1; }

  std::int32_t epoch_ = kInitialEpoch;
  std::set<SharePartition> known_;
};

}  // namespace sluice::client::detail
