#include "client/detail/share_session.h"

#include <algorithm>
#include <iterator>

namespace sluice::client::detail {

bool has_renewals(const SharePartitionsAcknowledged& all) {
  return std::ranges::any_of(all, [](const auto& partition) {
    return std::ranges::any_of(partition.second, [](const auto& one) {
      return one.second == static_cast<std::int8_t>(AcknowledgeType::renew);
    });
  });
}

ShareSession::Plan ShareSession::plan(const std::set<SharePartition>& wanted) const {
  Plan plan{.epoch = epoch_, .add = {}, .forget = {}};
  std::ranges::set_difference(wanted, known_, std::inserter(plan.add, plan.add.end()));
  std::ranges::set_difference(known_, wanted, std::inserter(plan.forget, plan.forget.end()));
  return plan;
}

void ShareSession::answered(const Plan& plan) {
  known_.insert(plan.add.begin(), plan.add.end());
  for (const SharePartition& partition : plan.forget) known_.erase(partition);
  advance();
}

void ShareSession::lost() {
  epoch_ = kInitialEpoch;
  known_.clear();
}

}  // namespace sluice::client::detail
