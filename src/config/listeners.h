// config/listeners.h: where a node accepts connections, and what it tells others to connect to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/configuration.h"

namespace sluice {

/// The numbers are those on the wire and in metadata records.
enum class SecurityProtocol : std::int16_t { plaintext = 0, ssl = 1, sasl_plaintext = 2, sasl_ssl = 3 };

std::string_view name(SecurityProtocol protocol);
/// By its name in any case.
std::optional<SecurityProtocol> security_protocol(std::string_view name);

/// A listener's address, or the one advertised for it.
struct ListenerEndpoint {
  std::string listener;  ///< In capitals.
  std::string host;      ///< Without brackets; empty: every interface.
  std::uint16_t port = 0;
  SecurityProtocol protocol = SecurityProtocol::plaintext;

  /// NAME://host:port, an IPv6 address in brackets.
  std::string to_string() const;
  friend bool operator==(const ListenerEndpoint&, const ListenerEndpoint&) = default;
};

struct HostPort {
  std::string host;  ///< Without brackets.
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};
/// "host:port" or "[address]:port". Errors: invalid_argument.
Result<HostPort> parse_host_port(std::string_view text);

struct NodeRoles {
  bool broker = false;
  bool controller = false;
  friend bool operator==(const NodeRoles&, const NodeRoles&) = default;
};

/// What listeners, advertised.listeners, listener.security.protocol.map, controller.listener.names,
/// inter.broker.listener.name and security.inter.broker.protocol say together, with Kafka's defaults. Before
/// Kafka 3.0 host.name, port, advertised.host.name and advertised.port said the same; they count where the new
/// keys are not set.
struct Listeners {
  std::vector<ListenerEndpoint> broker;             ///< To bind; empty on a node that is only a controller.
  std::vector<ListenerEndpoint> controller;         ///< To bind; empty on a node that is only a broker.
  std::vector<ListenerEndpoint> advertised_broker;  ///< A subset of `broker` by name. Hosts are never empty.
  std::vector<ListenerEndpoint> advertised_controller;
  std::vector<std::string> controller_names;  ///< controller.listener.names; a broker dials the first.
  std::string inter_broker;                   ///< Name of the listener between brokers.
  std::map<std::string, SecurityProtocol, std::less<>> protocols;  ///< Of every listener name, dialled ones too.
  std::vector<std::string> warnings;

  SecurityProtocol protocol(std::string_view listener) const;
  friend bool operator==(const Listeners&, const Listeners&) = default;
};

/// `hostname` is advertised for listeners on every interface that advertised.listeners leaves open.
/// Errors: invalid_argument, saying which key does not fit and what would.
Result<Listeners> read_listeners(const Configuration& configuration, NodeRoles roles, const std::string& hostname);

/// One NAME://host:port with the protocol that `protocols` has for the name. Errors: invalid_argument.
Result<ListenerEndpoint> parse_endpoint(std::string_view text,
                                        const std::map<std::string, SecurityProtocol, std::less<>>& protocols);

}  // namespace sluice
