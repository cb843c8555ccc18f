#include "base/event.h"

#include <cstdio>
#include <exception>

namespace sluice {

Event::~Event() { SLUICE_ASSERT(first_ == nullptr); }

Event::Waiter Event::wait_until(SteadyTime deadline) { return Waiter(*this, deadline); }
Event::Waiter Event::wait() { return Waiter(*this, std::nullopt); }

void Event::notify_one() {
  if (first_ == nullptr) return;
  Waiter& waiter = *first_;
  remove(waiter);
  waiter.notified_ = true;
  // Woken through the timer: should the frame be destroyed before it runs, the timer goes with it.
  waiter.set_soon(loop_->timers());
}

void Event::notify_all() {
  while (first_ != nullptr) notify_one();
}

void Event::remove(Waiter& waiter) {
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
  waiter.previous_ = waiter.next_ = nullptr;
  waiter.linked_ = false;
}

Event::Waiter::~Waiter() {
  if (linked_) event_->remove(*this);
}

void Event::Waiter::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  previous_ = event_->last_;
  (event_->last_ != nullptr ? event_->last_->next_ : event_->first_) = this;
  event_->last_ = this;
  linked_ = true;
  // A deadline at the end of time never comes; a clock that moves from timer to timer must not go there.
  if (deadline_ && *deadline_ != SteadyTime::max()) set(event_->loop_->timers(), *deadline_);
}

void Event::Waiter::fire() {
  if (linked_) event_->remove(*this);
  waiting_.resume();
}

Task<Turns::Turn> Turns::turn() {
  const std::uint64_t ticket = next_ticket_++;
  while (ticket != serving_) co_await freed_.wait();
  co_return Turn(*this);
}

void Turns::give_back() {
  ++serving_;
  freed_.notify_one();  // They wait in the order of their tickets.
}

/// A frame that frees itself when its task has ended.
struct TaskGroup::Runner {
  struct promise_type {
    Runner get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

TaskGroup::~TaskGroup() { SLUICE_ASSERT(size_ == 0); }

TaskGroup::Runner TaskGroup::run(TaskGroup* group, Task<void> task) {
  {
    // The task's frame dies before the group is told, since telling may destroy what the frame refers to.
    Task<void> owned = std::move(task);
    co_await std::move(owned);
  }
  if (--group->size_ == 0) group->ended_.notify_all();
}

void TaskGroup::start(Task<void> task) {
  ++size_;
  run(this, std::move(task));
}

void TaskGroup::stop() {
  stopping_ = true;
  stop_.notify_all();
}

Task<bool> TaskGroup::sleep_until(SteadyTime time) {
  if (!stopping_) co_await stop_.wait_until(time);
  co_return stopping_;
}

Task<void> TaskGroup::close() {
  stop();
  while (size_ > 0) co_await ended_.wait();
}

}  // namespace sluice
