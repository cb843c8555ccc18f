#include "config/listeners.h"

#include <algorithm>

#include "base/assert.h"
#include "config/detail/text.h"

namespace sluice {
namespace {

using Names = std::vector<std::string>;
using Protocols = std::map<std::string, SecurityProtocol, std::less<>>;
using Endpoints = std::vector<ListenerEndpoint>;

constexpr std::uint16_t kPort = 9092;

bool has(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

Names names_of(const Endpoints& endpoints) {
  Names names;
  for (const ListenerEndpoint& endpoint : endpoints) names.push_back(endpoint.listener);
  return names;
}

const ListenerEndpoint* find(const Endpoints& endpoints, std::string_view listener) {
  const auto found = std::ranges::find(endpoints, listener, &ListenerEndpoint::listener);
  return found == endpoints.end() ? nullptr : &*found;
}

bool is_ipv6(std::string_view host) { return host.contains(':'); }
bool is_ipv4(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}
/// Addresses that mean "here, everywhere" and lead nobody anywhere.
bool is_wildcard(std::string_view host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

Result<SecurityProtocol> read_protocol(std::string_view text, std::string_view key) {
  const auto protocol = security_protocol(text);
  if (!protocol)
    return fail(
        Errc::invalid_argument,
        "Invalid security protocol `{}` defined in {}: it must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
        text, key);
  return *protocol;
}

/// listener.security.protocol.map. Without it a controller's listener of any name is PLAINTEXT, unless something
/// here is secured: then it must be said, so that nobody leaves a controller open by mistake.
Result<Protocols> read_protocols(const Configuration& configuration, const Names& controller_names,
                                 const Names& listeners) {
  constexpr std::string_view kKey = "listener.security.protocol.map";
  Protocols protocols;
  for (const std::string_view pair : detail::split_list(configuration.text(kKey))) {
    const std::size_t colon = pair.rfind(':');
    if (colon == std::string_view::npos)
      return fail(invalid_config_value(kKey, pair, "Each entry should be in the form {listener}:{protocol}"));
    const auto protocol = read_protocol(detail::trimmed(pair.substr(colon + 1)), kKey);
    if (!protocol) return fail(protocol.error());
    protocols.insert_or_assign(detail::upper_case(detail::trimmed(pair.substr(0, colon))), *protocol);
  }
  if (configuration.is_set(kKey)) return protocols;

  const auto is_secured = [](std::string_view text) {
    const auto protocol = security_protocol(text.substr(0, text.find(':')));
    return protocol && *protocol != SecurityProtocol::plaintext;
  };
  if (std::ranges::any_of(controller_names, is_secured) || std::ranges::any_of(listeners, is_secured))
    return protocols;
  for (const std::string& listener : controller_names)
    protocols.try_emplace(listener, SecurityProtocol::plaintext);
  return protocols;
}

Result<void> check_ports(const Endpoints& endpoints) {
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    for (std::size_t j = i + 1; j < endpoints.size(); ++j) {
      const ListenerEndpoint& a = endpoints[i];
      const ListenerEndpoint& b = endpoints[j];
      if (a.port != b.port || a.port == 0) continue;
      if ((is_ipv4(a.host) && is_ipv6(b.host)) || (is_ipv6(a.host) && is_ipv4(b.host))) continue;
      return fail(Errc::invalid_argument,
                  "Each listener must have a different port, unless one has an IPv4 address and the other an IPv6 "
                  "address: {} and {}",
                  a.to_string(), b.to_string());
    }
  }
  return {};
}

Result<Endpoints> parse_endpoints(const Names& texts, const Protocols& protocols, std::string_view key) {
  Endpoints endpoints;
  for (const std::string& text : texts) {
    Result<ListenerEndpoint> endpoint = parse_endpoint(text, protocols);
    if (!endpoint)
      return fail(Errc::invalid_argument, "{}={}: {}", key, detail::joined(texts, ","), endpoint.error().what);
    if (find(endpoints, endpoint->listener))
      return fail(Errc::invalid_argument, "{}={}: Each listener must have a different name", key,
                  detail::joined(texts, ","));
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

/// "host:port" of the keys before Kafka 3.0, or of what they leave to be said.
std::string old_address(const Configuration& configuration, std::string_view host_key, std::string_view port_key,
                        const std::string& host, std::int64_t port) {
  const std::string old_host = configuration.find_text(host_key).value_or(host);
  const std::int64_t old_port = configuration.is_set(port_key) ? configuration.int64(port_key) : port;
  return fmt::format("PLAINTEXT://{}:{}", is_ipv6(old_host) ? "[" + old_host + "]" : old_host, old_port);
}

Names listener_texts(const Configuration& configuration, NodeRoles roles, const Names& controller_names) {
  if (configuration.is_set("listeners")) return configuration.list("listeners");
  if (configuration.is_set("port") || configuration.is_set("host.name"))
    return {old_address(configuration, "host.name", "port", "", kPort)};
  // A controller's port is not for us to choose, but a controller alone needs one.
  if (!roles.broker)
    return {
        fmt::format("{}://:{}", controller_names.empty() ? "CONTROLLER" : controller_names.front(), kPort + 1)};
  return configuration.list("listeners");
}

Names advertised_texts(const Configuration& configuration, const Endpoints& listeners) {
  if (configuration.is_set("advertised.listeners")) return configuration.list("advertised.listeners");
  if (!configuration.is_set("advertised.host.name") && !configuration.is_set("advertised.port")) return {};
  const ListenerEndpoint* plain = find(listeners, "PLAINTEXT");
  return {old_address(configuration, "advertised.host.name", "advertised.port", plain ? plain->host : "",
                      plain ? plain->port : kPort)};
}

/// What to advertise for `listener`: what was said, or where it is bound, or this machine's name.
Result<ListenerEndpoint> advertise(const ListenerEndpoint& listener, const ListenerEndpoint* said,
                                   const std::string& hostname, std::vector<std::string>& warnings) {
  if (said && (said->host == "0.0.0.0" || said->host == "::"))
    return fail(
        Errc::invalid_argument,
        "advertised.listeners cannot use the nonroutable meta-address {}: give {} the name or address by which "
        "others reach this machine, for example {}",
        said->host, said->listener,
        ListenerEndpoint{said->listener, hostname, said->port, said->protocol}.to_string());
  ListenerEndpoint advertised = said ? *said : listener;
  if (!is_wildcard(advertised.host)) return advertised;
  advertised.host = hostname;
  warnings.push_back(
      fmt::format("{} accepts on every interface and is advertised as {}; set advertised.listeners if "
                  "clients know this machine by another name",
                  listener.to_string(), advertised.to_string()));
  return advertised;
}

Result<void> advertise_all(const Endpoints& said, const std::string& hostname, Listeners& result) {
  for (const bool is_controller : {false, true}) {
    const Endpoints& bound = is_controller ? result.controller : result.broker;
    Endpoints& advertised = is_controller ? result.advertised_controller : result.advertised_broker;
    for (const ListenerEndpoint& listener : bound) {
      const ListenerEndpoint* found = find(said, listener.listener);
      // A broker's listener that advertised.listeners leaves out is not advertised; a controller's always is.
      if (!found && !said.empty() && !is_controller) continue;
      auto endpoint = advertise(listener, found, hostname, result.warnings);
      if (!endpoint) return fail(endpoint.error());
      advertised.push_back(std::move(*endpoint));
    }
  }
  return {};
}

Result<void> check_advertised(const Endpoints& said, const Endpoints& listeners, const Names& controller_names) {
  for (const ListenerEndpoint& endpoint : said) {
    if (find(listeners, endpoint.listener) || has(controller_names, endpoint.listener)) continue;
    return fail(
        Errc::invalid_argument,
        "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found "
        "{}. The valid options based on the current configuration are {}",
        endpoint.listener, detail::joined(names_of(listeners), ","));
  }
  return {};
}

Result<std::string> read_inter_broker(const Configuration& configuration, const Listeners& listeners) {
  constexpr std::string_view kByName = "inter.broker.listener.name";
  constexpr std::string_view kByProtocol = "security.inter.broker.protocol";
  const Names advertised = names_of(listeners.advertised_broker);
  if (const auto name = configuration.find_text(kByName)) {
    if (configuration.is_set(kByProtocol))
      return fail(Errc::invalid_argument, "Only one of {} and {} should be set.", kByName, kByProtocol);
    const std::string upper = detail::upper_case(*name);
    if (!listeners.protocols.contains(upper))
      return fail(Errc::invalid_argument,
                  "Listener with name {} defined in {} not found in listener.security.protocol.map.", upper,
                  kByName);
    if (has(advertised, upper) || advertised.empty()) return upper;
  } else {
    const std::string by_protocol = configuration.text(kByProtocol);
    if (has(advertised, by_protocol) || advertised.empty()) return by_protocol;
    // Kafka stops here. Where there is a single listener there is nothing to choose.
    if (advertised.size() == 1 && !configuration.is_set(kByProtocol)) return advertised.front();
  }
  return fail(Errc::invalid_argument,
              "{} must be a listener name defined in advertised.listeners. The valid options based on currently "
              "configured listeners are {}",
              kByName, detail::joined(advertised, ","));
}

/// Gives every bound listener to the broker or the controller, and checks that each role has what it needs.
Result<void> divide(const Endpoints& bound, NodeRoles roles, Listeners& result) {
  for (const ListenerEndpoint& endpoint : bound)
    (has(result.controller_names, endpoint.listener) ? result.controller : result.broker).push_back(endpoint);
  const std::string names = detail::joined(result.controller_names, ",");
  if (!roles.controller && !result.controller.empty())
    return fail(
        Errc::invalid_argument,
        "controller.listener.names={} must not contain a value appearing in the 'listeners' configuration when "
        "process.roles=broker: take {} out of listeners",
        names, result.controller.front().listener);
  if (!roles.broker && !result.broker.empty())
    return fail(Errc::invalid_argument,
                "listeners must only contain controller listeners from controller.listener.names={} when "
                "process.roles=controller: take {} out of listeners",
                names, result.broker.front().listener);
  if (roles.broker && result.broker.empty())
    return fail(Errc::invalid_argument,
                "There must be at least one broker listener; all listeners appear in controller.listener.names={}",
                names);
  if (!roles.controller) return {};
  for (const std::string& listener : result.controller_names)
    if (!find(result.controller, listener))
      return fail(
          Errc::invalid_argument,
          "controller.listener.names must only contain values appearing in the 'listeners' configuration when "
          "this node is a controller: add {}://host:port to listeners",
          listener);
  return {};
}

}  // namespace

SecurityProtocol Listeners::protocol(std::string_view listener) const {
  const auto found = protocols.find(listener);
  SLUICE_ASSERT(found != protocols.end());
  return found->second;
}

Result<Listeners> read_listeners(const Configuration& configuration, NodeRoles roles,
                                 const std::string& hostname) {
  Listeners result;
  for (const std::string& listener : configuration.list("controller.listener.names"))
    result.controller_names.push_back(detail::upper_case(listener));
  if (!roles.broker && result.controller_names.empty()) result.controller_names.push_back("CONTROLLER");

  const Names texts = listener_texts(configuration, roles, result.controller_names);
  Result<Protocols> protocols = read_protocols(configuration, result.controller_names, texts);
  if (!protocols) return fail(protocols.error());
  result.protocols = std::move(*protocols);
  for (const std::string& listener : result.controller_names)
    if (!result.protocols.contains(listener))
      return fail(Errc::invalid_argument,
                  "Controller listener with name {} defined in controller.listener.names not found in "
                  "listener.security.protocol.map (which must name it if it is set, or if a listener uses another "
                  "protocol than PLAINTEXT)",
                  listener);

  const auto bound = parse_endpoints(texts, result.protocols, "listeners");
  if (!bound) return fail(bound.error());
  if (auto checked = check_ports(*bound); !checked) return fail(checked.error());
  if (auto divided = divide(*bound, roles, result); !divided) return fail(divided.error());

  const auto said =
      parse_endpoints(advertised_texts(configuration, *bound), result.protocols, "advertised.listeners");
  if (!said) return fail(said.error());
  if (auto checked = check_advertised(*said, *bound, result.controller_names); !checked)
    return fail(checked.error());
  if (auto advertised = advertise_all(*said, hostname, result); !advertised) return fail(advertised.error());
  if (roles.broker && result.advertised_broker.empty())
    return fail(Errc::invalid_argument,
                "There must be at least one broker advertised listener: advertised.listeners names none of {}",
                detail::joined(names_of(result.broker), ","));

  Result<std::string> inter_broker = read_inter_broker(configuration, result);
  if (!inter_broker) return fail(inter_broker.error());
  result.inter_broker = std::move(*inter_broker);
  return result;
}

}  // namespace sluice
