// controller/broker_sessions.h: when the active controller heard from each broker last. Nobody else knows, and a
// new controller begins anew: it is not in the log.
#pragma once

#include <chrono>
#include <map>
#include <optional>

#include "base/loop.h"
#include "wire/ids.h"

namespace sluice {

/// Sessions of the brokers that are registered. Must be told of every registration. For one task.
class BrokerSessions {
 public:
  explicit BrokerSessions(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  /// A broker that heartbeats, or did before this controller began.
  void touch(NodeId broker, SteadyTime now);
  /// A broker in the controller's own process: as long as there is a controller, it is there.
  void touch_local(NodeId broker) { sessions_[broker] = {.last_contact = {}, .local = true}; }
  void remove(NodeId broker) { sessions_.erase(broker); }

  /// Whether the broker was heard from within the timeout.
  bool is_valid(NodeId broker, SteadyTime now) const;
  bool is_local(NodeId broker) const;
  /// A broker that was not, of those that `tracked` says are unfenced; the one silent for the longest.
  template <class Tracked>
  std::optional<NodeId> find_stale(SteadyTime now, const Tracked& tracked) const {
    std::optional<NodeId> stale;
    SteadyTime oldest = now - timeout_;
    for (const auto& [broker, session] : sessions_) {
      if (session.local || session.last_contact >= oldest || !tracked(broker)) continue;
      stale = broker;
      oldest = session.last_contact;
    }
    return stale;
  }

  /// How far a broker has read the metadata log; -1 if it has not told.
  Offset metadata_offset(NodeId broker) const;
  void set_metadata_offset(NodeId broker, Offset offset);
  /// While a broker shuts down: the offset that others must have read before it may.
  Offset shutdown_offset(NodeId broker) const;
  void set_shutdown_offset(NodeId broker, Offset offset);

 private:
  struct Session {
    SteadyTime last_contact{};
    bool local = false;
    Offset metadata_offset{-1};
    Offset shutdown_offset{-1};
  };
  const Session* find(NodeId broker) const;

  std::chrono::milliseconds timeout_;
  std::map<NodeId, Session> sessions_;
};

}  // namespace sluice
