#include "net/detail/socket_connection.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sluice::detail {
namespace {

/// The parts of a write that the socket has not taken yet.
class Outgoing {
 public:
  explicit Outgoing(std::span<const Bytes> parts) : parts_(parts) { took(0); }

  bool done() const { return parts_.empty(); }

  msghdr next() {
    std::size_t count = 0;
    for (const Bytes part : parts_.first(std::min(parts_.size(), vectors_.size()))) {
      const Bytes rest = count == 0 ? part.subspan(taken_) : part;
      vectors_[count++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    }
    msghdr message{};
    message.msg_iov = vectors_.data();
    message.msg_iovlen = count;
    return message;
  }

  void took(std::size_t count) {
    taken_ += count;
    while (!parts_.empty() && taken_ >= parts_.front().size()) {
      taken_ -= parts_.front().size();
      parts_ = parts_.subspan(1);
    }
  }

 private:
  std::span<const Bytes> parts_;
  std::size_t taken_ = 0;  // Of the first part.
  std::array<iovec, 64> vectors_;
};

}  // namespace

Error SocketConnection::closed() const {
  return Error{Errc::closed, fmt::format("the connection to {} is closed", to_string(peer_))};
}

Task<Result<void>> SocketConnection::recover(int error_number, Socket::Ready ready, const char* doing) {
  if (error_number == EINTR) co_return Result<void>{};
  if (error_number != EAGAIN && error_number != EWOULDBLOCK)
    co_return fail(system_error(error_number, fmt::format("{} {}", doing, to_string(peer_))));
  const bool worth_trying = co_await socket_.wait(ready);
  if (!worth_trying) co_return fail(closed());
  co_return Result<void>{};
}

Task<Result<std::size_t>> SocketConnection::read(MutableBytes into) {
  while (socket_.is_open()) {
    if (!socket_.may_read()) {
      (void)co_await socket_.wait(Socket::Ready::read);
      continue;
    }
    const ssize_t got = ::recv(socket_.descriptor(), into.data(), into.size(), MSG_DONTWAIT);
    if (got >= 0) {
      if (std::cmp_less(got, into.size())) socket_.drained();
      co_return static_cast<std::size_t>(got);
    }
    auto recovered = co_await recover(errno, Socket::Ready::read, "reading from");
    if (!recovered) co_return fail(std::move(recovered.error()));
  }
  co_return fail(closed());
}

Task<Result<void>> SocketConnection::write(std::span<const Bytes> parts, More more) {
  Outgoing outgoing(parts);
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more == More::yes ? MSG_MORE : 0);
  while (!outgoing.done()) {
    if (!socket_.is_open()) co_return fail(closed());
    const msghdr message = outgoing.next();
    const ssize_t sent = ::sendmsg(socket_.descriptor(), &message, flags);
    if (sent >= 0) {
      outgoing.took(static_cast<std::size_t>(sent));
      continue;
    }
    auto recovered = co_await recover(errno, Socket::Ready::write, "writing to");
    if (!recovered) co_return recovered;
  }
  co_return Result<void>{};
}

Task<Result<void>> SocketConnection::send_file(File& file, std::uint64_t position, std::size_t size, More) {
  auto offset = static_cast<off_t>(position);
  while (size > 0) {
    if (!socket_.is_open()) co_return fail(closed());
    const ssize_t sent = ::sendfile(socket_.descriptor(), file.descriptor(), &offset, size);
    if (sent > 0) {
      size -= static_cast<std::size_t>(sent);
      continue;
    }
    if (sent == 0) co_return fail(Errc::io, "a file ended {} bytes before what was to be sent of it", size);
    auto recovered = co_await recover(errno, Socket::Ready::write, "sending a file to");
    if (!recovered) co_return recovered;
  }
  co_return Result<void>{};
}

}  // namespace sluice::detail
