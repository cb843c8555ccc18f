// net/detail/socket_connection.h: a TCP connection on an EpollLoop.
#pragma once

#include "net/detail/socket.h"

namespace sluice::detail {

class SocketConnection final : public Connection {
 public:
  /// `descriptor` is connected and non-blocking.
  explicit SocketConnection(Descriptor descriptor)
      : local_(local_endpoint(descriptor.get())),
        peer_(peer_endpoint(descriptor.get())),
        socket_(std::move(descriptor)) {}

  Task<Result<std::size_t>> read(MutableBytes into) override;
  Task<Result<void>> write(std::span<const Bytes> parts, More more) override;
  Task<Result<void>> send_file(File& file, std::uint64_t position, std::size_t size, More more) override;
  void close() override { socket_.close(); }

  const Endpoint& local() const override { return local_; }
  const Endpoint& peer() const override { return peer_; }

 private:
  /// Waits where the last call would have blocked; its error otherwise. Errors: closed, io.
  Task<Result<void>> recover(int error_number, Socket::Ready ready, const char* doing);
  Error closed() const;

  Endpoint local_;
  Endpoint peer_;
  Socket socket_;
};

}  // namespace sluice::detail
