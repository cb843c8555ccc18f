// net/detail/socket.h: one socket of an AsioLoop: its descriptor, and waiting until it is ready.
#pragma once

#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <coroutine>

#include "base/asio_loop.h"
#include "base/event.h"
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

/// A non-blocking socket registered with the loop that is current.
class Socket {
 public:
  explicit Socket(Descriptor descriptor);

  int descriptor() { return stream_.native_handle(); }
  bool is_open() const { return stream_.is_open(); }

  enum class Ready { read, write };
  /// True when it is worth trying again, false when the socket was closed.
  auto wait(Ready ready) { return Wait{*this, ready}; }
  void close();

 private:
  struct Wait {
    Socket& socket;
    Ready ready;
    bool closed = false;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    bool await_resume() const noexcept { return !closed; }
  };
  boost::asio::posix::stream_descriptor stream_;
};

/// Connects to `address`, of the loop that is current. Errors as Network::dial.
Task<Result<Descriptor>> connect(SocketAddress address, std::string name, SteadyTime deadline,
                                 SocketOptions options);

Result<void> set_options(int descriptor, const SocketOptions& options);

}  // namespace sluice::detail
