#include "controller/broker_sessions.h"

namespace sluice {

void BrokerSessions::touch(NodeId broker, SteadyTime now) { sessions_[broker].last_contact = now; }

const BrokerSessions::Session* BrokerSessions::find(NodeId broker) const {
  const auto found = sessions_.find(broker);
  return found == sessions_.end() ? nullptr : &found->second;
}

bool BrokerSessions::is_valid(NodeId broker, SteadyTime now) const {
  const Session* session = find(broker);
  return session != nullptr && (session->local || session->last_contact + timeout_ >= now);
}

bool BrokerSessions::is_local(NodeId broker) const {
  const Session* session = find(broker);
  return session != nullptr && session->local;
}

Offset BrokerSessions::metadata_offset(NodeId broker) const {
  const Session* session = find(broker);
  return session == nullptr ? Offset{-1} : session->metadata_offset;
}

void BrokerSessions::set_metadata_offset(NodeId broker, Offset offset) {
  sessions_[broker].metadata_offset = offset;
}

Offset BrokerSessions::shutdown_offset(NodeId broker) const {
  const Session* session = find(broker);
  return session == nullptr ? Offset{-1} : session->shutdown_offset;
}

void BrokerSessions::set_shutdown_offset(NodeId broker, Offset offset) {
  sessions_[broker].shutdown_offset = offset;
}

}  // namespace sluice
