// simulation/sim_network.h: a network in memory. Bytes arrive in order, after a delay that the seed picks; links
// can be cut, and a machine that loses power takes its connections with it.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/event.h"
#include "net/network.h"
#include "simulation/sim_loop.h"

namespace sluice::sim {

/// Every endpoint of one virtual world. Ports are looked up by number, whatever the host is called.
class SimNetwork final : public Network {
 public:
  explicit SimNetwork(SimLoop& loop) : loop_(loop) {}
  ~SimNetwork() override;

  Task<Result<std::unique_ptr<Listener>>> listen(Endpoint endpoint, SocketOptions options) override;
  Result<std::unique_ptr<Connection>> adopt(std::unique_ptr<Accepted> accepted, SocketOptions options) override;
  Task<Result<std::unique_ptr<Connection>>> dial(Endpoint endpoint, SteadyTime deadline,
                                                 SocketOptions options) override;

  /// Each stretch of bytes takes up to this long, by the seed; those of one direction do not overtake each other.
  void set_latency(std::chrono::nanoseconds most) { latency_ = most; }
  /// Breaks every connection, as a crash or a cut cable does: what is under way is lost, reads and writes fail.
  void break_connections();
  /// Breaks one that the seed picks, if there is any.
  void break_one();
  /// The machines that listen are gone: as break_connections(), and nobody listens until someone does anew.
  void take_down();

 private:
  friend class SimConnection;
  friend class SimListener;
  friend class SimAccepted;
  struct Pipe;
  struct Link;
  struct Port;

  SteadyTime arrival(SteadyTime not_before);
  /// How many bytes of so many arrive together.
  std::size_t cut_of(std::size_t size);

  SimLoop& loop_;
  std::map<std::uint16_t, std::weak_ptr<Port>> ports_;
  std::list<std::weak_ptr<Link>> links_;
  std::uint16_t next_port_ = 40'000;
  std::chrono::nanoseconds latency_{0};
};

}  // namespace sluice::sim
