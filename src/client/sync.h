// client/sync.h: clients for programs that have no loop: a thread runs them, and the calls block.
//
//   ClientThread thread;
//   Sync<Admin> admin(thread, config);
//   const auto topics = admin([](Admin& client) { return client.list_topics(); });
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/epoll_loop.h"
#include "base/thread_pool.h"
#include "net/socket_network.h"

namespace sluice::client {

/// A loop on a thread of its own, with sockets. Serves any number of clients, which must be gone before it.
class ClientThread {
 public:
  ClientThread() : resolver_(1, "resolver"), network_(resolver_), loop_("client") {}

  /// Calls `make`, which returns a Task, on the loop, and blocks until the task has ended. Not from the loop's
  /// thread.
  template <class F>
  auto run(F make) {
    using T = typename ResultOf<std::invoke_result_t<F&>>::type;
    if constexpr (std::is_void_v<T>) {
      run_blocking(loop_, [&make] { return make(); });
    } else {
      std::optional<T> result;
      run_blocking(loop_, [&make, &result] { return keep(make(), &result); });
      return std::move(*result);
    }
  }

  Loop& loop() { return loop_; }
  Network& network() { return network_; }

 private:
  template <class T>
  struct ResultOf;
  template <class T>
  struct ResultOf<Task<T>> {
    using type = T;
  };
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>* to) {
    to->emplace(co_await std::move(task));
  }

  ThreadPool resolver_;
  SocketNetwork network_;
  EpollLoop loop_;
};

/// A Producer, Consumer or Admin on a ClientThread. Closes it when it dies.
template <class Client>
class Sync {
 public:
  /// `thread` outlives this.
  template <class Config>
  Sync(ClientThread& thread, Config config) : thread_(thread) {
    client_ = thread_.run([&] { return make(thread_, std::move(config)); });
  }
  ~Sync() {
    thread_.run([this] { return end(std::move(client_)); });
  }
  Sync(const Sync&) = delete;
  Sync& operator=(const Sync&) = delete;

  /// Calls `ask`, which takes the client and returns a Task, and blocks until the task has ended.
  template <class F>
  auto operator()(F ask) {
    return thread_.run([this, &ask] { return ask(*client_); });
  }

  /// Calls `tell`, which takes the client and returns nothing, soon and without waiting for it. From any thread,
  /// also while another one is blocked: sync.post([](Consumer& consumer) { consumer.wakeup(); }).
  template <class F>
  void post(F tell) {
    thread_.loop().post([this, tell = std::move(tell)]() mutable {
      if (client_) tell(*client_);
    });
  }

 private:
  template <class Config>
  static Task<std::unique_ptr<Client>> make(ClientThread& thread, Config config) {
    co_return std::make_unique<Client>(thread.loop(), thread.network(), std::move(config));
  }
  static Task<void> end(std::unique_ptr<Client> client) { co_await client->close(); }

  ClientThread& thread_;
  std::unique_ptr<Client> client_;
};

}  // namespace sluice::client
