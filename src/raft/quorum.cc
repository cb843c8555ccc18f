#include "raft/quorum.h"

#include <limits>

#include "base/assert.h"

namespace sluice::raft {

Quorum::Quorum(Start start)
    : local_(start.local),
      voters_(std::move(start.voters)),
      election_(std::move(start.election)),
      durable_end_(start.log_end) {
  // A log can be ahead of what was remembered of elections if that file was lost; its epochs were real.
  if (election_.epoch < start.log_epoch)
    election_ = {.epoch = start.log_epoch, .leader = std::nullopt, .voted = std::nullopt};
}

Quorum::Output Quorum::take_output() {
  Output output = std::exchange(output_, {});
  if (output.persist) persisting_ = true;
  return output;
}

Result<void> Quorum::campaign() {
  if (!voters_.is_only_voter(local_))
    return fail(Errc::not_leader, "node {} with directory {} is not the one voter of its quorum, which has {}",
                local_.id.value, local_.directory_id.text(), voters_.size());
  if (election_.epoch.value == std::numeric_limits<std::int32_t>::max())
    return fail(Errc::corrupt, "there is no epoch after {}", election_.epoch.value);
  role_ = Role::candidate;
  granted_by_.clear();
  high_watermark_.reset();
  persist({.epoch = {election_.epoch.value + 1}, .leader = std::nullopt, .voted = local_});
  return {};
}

void Quorum::persist(ElectionState state) {
  SLUICE_ASSERT(state.epoch >= election_.epoch);
  election_ = state;
  output_.persist = std::move(state);
}

void Quorum::persisted() {
  SLUICE_ASSERT(persisting_);
  persisting_ = false;
  if (role_ == Role::candidate) {
    granted_by_.insert(local_.id);  // Only now does the own vote count.
    count_votes();
  } else if (role_ == Role::leader) {
    epoch_start_ = durable_end_;
    output_.begin_epoch = true;
  }
}

void Quorum::count_votes() {
  if (granted_by_.size() < voters_.majority()) return;
  role_ = Role::leader;
  persist({.epoch = election_.epoch, .leader = local_.id, .voted = std::nullopt});
}

void Quorum::durable(Offset end) {
  SLUICE_ASSERT(end >= durable_end_);
  durable_end_ = end;
  if (role_ != Role::leader || end <= epoch_start_) return;
  // The majority of one is itself.
  high_watermark_ = end;
}

}  // namespace sluice::raft
