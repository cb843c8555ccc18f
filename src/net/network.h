// net/network.h: connections and listeners, behind the seam that the simulator replaces.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/disk.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/task.h"

namespace sluice {

/// A host name or address, without brackets, and a port.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `host:port`, with brackets around an IPv6 address.
std::string to_string(const Endpoint& endpoint);

/// Whether more is about to follow, so that a half-filled packet had better wait for it.
enum class More { no, yes };

/// A stream of bytes to a peer. Belongs to the shard of its loop. One task may read while another writes; `close`
/// ends both. It must outlive the tasks that use it.
class Connection {
 public:
  virtual ~Connection() = default;

  /// At least one byte, or 0 when the peer has ended. `into` is touched only right before the task returns, so
  /// that many connections of a shard may read into one buffer. Errors: closed, io.
  virtual Task<Result<std::size_t>> read(MutableBytes into) = 0;
  /// Writes all of `parts`, whose bytes stay until the task is done. Errors: closed, io.
  virtual Task<Result<void>> write(std::span<const Bytes> parts, More more) = 0;
  /// Sends `size` bytes of `file` from `position` without passing them through this program where the system can.
  /// Errors: closed, io, also where the file is shorter.
  virtual Task<Result<void>> send_file(File& file, std::uint64_t position, std::size_t size, More more) = 0;
  /// Reads and writes that wait, and all later ones, fail with closed.
  virtual void close() = 0;

  virtual const Endpoint& local() const = 0;
  virtual const Endpoint& peer() const = 0;
};

/// A connection that has come in and belongs to no shard yet.
class Accepted {
 public:
  virtual ~Accepted() = default;
  virtual const Endpoint& peer() const = 0;
};

class Listener {
 public:
  virtual ~Listener() = default;
  /// Errors: closed after `close`; io for what may pass, such as no free descriptor: the caller waits and tries
  /// again.
  virtual Task<Result<std::unique_ptr<Accepted>>> accept() = 0;
  virtual void close() = 0;
  /// Where it listens: the real port where 0 was asked for.
  virtual const Endpoint& local() const = 0;
};

/// How sockets behave that are opened here.
struct SocketOptions {
  int send_buffer_bytes = -1;     ///< -1: what the system chooses.
  int receive_buffer_bytes = -1;  ///< -1: what the system chooses.
  int backlog = 50;               ///< Connections that wait to be accepted.
};

class Network {
 public:
  virtual ~Network() = default;

  /// Listens at once, on the loop that is current. An empty host is every address, of both families.
  /// Errors: already_exists where the port is taken, permission_denied, not_found for an unknown host.
  virtual Task<Result<std::unique_ptr<Listener>>> listen(Endpoint endpoint, SocketOptions options) = 0;
  /// Makes `accepted` a connection of the loop that is current.
  virtual Result<std::unique_ptr<Connection>> adopt(std::unique_ptr<Accepted> accepted, SocketOptions options) = 0;
  /// A connection of the loop that is current. Tries every address of the host in turn until the deadline.
  /// Errors: refused, timed_out, not_found for an unknown host, io.
  virtual Task<Result<std::unique_ptr<Connection>>> dial(Endpoint endpoint, SteadyTime deadline,
                                                         SocketOptions options) = 0;
};

}  // namespace sluice
