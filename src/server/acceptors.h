// server/acceptors.h: takes connections in on every listener and spreads them over the shards.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/event.h"
#include "net/network.h"

namespace sluice {

class BrokerShard;

struct ConnectionLimits {
  std::size_t total_max = 0;        ///< max.connections
  std::size_t per_address_max = 0;  ///< max.connections.per.ip
  std::map<std::string, std::uint32_t, std::less<>> per_address_overrides;
};

/// Lives on the broker's first shard.
class Acceptors {
 public:
  Acceptors(Loop& loop, Network& network, ConnectionLimits limits,
            const std::vector<std::unique_ptr<BrokerShard>>& shards)
      : loop_(loop), network_(network), limits_(std::move(limits)), shards_(shards), tasks_(loop) {}

  /// Listens, without taking connections in yet. Returns where: the real port where 0 was asked for.
  Task<Result<Endpoint>> listen(std::string listener, Endpoint endpoint, SocketOptions options);
  /// From here on connections are served.
  void start();
  Task<void> close();
  std::size_t connection_count() const { return total_; }

 private:
  struct Port {
    std::string name;
    std::unique_ptr<Listener> listener;
  };
  Task<void> accept(Port& port);
  bool has_room(const std::string& address) const;
  void release(const std::string& address);

  Loop& loop_;
  Network& network_;
  ConnectionLimits limits_;
  const std::vector<std::unique_ptr<BrokerShard>>& shards_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::map<std::string, std::size_t, std::less<>> by_address_;
  std::size_t total_ = 0;
  std::size_t next_shard_ = 0;
  TaskGroup tasks_;
};

}  // namespace sluice
