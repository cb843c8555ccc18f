// coordinator/waiting_answers.h: requests that wait for an answer which some other request, or time, will bring.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "base/event.h"
#include "coordinator/coordinator_runtime.h"
#include "coordinator/group_step.h"

namespace sluice {

/// The waits of one kind of request on one shard. Outlives them.
template <class Answer>
class WaitingAnswers {
 public:
  explicit WaitingAnswers(Loop& loop) : loop_(loop) {}

  /// One wait, living in the frame of who waits; when the frame dies the answer goes nowhere.
  class Wait {
   public:
    explicit Wait(WaitingAnswers& all) : all_(all), id_{all.next_id_++}, given_(all.loop_) {
      all_.waits_[id_] = this;
    }
    ~Wait() { all_.waits_.erase(id_); }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    WaitId id() const { return id_; }
    /// Waits for the answer, and for `write`, which must be committed before the answer leaves.
    Task<Answer> answer(CoordinatorRuntime::Write& write) {
      while (!answer_) co_await given_.wait();
      write = std::move(write_);
      co_return std::move(*answer_);
    }

   private:
    friend class WaitingAnswers;
    WaitingAnswers& all_;
    WaitId id_;
    Event given_;
    std::optional<Answer> answer_;
    CoordinatorRuntime::Write write_;
  };

  void give(WaitId id, Answer answer, CoordinatorRuntime::Write write) {
    const auto found = waits_.find(id);
    if (found == waits_.end() || found->second->answer_) return;
    found->second->answer_ = std::move(answer);
    found->second->write_ = std::move(write);
    found->second->given_.notify_all();
  }

  /// Gives all that have none yet the same answer.
  void give_all(const Answer& answer) {
    for (auto& [id, wait] : waits_) give(id, answer, nullptr);
  }
  std::size_t size() const { return waits_.size(); }

 private:
  Loop& loop_;
  std::uint64_t next_id_ = 1;
  std::map<WaitId, Wait*> waits_;
};

}  // namespace sluice
