#include "base/timer_queue.h"

namespace sluice {

void Timer::set(TimerQueue& queue, Time due) {
  cancel();
  due_ = due;
  order_ = queue.next_order_++;
  queue_ = &queue;
  const bool earliest = queue.timers_.empty() || due < (*queue.timers_.begin())->due_;
  queue.timers_.insert(this);
  if (earliest && queue.notify_ != nullptr) queue.notify_(queue.context_);
}

void Timer::cancel() {
  if (queue_ == nullptr) return;
  queue_->timers_.erase(this);
  queue_ = nullptr;
}

TimerQueue::~TimerQueue() {
  for (Timer* timer : timers_) timer->queue_ = nullptr;
}

std::optional<Timer::Time> TimerQueue::next_due() const {
  if (timers_.empty()) return std::nullopt;
  return (*timers_.begin())->due_;
}

int TimerQueue::fire_due(Timer::Time now) {
  const std::uint64_t set_before = next_order_;
  int fired = 0;
  for (auto next = timers_.begin(); next != timers_.end() && (*next)->due_ <= now;) {
    Timer* timer = *next;
    if (timer->order_ >= set_before) {
      ++next;
      continue;
    }
    timer->cancel();
    timer->fire();
    ++fired;
    next = timers_.begin();  // Firing may have removed any other timer.
  }
  return fired;
}

}  // namespace sluice
