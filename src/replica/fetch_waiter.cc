#include "replica/fetch_waiter.h"

namespace sluice {

void FetchWaiter::arrived(std::int64_t bytes) {
  const std::int64_t missing_before = bytes_missing_.fetch_sub(bytes);
  if (missing_before <= bytes) wake();
}

void FetchWaiter::wake() {
  if (done_.exchange(true)) return;
  home_.post([self = shared_from_this()] { self->woken_.notify_all(); });
}

Task<void> FetchWaiter::wait_until(SteadyTime deadline) {
  // A wake-up that came before this call has been posted but not run, or has run with nobody waiting.
  if (!done_.load()) co_await woken_.wait_until(deadline);
  done_.store(true);
}

}  // namespace sluice
