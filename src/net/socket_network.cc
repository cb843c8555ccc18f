#include "net/socket_network.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/detail/socket.h"
#include "net/detail/socket_connection.h"

namespace sluice {
namespace {

using detail::Descriptor;
using detail::SocketAddress;

/// Blocks: for the resolver's threads.
Result<std::vector<SocketAddress>> look_up(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* first = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const char* host = endpoint.host.empty() ? nullptr : endpoint.host.c_str();
  const int failure = ::getaddrinfo(host, port.c_str(), &hints, &first);
  if (failure != 0)
    return fail(Errc::not_found, "no address is known for {}: {}", endpoint.host, ::gai_strerror(failure));

  std::vector<SocketAddress> addresses;
  for (const addrinfo* next = first; next != nullptr; next = next->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, next->ai_addr, next->ai_addrlen);
    address.length = next->ai_addrlen;
  }
  ::freeaddrinfo(first);
  return addresses;
}

/// Blocks, as look_up(). A name of both families, as localhost is, gives IPv4 first: clients that try IPv6 come
/// there next, but those that were given 127.0.0.1 try nothing else.
Result<std::vector<SocketAddress>> look_up_for_binding(const Endpoint& endpoint) {
  Result<std::vector<SocketAddress>> addresses = look_up(endpoint, AI_PASSIVE);
  const auto is_before = [](const SocketAddress& a, const SocketAddress& b) {
    return a.storage.ss_family == AF_INET && b.storage.ss_family != AF_INET;
  };
  if (addresses) std::ranges::sort(*addresses, is_before);
  return addresses;
}

/// Every address of both families, or of IPv4 alone on a machine without IPv6.
std::vector<SocketAddress> any_address(std::uint16_t port) {
  std::vector<SocketAddress> addresses(2);
  auto& six = reinterpret_cast<sockaddr_in6&>(addresses[0].storage);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  addresses[0].length = sizeof six;
  auto& four = reinterpret_cast<sockaddr_in&>(addresses[1].storage);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  addresses[1].length = sizeof four;
  return addresses;
}

Result<Descriptor> bind_at(const SocketAddress& address, const std::string& name, const SocketOptions& options) {
  Descriptor bound(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (bound.get() < 0) return fail(system_error(errno, "opening a socket"));
  const int on = 1;
  const int off = 0;
  ::setsockopt(bound.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6)
    ::setsockopt(bound.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(bound.get(), address.get(), address.length) != 0 || ::listen(bound.get(), options.backlog) != 0) {
    if (errno == EADDRINUSE)
      return fail(Errc::already_exists, "{} is in use by another program, or by another node on this machine",
                  name);
    return fail(system_error(errno, "listening on " + name));
  }
  return bound;
}

class SocketAccepted final : public Accepted {
 public:
  SocketAccepted(Descriptor descriptor, Endpoint peer)
      : descriptor(std::move(descriptor)), peer_(std::move(peer)) {}
  const Endpoint& peer() const override { return peer_; }

  Descriptor descriptor;

 private:
  Endpoint peer_;
};

class SocketListener final : public Listener {
 public:
  explicit SocketListener(Descriptor bound)
      : local_(detail::local_endpoint(bound.get())), socket_(std::move(bound)) {}

  Task<Result<std::unique_ptr<Accepted>>> accept() override {
    while (socket_.is_open()) {
      SocketAddress peer{.storage = {}, .length = sizeof(sockaddr_storage)};
      Descriptor accepted(::accept4(socket_.descriptor(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted.get() >= 0) co_return std::make_unique<SocketAccepted>(std::move(accepted), peer.endpoint());
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        co_return fail(Errc::io, "accepting on {}: {}", to_string(local_), std::strerror(errno));
      const bool worth_trying = co_await socket_.wait(detail::Socket::Ready::read);
      if (!worth_trying) break;
    }
    co_return fail(Errc::closed, "{} no longer listens", to_string(local_));
  }
  void close() override { socket_.close(); }
  const Endpoint& local() const override { return local_; }

 private:
  Endpoint local_;
  detail::Socket socket_;
};

}  // namespace

Task<Result<std::unique_ptr<Listener>>> SocketNetwork::listen(Endpoint endpoint, SocketOptions options) {
  Result<std::vector<SocketAddress>> addresses = any_address(endpoint.port);
  if (!endpoint.host.empty() && endpoint.host != "0.0.0.0")
    addresses = co_await resolver_.run([&] { return look_up_for_binding(endpoint); });
  if (!addresses) co_return fail(std::move(addresses.error()));
  Result<Descriptor> bound = fail(Errc::not_found, "{} has no address", endpoint.host);
  for (const SocketAddress& address : *addresses) {
    bound = bind_at(address, to_string(endpoint), options);
    if (bound || bound.error().code == Errc::already_exists) break;
  }
  if (!bound) co_return fail(std::move(bound.error()));
  co_return std::make_unique<SocketListener>(std::move(*bound));
}

Result<std::unique_ptr<Connection>> SocketNetwork::adopt(std::unique_ptr<Accepted> accepted,
                                                         SocketOptions options) {
  auto& socket = dynamic_cast<SocketAccepted&>(*accepted);
  if (auto set = detail::set_options(socket.descriptor.get(), options); !set) return fail(std::move(set.error()));
  return std::make_unique<detail::SocketConnection>(std::move(socket.descriptor));
}

Task<Result<std::unique_ptr<Connection>>> SocketNetwork::dial(Endpoint endpoint, SteadyTime deadline,
                                                              SocketOptions options) {
  const Result<std::vector<SocketAddress>> addresses =
      co_await resolver_.run([&] { return look_up(endpoint, AI_ADDRCONFIG); });
  if (!addresses) co_return fail(addresses.error());

  Result<Descriptor> connected = fail(Errc::not_found, "{} has no address", endpoint.host);
  for (const SocketAddress& address : *addresses) {
    connected = co_await detail::connect(address, to_string(endpoint), deadline, options);
    if (connected || connected.error().code == Errc::timed_out) break;
  }
  if (!connected) co_return fail(std::move(connected.error()));
  co_return std::make_unique<detail::SocketConnection>(std::move(*connected));
}

}  // namespace sluice
