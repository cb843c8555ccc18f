// server/session.h: one client's connection, from its first byte to its last.
//
// Requests are started in the order in which they came and answered in that order, but several are at work at
// once. A session belongs to one shard; it ends when the peer leaves, breaks the protocol, idles too long, or the
// node stops.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/event.h"
#include "net/frame_reader.h"
#include "net/network.h"
#include "server/reply.h"

namespace sluice {

/// What is known about who is at the other end.
struct Peer {
  Endpoint address;
  std::string listener;
  std::string software_name;  ///< As ApiVersions told; empty until then (KIP-511).
  std::string software_version;
};

struct SessionLimits {
  std::size_t frame_bytes_max = 100 * 1024 * 1024;  ///< socket.request.max.bytes
  std::size_t requests_in_flight_max = 32;          ///< Started and not yet answered.
};

class Session {
 public:
  /// Answers one request; called in the order in which requests came.
  using Serve = std::function<Task<Reply>(Peer&, Frame)>;

  Session(std::unique_ptr<Connection> connection, std::string listener, SessionLimits limits, ReadScratch& scratch,
          MemoryBudget& budget, Serve serve);

  /// Serves until the connection ends; then nothing of it is at work any more.
  Task<void> run();
  /// Ends it from outside.
  void close() { connection_->close(); }

  /// When the last request came or the last answer left.
  SteadyTime last_active() const { return last_active_; }
  bool busy() const { return !waiting_.empty(); }
  const Peer& peer() const { return peer_; }

 private:
  /// A request's place in the order of answers.
  struct Place {
    std::optional<Reply> reply;
  };

  Task<void> read_requests();
  Task<void> serve_one(std::shared_ptr<Place> place, Frame frame);
  /// Sends the answers that are ready and next in order, all that become so at once together; one task at a time
  /// does.
  Task<void> flush();
  std::vector<Reply> take_ready();
  Task<Result<void>> send(std::span<Reply> replies);
  Task<void> answer_wrong_door();

  std::unique_ptr<Connection> connection_;
  FrameReader reader_;
  SessionLimits limits_;
  Serve serve_;
  Peer peer_;
  TaskGroup tasks_;
  Event room_;
  std::deque<std::shared_ptr<Place>> waiting_;
  SteadyTime last_active_;
  bool flushing_ = false;
};

}  // namespace sluice
