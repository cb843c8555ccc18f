// base/asio_loop.h: the production loop, a Boost.Asio io_context on a thread of its own.
#pragma once

#include <memory>
#include <thread>

#include "base/loop.h"
#include "base/task.h"

namespace boost::asio {
class io_context;
}

namespace sluice {

/// Runs from construction until `stop`. Whoever owns it drains what stands on it before stopping it.
class AsioLoop final : public Loop {
 public:
  explicit AsioLoop(std::string thread_name);
  ~AsioLoop() override;

  SteadyTime now() const override;
  WallTime wall_now() const override;
  std::uint64_t random() override;
  using Loop::post;
  void post(Job& job) override;

  /// Ends the thread after what is running; any thread but the loop's own. Fine to call twice.
  void stop();

  /// For the sockets of net/ only.
  boost::asio::io_context& context();

 private:
  void run();
  struct State;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

/// Runs `work` on `loop` and blocks the calling thread, which is not a loop's, until it has ended.
void run_blocking(Loop& loop, std::move_only_function<Task<void>()> work);

}  // namespace sluice
