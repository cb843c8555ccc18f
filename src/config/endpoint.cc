// Single addresses: reading and writing them.
#include "config/detail/text.h"
#include "config/listeners.h"

namespace sluice {
namespace {

constexpr std::string_view kNames[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-%._:").contains(c);
}

bool is_host(std::string_view host) {
  for (const char c : host)
    if (!is_host_character(c)) return false;
  return true;
}

/// Takes the brackets off an IPv6 address; nothing if they do not match.
std::optional<std::string_view> without_brackets(std::string_view host) {
  if (host.starts_with('[') != host.ends_with(']')) return std::nullopt;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (!is_host(host)) return std::nullopt;
  return host;
}

}  // namespace

std::string_view name(SecurityProtocol protocol) { return kNames[static_cast<std::size_t>(protocol)]; }

std::optional<SecurityProtocol> security_protocol(std::string_view name) {
  for (const SecurityProtocol protocol : {SecurityProtocol::plaintext, SecurityProtocol::ssl,
                                          SecurityProtocol::sasl_plaintext, SecurityProtocol::sasl_ssl})
    if (detail::equal_ignoring_case(name, sluice::name(protocol))) return protocol;
  return std::nullopt;
}

std::string ListenerEndpoint::to_string() const {
  const bool is_ipv6 = host.contains(':');
  return fmt::format("{}://{}{}{}:{}", listener, is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

Result<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto host = colon == std::string_view::npos ? std::nullopt : without_brackets(text.substr(0, colon));
  if (!host || host->empty()) return fail(Errc::invalid_argument, "{} is not of the form host:port", text);
  const auto port = detail::parse_integer<std::uint16_t>(text.substr(colon + 1));
  if (!port) return fail(Errc::invalid_argument, "{}: a port is a number from 0 to 65535", text);
  return HostPort{std::string(*host), *port};
}

Result<ListenerEndpoint> parse_endpoint(std::string_view text,
                                        const std::map<std::string, SecurityProtocol, std::less<>>& protocols) {
  const std::size_t scheme = text.find("://");
  const std::size_t colon = text.rfind(':');
  if (scheme == std::string_view::npos || colon == scheme || scheme == 0)
    return fail(Errc::invalid_argument,
                "Unable to parse {} to a broker endpoint: it must be of the form NAME://host:port", text);
  const std::string listener = detail::upper_case(detail::trimmed(text.substr(0, scheme)));
  const auto host = without_brackets(text.substr(scheme + 3, colon - scheme - 3));
  const auto port = detail::parse_integer<std::uint16_t>(text.substr(colon + 1));
  if (!host)
    return fail(Errc::invalid_argument, "Unable to parse {} to a broker endpoint: the host is no name or address",
                text);
  if (!port)
    return fail(Errc::invalid_argument,
                "Unable to parse {} to a broker endpoint: the port must be a number from 0 to 65535", text);
  const auto protocol = protocols.find(listener);
  if (protocol == protocols.end())
    return fail(
        Errc::invalid_argument,
        "No security protocol defined for listener {}: name it in listener.security.protocol.map, for example "
        "{}:PLAINTEXT",
        listener, listener);
  return ListenerEndpoint{
      .listener = listener, .host = std::string(*host), .port = *port, .protocol = protocol->second};
}

}  // namespace sluice
