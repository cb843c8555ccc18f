#include "tools/bench/raw_connection.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::tools::bench {
namespace {

constexpr std::size_t kRoom = 64 * 1024;
constexpr std::size_t kFrameMax = std::size_t{1} << 30;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> look_up(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &wanted, &found);
  if (failure != 0) return fail(Errc::not_found, "{}: {}", endpoint.host, ::gai_strerror(failure));
  return Addresses(found, &::freeaddrinfo);
}

}  // namespace

Result<std::unique_ptr<RawConnection>> RawConnection::open(const Endpoint& endpoint) {
  const Result<Addresses> addresses = look_up(endpoint);
  if (!addresses) return fail(addresses.error());
  int failure = 0;
  for (const addrinfo* address = addresses->get(); address != nullptr; address = address->ai_next) {
    const int descriptor = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail(system_error(errno, "opening a socket"));
    std::unique_ptr<RawConnection> connection(new RawConnection(descriptor));
    const int one = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) return connection;
    failure = errno;
  }
  return fail(system_error(failure, "connecting to " + to_string(endpoint)));
}

RawConnection::~RawConnection() { ::close(descriptor_); }

Result<void> RawConnection::send(const PreparedRequest& request, std::int32_t correlation_id) {
  SLUICE_ASSERT(!sending());
  prefix_ = request.prefix(correlation_id);
  parts_ = request.parts();
  sent_ = 0;
  left_ = prefix_.size();
  for (const Bytes part : parts_) left_ += part.size();
  return continue_sending();
}

Result<void> RawConnection::continue_sending() {
  constexpr std::size_t kVectors = 64;
  while (left_ > 0) {
    std::array<iovec, kVectors> vectors;
    std::size_t count = 0;
    std::size_t skip = sent_;
    const auto add = [&](Bytes part) {
      const std::size_t skipped = std::min(skip, part.size());
      skip -= skipped;
      if (skipped == part.size() || count == kVectors) return;
      const Bytes rest = part.subspan(skipped);
      vectors[count++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    };
    add(prefix_);
    for (const Bytes part : parts_) add(part);
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {};
    if (sent < 0) return fail(system_error(errno, "sending"));
    sent_ += static_cast<std::size_t>(sent);
    left_ -= static_cast<std::size_t>(sent);
  }
  return {};
}

/// False where nothing more is there.
Result<bool> RawConnection::read_some() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (room_.size() < kRoom) room_.resize(kRoom);
  // A frame that does not fit behind what was cut moves to the front, where there is room for all of it.
  const std::size_t held = end_ - begin_;
  const std::size_t frame = held >= 4 ? 4 + load<std::uint32_t>(room_.bytes(), begin_) : 4;
  if (frame > kFrameMax) return fail(Errc::corrupt, "an answer claims {} bytes", frame);
  if (begin_ + frame > room_.size()) {
    std::memmove(room_.data(), room_.data() + begin_, held);
    begin_ = 0;
    end_ = held;
    if (frame > room_.size()) room_.resize(frame);
  }
  const ssize_t got = ::recv(descriptor_, room_.data() + end_, room_.size() - end_, MSG_DONTWAIT);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
  if (got < 0) return fail(system_error(errno, "receiving"));
  if (got == 0) return fail(Errc::closed, "the server has closed a connection");
  end_ += static_cast<std::size_t>(got);
  return true;
}

Result<void> RawConnection::cut(const std::function<Result<void>(Bytes frame)>& take) {
  while (end_ - begin_ >= 4) {
    const auto size = load<std::uint32_t>(room_.bytes(), begin_);
    if (end_ - begin_ - 4 < size) break;
    const Bytes frame = room_.bytes().subspan(begin_ + 4, size);
    begin_ += 4 + std::size_t{size};
    if (auto taken = take(frame); !taken) return taken;
  }
  return {};
}

Result<void> RawConnection::receive(const std::function<Result<void>(Bytes frame)>& take) {
  while (true) {
    const Result<bool> more = read_some();
    if (!more) return fail(more.error());
    if (!*more) return {};
    const bool filled = end_ == room_.size();
    if (auto taken = cut(take); !taken) return taken;
    if (!filled) return {};  // Whoever waits for the socket is told of what comes later.
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace sluice::tools::bench
