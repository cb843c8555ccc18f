// client/client_config.h: the configuration that every client has, under Kafka's names and with its defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/failure.h"
#include "net/network.h"

namespace sluice::client {

using std::chrono::milliseconds;

/// Texts by configuration key, as a properties file or a command line gives them.
using Settings = std::map<std::string, std::string, std::less<>>;

/// How a client reaches a cluster. A field is the key of the same name with dots for underscores; times end in
/// .ms.
struct ClientConfig {
  std::vector<Endpoint> bootstrap_servers;
  std::string client_id;
  std::string client_rack;
  milliseconds request_timeout{30'000};
  milliseconds default_api_timeout{60'000};
  milliseconds metadata_max_age{300'000};
  milliseconds reconnect_backoff{50};
  milliseconds reconnect_backoff_max{1'000};
  milliseconds retry_backoff{100};
  milliseconds retry_backoff_max{1'000};
  milliseconds socket_connection_setup_timeout{10'000};
  int send_buffer_bytes = 128 * 1024;    ///< send.buffer.bytes; -1: what the system chooses.
  int receive_buffer_bytes = 64 * 1024;  ///< receive.buffer.bytes; -1: what the system chooses.
  bool allow_auto_create_topics = true;  ///< Whether asking for a topic may create it.

  /// Reads the keys that every client has over `defaults`; others give a warning. Errors: invalid_config, a line
  /// for each wrong value.
  static Outcome<ClientConfig> from(const Settings& settings, ClientConfig defaults);

  /// Told, in a sentence, what an operator should know and no caller learns otherwise; may be empty.
  std::function<void(std::string_view)> on_warning;

  void warn(std::string_view sentence) const {
    if (on_warning) on_warning(sentence);
  }
};

/// Reads host:port pairs with commas between them. Errors: invalid_config.
Outcome<std::vector<Endpoint>> parse_bootstrap_servers(std::string_view text);

}  // namespace sluice::client
