// net/memory_budget.h: how much memory the requests of a shard may hold together.
#pragma once

#include <cstddef>
#include <utility>

#include "base/event.h"

namespace sluice {

/// A limit that is waited for. Who has taken a share keeps it until it dies; who asks while the limit is reached
/// waits its turn, which stops the reading of its socket and so its peer. A share may exceed the limit if it was
/// not reached when asked for, so that a request larger than the limit still gets through, alone. One shard's;
/// outlives its shares.
class MemoryBudget {
 public:
  MemoryBudget(Loop& loop, std::size_t limit) : turns_(loop), freed_(loop), limit_(limit) {}

  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), size_(other.size_) {}
    Share& operator=(Share&& other) noexcept;
    ~Share() { release(); }
    /// Gives it back before it dies.
    void release();

   private:
    friend class MemoryBudget;
    Share(MemoryBudget& budget, std::size_t size) : budget_(&budget), size_(size) {}
    MemoryBudget* budget_ = nullptr;
    std::size_t size_ = 0;
  };

  /// At once where there is room and nobody waits.
  Task<Share> take(std::size_t size);
  std::size_t used() const { return used_; }

 private:
  Turns turns_;
  Event freed_;
  std::size_t limit_;
  std::size_t used_ = 0;
};

}  // namespace sluice
