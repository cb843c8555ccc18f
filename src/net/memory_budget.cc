#include "net/memory_budget.h"

namespace sluice {

MemoryBudget::Share& MemoryBudget::Share::operator=(Share&& other) noexcept {
  if (this != &other) {
    release();
    budget_ = std::exchange(other.budget_, nullptr);
    size_ = other.size_;
  }
  return *this;
}

void MemoryBudget::Share::release() {
  MemoryBudget* budget = std::exchange(budget_, nullptr);
  if (budget == nullptr) return;
  SLUICE_ASSERT(budget->used_ >= size_);
  budget->used_ -= size_;
  budget->freed_.notify_all();
}

Task<MemoryBudget::Share> MemoryBudget::take(std::size_t size) {
  const Turns::Turn turn = co_await turns_.turn();
  while (used_ >= limit_) co_await freed_.wait();
  used_ += size;
  co_return Share(*this, size);
}

}  // namespace sluice
