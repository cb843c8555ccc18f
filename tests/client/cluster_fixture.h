// client/cluster_fixture.h: a virtual world with three fake brokers, for tests of clients.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "client/fake_cluster.h"

namespace sluice::client {

using namespace std::chrono_literals;

class ClusterFixture : public testing::Test {
 protected:
  ~ClusterFixture() override { loop_.run_until_idle(); }

  sim::SimLoop loop_{42};
  sim::SimNetwork network_{loop_};
  FakeCluster cluster_{loop_, network_, 3};
};

/// Something started in the background, and what came of it.
template <class T>
class Started {
 public:
  Started(sim::SimLoop& loop, Task<T> task) : group_(std::make_unique<TaskGroup>(loop)) {
    group_->start(keep(std::move(task), &result_));
    loop.run_until_idle();
  }
  bool done() const { return result_->has_value(); }
  const T& operator*() const { return **result_; }
  const T* operator->() const { return &**result_; }

 private:
  static Task<void> keep(Task<T> task, std::unique_ptr<std::optional<T>>* into) {
    std::optional<T>* slot = into->get();
    slot->emplace(co_await std::move(task));
  }
  std::unique_ptr<std::optional<T>> result_ = std::make_unique<std::optional<T>>();
  std::unique_ptr<TaskGroup> group_;
};

}  // namespace sluice::client
