// Appends of single batches that come at once are written together: a call costs the system the more for each
// byte, the fewer bytes it has.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/next_round.h"
#include "storage/detail/joined_append.h"
#include "storage/log.h"

namespace sluice {
namespace {

/// What is written at once at most: with more a byte costs no less.
constexpr std::size_t kJoinedBytesMax = 256 * 1024;
/// A batch that is worth a call of its own, and need not wait for others.
constexpr std::size_t kAloneBytesMin = 64 * 1024;

}  // namespace

Task<Result<Appended>> Log::append_as_leader(BatchView batch, LeaderEpoch epoch, AppendOrigin origin,
                                             std::optional<VerificationGuard> guard) {
  PendingAppend self{
      .batch = batch, .epoch = epoch, .origin = origin, .guard = guard, .turn = Event(loop_), .outcome = {}};
  pending_.push_back(&self);
  if (std::exchange(joining_, true))
    co_await self.turn.wait();
  else if (batch.size() < kAloneBytesMin)
    co_await NextRound(loop_);
  if (!self.outcome) co_await write_pending();  // It is the first of those that wait.
  SLUICE_ASSERT(self.outcome);
  if (*self.outcome && unflushed_ >= config_.flush_messages) {
    if (auto flushed = co_await flush(); !flushed) co_return fail(std::move(flushed.error()));
  }
  co_return std::move(*self.outcome);
}

Task<void> Log::write_pending() {
  const Turns::Turn turn = co_await writes_.turn();
  JoinedAppend joined(*this);
  while (joined.fits_next()) joined.take_next();
  if (joined.empty()) co_return;
  joined.settle(co_await write(joined.batches(), joined.take_producers()));
}

Log::JoinedAppend::JoinedAppend(Log& log)
    : log_(log), producers_(log.producers_, log.pending_.front()->origin), next_(log.end_) {}

Log::JoinedAppend::~JoinedAppend() {
  for (PendingAppend* one : members_) {
    if (!one->outcome) one->outcome = fail(Errc::io, "{}: the batch was not written", log_.directory_);
    one->turn.notify_all();
  }
  log_.joining_ = !log_.pending_.empty();
  if (log_.joining_) log_.pending_.front()->turn.notify_all();
}

bool Log::JoinedAppend::fits_next() const {
  if (log_.pending_.empty()) return false;
  if (members_.empty()) return true;
  const PendingAppend& next = *log_.pending_.front();
  const std::size_t bytes_max =
      std::min(kJoinedBytesMax, static_cast<std::size_t>(std::max(log_.config_.segment_bytes, 0)));
  const std::int64_t offsets = next_ - log_.end_ + next.batch.offset_span();
  return next.origin == members_.front()->origin && bytes_ + next.batch.size() <= bytes_max &&
         offsets <= std::numeric_limits<std::int32_t>::max() && producers_.is_continued_by(next.batch);
}

void Log::JoinedAppend::take_next() {
  PendingAppend& one = *log_.pending_.front();
  log_.pending_.pop_front();
  members_.push_back(&one);
  const std::span<const BatchView> batch(&one.batch, 1);
  Result<std::optional<Appended>> admitted = log_.admit(batch, one.epoch, one.origin, one.guard);
  if (!admitted) {
    one.outcome = fail(std::move(admitted.error()));
    return;
  }
  if (*admitted) {
    one.outcome = **admitted;
    return;
  }
  const WallTime stamped = log_.place(batch, next_, one.epoch);
  if (auto taken = producers_.add(one.batch); !taken) {
    one.outcome = fail(std::move(taken.error()));
    return;
  }
  placed_.push_back({.append = &one, .stamped = stamped});
  batches_.push_back(one.batch);
  bytes_ += one.batch.size();
  next_ = one.batch.next_offset();
}

void Log::JoinedAppend::settle(const Result<Appended>& written) {
  for (const Placed& placed : placed_) {
    const BatchView& batch = placed.append->batch;
    placed.append->outcome = written;
    if (!written) continue;
    Appended& appended = **placed.append->outcome;
    appended.base = batch.base_offset();
    appended.end = batch.next_offset();
    appended.append_time = placed.stamped;
  }
}

}  // namespace sluice
