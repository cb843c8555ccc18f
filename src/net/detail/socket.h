// net/detail/socket.h: one socket of an EpollLoop: its descriptor, and waiting until it is ready.
#pragma once

#include <sys/socket.h>

#include <coroutine>

#include "base/epoll_loop.h"
#include "net/network.h"

namespace sluice::detail {

/// An address as the system has it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  Endpoint endpoint() const;
};

/// The two ends of a connected or bound socket; empty where there is none.
Endpoint local_endpoint(int descriptor);
Endpoint peer_endpoint(int descriptor);

/// Closes what it holds, unless released.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_ = -1;
};

/// A non-blocking socket that is watched by the loop that is current. One task may wait to read and one to write.
class Socket final : private EpollLoop::Watched {
 public:
  explicit Socket(Descriptor descriptor);
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_.get(); }
  bool is_open() const { return descriptor_.get() >= 0; }

  enum class Ready { read, write };
  /// After a call that would have blocked. True when it is worth trying again, false when the socket was closed.
  auto wait(Ready ready) { return Wait{*this, ready}; }
  /// Whether reading is worth a try: false where all has been read and nothing has come since.
  bool may_read() const { return may_read_; }
  /// All that had come has been read.
  void drained() { may_read_ = peer_ended_; }
  void close();

 private:
  struct Wait {
    Socket& socket;
    Ready ready;
    bool await_ready() const noexcept { return !socket.is_open(); }
    void await_suspend(std::coroutine_handle<> waiting) noexcept;
    bool await_resume() const noexcept { return socket.is_open(); }
  };
  void changed(std::uint32_t events) override;
  void resume(std::coroutine_handle<>& waiting);

  EpollLoop& loop_;
  Descriptor descriptor_;
  std::coroutine_handle<> reader_;
  std::coroutine_handle<> writer_;
  bool may_read_ = true;
  bool peer_ended_ = false;
};

/// Connects to `address`, of the loop that is current. Errors as Network::dial.
Task<Result<Descriptor>> connect(SocketAddress address, std::string name, SteadyTime deadline,
                                 SocketOptions options);

Result<void> set_options(int descriptor, const SocketOptions& options);

}  // namespace sluice::detail
