#include "base/timer_queue.h"

namespace sluice {

void Timer::set(TimerQueue& queue, Time due) {
  cancel();
  due_ = due;
  order_ = queue.next_order_++;
  queue_ = &queue;
  queue.timers_.insert(this);
}

void Timer::set_soon(TimerQueue& queue) {
  cancel();
  order_ = queue.next_order_++;
  queue_ = &queue;
  soon_ = true;
  previous_ = queue.last_soon_;
  next_ = nullptr;
  (previous_ != nullptr ? previous_->next_ : queue.first_soon_) = this;
  queue.last_soon_ = this;
}

void Timer::cancel() {
  if (queue_ == nullptr) return;
  if (soon_) {
    (previous_ != nullptr ? previous_->next_ : queue_->first_soon_) = next_;
    (next_ != nullptr ? next_->previous_ : queue_->last_soon_) = previous_;
    soon_ = false;
  } else {
    queue_->timers_.erase(this);
  }
  queue_ = nullptr;
}

TimerQueue::~TimerQueue() {
  for (Timer* timer : timers_) timer->queue_ = nullptr;
  for (Timer* timer = first_soon_; timer != nullptr; timer = timer->next_) timer->queue_ = nullptr;
}

std::optional<Timer::Time> TimerQueue::next_due() const {
  if (first_soon_ != nullptr) return Timer::Time::min();
  if (timers_.empty()) return std::nullopt;
  return (*timers_.begin())->due_;
}

int TimerQueue::fire_soon(std::uint64_t set_before) {
  int fired = 0;
  while (first_soon_ != nullptr && first_soon_->order_ < set_before) {
    Timer* timer = first_soon_;
    timer->cancel();
    timer->fire();
    ++fired;
  }
  return fired;
}

int TimerQueue::fire_due(Timer::Time now) {
  const std::uint64_t set_before = next_order_;
  int fired = fire_soon(set_before);
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
