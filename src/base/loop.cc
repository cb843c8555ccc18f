#include "base/loop.h"

#include <memory>
#include <utility>

#include "base/assert.h"

namespace sluice {

thread_local Loop* Loop::current_ = nullptr;

Loop& Loop::current() {
  SLUICE_ASSERT(current_ != nullptr);
  return *current_;
}

namespace {
class OwnedJob final : public Job {
 public:
  explicit OwnedJob(std::move_only_function<void()> work) : work_(std::move(work)) {}
  void run() override {
    const std::unique_ptr<OwnedJob> self(this);
    work_();
  }

 private:
  std::move_only_function<void()> work_;
};
}  // namespace

void Loop::post(std::move_only_function<void()> work) {
  post(*std::make_unique<OwnedJob>(std::move(work)).release());  // It owns itself from here until it has run.
}

}  // namespace sluice
