// net/socket_network.h: the network of production: TCP sockets on EpollLoops.
#pragma once

#include "base/thread_pool.h"
#include "net/network.h"

namespace sluice {

/// May be used from every EpollLoop. `resolver` takes the name look-ups, which block; it outlives this.
class SocketNetwork final : public Network {
 public:
  explicit SocketNetwork(ThreadPool& resolver) : resolver_(resolver) {}

  Task<Result<std::unique_ptr<Listener>>> listen(Endpoint endpoint, SocketOptions options) override;
  Result<std::unique_ptr<Connection>> adopt(std::unique_ptr<Accepted> accepted, SocketOptions options) override;
  Task<Result<std::unique_ptr<Connection>>> dial(Endpoint endpoint, SteadyTime deadline,
                                                 SocketOptions options) override;

 private:
  ThreadPool& resolver_;
};

}  // namespace sluice
