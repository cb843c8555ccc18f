#include "client/client_config.h"

#include "base/number_text.h"
#include "client/detail/setting_reader.h"

namespace sluice::client {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Outcome<Endpoint> parse_endpoint(std::string_view text) {
  // What stands before the host, such as PLAINTEXT://, says how to speak to it, which is configured elsewhere.
  const auto scheme = text.find("://");
  const std::string_view address = scheme == std::string_view::npos ? text : text.substr(scheme + 3);
  const auto colon = address.rfind(':');
  Endpoint endpoint;
  if (colon == std::string_view::npos || colon == 0)
    return failed(ErrorCode::invalid_config, "{} in bootstrap.servers is not of the form host:port", text);
  std::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto port = parse_number<std::uint16_t>(address.substr(colon + 1));
  if (!port || *port == 0 || host.empty())
    return failed(ErrorCode::invalid_config, "{} in bootstrap.servers is not of the form host:port", text);
  endpoint.host = host;
  endpoint.port = *port;
  return endpoint;
}

}  // namespace

Outcome<ClientConfig> ClientConfig::from(const Settings& settings, ClientConfig defaults) {
  detail::SettingReader reader(settings);
  detail::read_client_settings(reader, defaults);
  if (Outcome<void> read = reader.finish(defaults); !read) return failed(std::move(read.error()));
  return defaults;
}

Outcome<std::vector<Endpoint>> parse_bootstrap_servers(std::string_view text) {
  std::vector<Endpoint> endpoints;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view one = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (one.empty()) continue;
    Outcome<Endpoint> endpoint = parse_endpoint(one);
    if (!endpoint) return failed(std::move(endpoint.error()));
    endpoints.push_back(std::move(*endpoint));
  }
  if (endpoints.empty()) return failed(ErrorCode::invalid_config, "bootstrap.servers names no server");
  return endpoints;
}

}  // namespace sluice::client
