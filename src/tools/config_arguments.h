// tools/config_arguments.h: what kafka-configs.sh is told to do: whose configuration, and what of it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/options.h"

namespace sluice::tools {

/// The kinds of thing that have configurations, in the plural that the command line uses.
namespace entity_type {
inline constexpr std::string_view kTopics = "topics";
inline constexpr std::string_view kClients = "clients";
inline constexpr std::string_view kUsers = "users";
inline constexpr std::string_view kBrokers = "brokers";
inline constexpr std::string_view kBrokerLoggers = "broker-loggers";
inline constexpr std::string_view kIps = "ips";
inline constexpr std::string_view kClientMetrics = "client-metrics";
inline constexpr std::string_view kGroups = "groups";
}  // namespace entity_type

/// Users and clients may be named together, all else alone. A name that is empty is the default of its type; there
/// may be fewer names than types, which stands for all of that type.
struct ConfigArguments {
  bool alter = false;  ///< Else describe.
  bool all = false;    ///< Also what is not dynamic.
  std::vector<std::string> types;
  std::vector<std::string> names;
  std::map<std::string, std::string> added;
  std::vector<std::string> removed;

  bool has_type(std::string_view type) const;
};

/// The table of the command's options.
std::span<const Option> config_options();

/// Reads what was given, with the file of --add-config-file. Errors: invalid_argument, not_found.
Result<ConfigArguments> config_arguments(const Options& options);

/// `k1=v1,k2=[v1,v2]`: what stands in brackets is one value. Errors: invalid_argument.
Result<std::map<std::string, std::string>> parse_config_pairs(std::string_view text);

/// What `--add-config SCRAM-SHA-256=[iterations=8192,password=pw]` says.
struct PasswordArgument {
  std::int32_t iterations = 0;
  std::string password;
};
/// Errors: invalid_argument, in Kafka's words.
Result<PasswordArgument> parse_password(std::string_view mechanism, std::string_view text);

}  // namespace sluice::tools
