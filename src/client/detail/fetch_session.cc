#include "client/detail/fetch_session.h"

#include <limits>

namespace sluice::client::detail {

FetchSession::Plan FetchSession::plan(const std::map<TopicPartition, FetchWish>& wanted, bool with_ids) {
  if (with_ids != with_ids_) lost();
  with_ids_ = with_ids;
  Plan plan{.session_id = id_, .epoch = next_epoch_, .send = {}, .forget = {}};
  if (plan.full()) {
    plan.send = wanted;
  } else {
    for (const auto& [partition, wish] : wanted) {
      const auto known = partitions_.find(partition);
      if (known == partitions_.end() || known->second != wish) plan.send.emplace(partition, wish);
      // The topic was deleted and made again: the old one must be taken out.
      if (known != partitions_.end() && known->second.topic_id != wish.topic_id)
        plan.forget.emplace(partition, known->second.topic_id);
    }
    for (const auto& [partition, wish] : partitions_)
      if (!wanted.contains(partition)) plan.forget.emplace(partition, wish.topic_id);
  }
  partitions_ = wanted;
  return plan;
}

void FetchSession::answered(const Plan& plan, std::int32_t session_id) {
  if (session_id == 0) {
    // The broker keeps no session: it is full, or too old.
    id_ = 0;
    next_epoch_ = 0;
    return;
  }
  id_ = session_id;
  next_epoch_ = plan.epoch == std::numeric_limits<std::int32_t>::max() ? 1 : plan.epoch + 1;
}

void FetchSession::refused(ErrorCode code) {
  if (code == ErrorCode::fetch_session_id_not_found) id_ = 0;
  next_epoch_ = 0;  // With an id this also ends the old session.
}

void FetchSession::lost() { next_epoch_ = 0; }

}  // namespace sluice::client::detail
