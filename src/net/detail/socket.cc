#include "net/detail/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sluice::detail {
namespace {

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

Socket::Socket(Descriptor descriptor)
    : loop_(dynamic_cast<EpollLoop&>(Loop::current())), descriptor_(std::move(descriptor)) {
  // One that cannot be watched is as good as closed by its peer.
  if (is_open() && !loop_.watch(descriptor_.get(), *this)) descriptor_ = Descriptor();
}

void Socket::Wait::await_suspend(std::coroutine_handle<> waiting) noexcept {
  std::coroutine_handle<>& place = ready == Ready::read ? socket.reader_ : socket.writer_;
  SLUICE_ASSERT(!place);
  place = waiting;
}

void Socket::changed(std::uint32_t events) {
  constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | kEnds)) != 0) {
    may_read_ = true;
    // The end is told only once, perhaps together with what comes before it.
    if ((events & kEnds) != 0) peer_ended_ = true;
    resume(reader_);
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) resume(writer_);
}

void Socket::resume(std::coroutine_handle<>& waiting) {
  if (waiting) loop_.resume_soon(std::exchange(waiting, nullptr));
}

void Socket::close() {
  if (!is_open()) return;
  loop_.forget(descriptor_.get());
  descriptor_ = Descriptor();
  resume(reader_);
  resume(writer_);
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
