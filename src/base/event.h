// base/event.h: what one shard's tasks wait for: events, turns, and groups that own the tasks. None of it is for
// threads: a waiter is resumed on the shard that it waits on.
#pragma once

#include <coroutine>
#include <cstddef>
#include <list>
#include <optional>

#include "base/loop.h"
#include "base/task.h"

namespace sluice {

/// Tasks that wait for something to happen. `notify_all` wakes those that wait at that moment, from the loop, in
/// the order in which they came. Must outlive its waiters.
class Event {
 public:
  explicit Event(Loop& loop) : loop_(&loop) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  void notify_all();
  /// Wakes the one that has waited longest.
  void notify_one();
  bool has_waiters() const { return first_ != nullptr; }

  class Waiter;
  /// True when notified, false when `deadline` came first. SteadyTime::max() is no deadline.
  [[nodiscard]] Waiter wait_until(SteadyTime deadline);
  /// Waits without a deadline: for what is bound to come, or is notified at shutdown.
  [[nodiscard]] Waiter wait();

 private:
  void remove(Waiter& waiter);
  Loop* loop_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

/// One wait, living in the awaiting frame. If the frame is destroyed it leaves the event.
class Event::Waiter : private Timer {
 public:
  Waiter(Event& event, std::optional<SteadyTime> deadline) : event_(&event), deadline_(deadline) {}
  ~Waiter() override;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting);
  bool await_resume() const noexcept { return notified_; }

 private:
  friend class Event;
  void fire() override;

  Event* event_;
  std::optional<SteadyTime> deadline_;
  std::coroutine_handle<> waiting_;
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
  bool linked_ = false;
  bool notified_ = false;
};

/// Takes turns: who asks first goes first. A turn ends when its object dies.
class Turns {
 public:
  explicit Turns(Loop& loop) : freed_(loop) {}

  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->give_back();
    }

   private:
    Turns* turns_;
  };

  Task<Turn> turn();
  /// Whether nobody has a turn or waits for one.
  bool idle() const { return next_ticket_ == serving_; }

 private:
  void give_back();
  Event freed_;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t serving_ = 0;
};

/// Owns the tasks that touch one object. Nothing is started outside a group; a group is empty before it dies.
class TaskGroup {
 public:
  explicit TaskGroup(Loop& loop) : loop_(&loop), stop_(loop), ended_(loop) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Runs `task` at once, up to its first wait, and keeps it until it has ended. An exception that leaves it ends
  /// the program: a task catches what it expects.
  void start(Task<void> task);
  /// Tells the tasks to end: `stopping()` turns true and every `sleep_until` returns.
  void stop();
  bool stopping() const { return stopping_; }
  /// False when the time has come, true when the group stops before.
  Task<bool> sleep_until(SteadyTime time);
  /// Stops, then waits until every task has ended.
  Task<void> close();
  std::size_t size() const { return size_; }
  Loop& loop() { return *loop_; }

 private:
  struct Runner;
  static Runner run(TaskGroup* group, Task<void> task);
  Loop* loop_;
  Event stop_;
  Event ended_;
  std::size_t size_ = 0;
  bool stopping_ = false;
};

}  // namespace sluice
