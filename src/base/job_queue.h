// base/job_queue.h: jobs from any thread to one, without locks.
#pragma once

#include <atomic>

#include "base/loop.h"

namespace sluice {

/// Many threads push, one takes all. Jobs of one pusher are taken in the order in which it pushed them.
class JobQueue {
 public:
  /// True if the queue was empty: the one time at which its owner must be woken.
  bool push(Job& job) {
    Job* head = head_.load(std::memory_order_relaxed);
    do job.next_ = head;
    while (!head_.compare_exchange_weak(head, &job, std::memory_order_release, std::memory_order_relaxed));
    return head == nullptr;
  }

  bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

  /// Runs all that is there, oldest first; what is pushed meanwhile waits for the next call. Owner's thread only.
  void run_all() {
    Job* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Job* oldest = nullptr;
    while (newest != nullptr) {
      Job* next = newest->next_;
      newest->next_ = oldest;
      oldest = newest;
      newest = next;
    }
    while (oldest != nullptr) {
      Job* job = oldest;
      oldest = oldest->next_;
      job->run();
    }
  }

 private:
  std::atomic<Job*> head_ = nullptr;
};

}  // namespace sluice
