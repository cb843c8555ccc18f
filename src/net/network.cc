#include "net/network.h"

namespace sluice {

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.contains(':');
  return is_ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

}  // namespace sluice
