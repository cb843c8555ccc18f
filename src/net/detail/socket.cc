#include "net/detail/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>

namespace sluice::detail {
namespace {

boost::asio::io_context& current_context() { return dynamic_cast<AsioLoop&>(Loop::current()).context(); }

Result<void> set_option(int descriptor, int level, int option, int value, const char* what) {
  if (::setsockopt(descriptor, level, option, &value, sizeof value) == 0) return {};
  return fail(system_error(errno, fmt::format("setting {} of a socket to {}", what, value)));
}

/// Closes a socket when its time has come, which ends the wait for it.
class ClosingTimer final : public Timer {
 public:
  explicit ClosingTimer(Socket& socket) : socket_(socket) {}

 private:
  void fire() override { socket_.close(); }
  Socket& socket_;
};

}  // namespace

Endpoint SocketAddress::endpoint() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(address.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
    ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    // An IPv4 peer of a socket for both families is shown as what it is.
    std::string_view host = text.data();
    constexpr std::string_view kMapped = "::ffff:";
    if (host.starts_with(kMapped) && host.contains('.')) host.remove_prefix(kMapped.size());
    return {std::string(host), ntohs(address.sin6_port)};
  }
  return {};
}

Endpoint local_endpoint(int descriptor) {
  SocketAddress address{.storage = {}, .length = sizeof(sockaddr_storage)};
  if (::getsockname(descriptor, address.get(), &address.length) != 0) return {};
  return address.endpoint();
}

Endpoint peer_endpoint(int descriptor) {
  SocketAddress address{.storage = {}, .length = sizeof(sockaddr_storage)};
  if (::getpeername(descriptor, address.get(), &address.length) != 0) return {};
  return address.endpoint();
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (value_ >= 0) ::close(value_);
  value_ = std::exchange(other.value_, -1);
  return *this;
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Socket::Socket(Descriptor descriptor) : stream_(current_context(), descriptor.release()) {}

void Socket::Wait::await_suspend(std::coroutine_handle<> waiting) {
  using Base = boost::asio::posix::descriptor_base;
  socket.stream_.async_wait(ready == Ready::read ? Base::wait_read : Base::wait_write,
                            [this, waiting](const boost::system::error_code& error) {
                              closed = static_cast<bool>(error);
                              waiting.resume();
                            });
}

void Socket::close() {
  boost::system::error_code ignored;  // Closing is final, whatever the system has to say about it.
  if (stream_.is_open()) stream_.close(ignored);
}

Result<void> set_options(int descriptor, const SocketOptions& options) {
  if (auto set = set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY"); !set) return set;
  if (auto set = set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE"); !set) return set;
  if (options.send_buffer_bytes > 0) {
    if (auto set = set_option(descriptor, SOL_SOCKET, SO_SNDBUF, options.send_buffer_bytes, "SO_SNDBUF"); !set)
      return set;
  }
  if (options.receive_buffer_bytes > 0)
    return set_option(descriptor, SOL_SOCKET, SO_RCVBUF, options.receive_buffer_bytes, "SO_RCVBUF");
  return {};
}

Task<Result<Descriptor>> connect(SocketAddress address, std::string name, SteadyTime deadline,
                                 SocketOptions options) {
  const int opened = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (opened < 0) co_return fail(system_error(errno, "opening a socket"));
  Descriptor owned(opened);
  if (auto set = set_options(opened, options); !set) co_return fail(set.error());
  if (::connect(opened, address.get(), address.length) == 0) co_return owned;
  if (errno != EINPROGRESS) co_return fail(system_error(errno, "connecting to " + name));

  // Waited for on a copy of the descriptor, since the timer closes what it waits on.
  Socket waiting{Descriptor(::dup(opened))};
  ClosingTimer timer(waiting);
  timer.set(Loop::current().timers(), deadline);
  const bool ready = co_await waiting.wait(Socket::Ready::write);
  if (!ready) co_return fail(Errc::timed_out, "connecting to {}: no answer in time", name);

  int failure = 0;
  socklen_t length = sizeof failure;
  ::getsockopt(opened, SOL_SOCKET, SO_ERROR, &failure, &length);
  if (failure != 0) co_return fail(system_error(failure, "connecting to " + name));
  co_return owned;
}

}  // namespace sluice::detail
