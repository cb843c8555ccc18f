// tools/verifiable.h: what the verifiable tools do alike. Test harnesses run them: what happens is printed as
// JSON.
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "client/consumed_records.h"
#include "client/producer_config.h"
#include "tools/json_event.h"
#include "tools/options.h"

namespace sluice::tools {

/// The options, of which `required` were given; else the exit code, when help or a complaint has been printed.
std::expected<Options, int> parse_verifiable(Arguments arguments, std::string_view program,
                                             std::string_view summary, std::span<const Option> known,
                                             std::span<const std::string_view> required);

/// A client's part of the configuration and the settings of --command-config or `file_option` besides.
struct VerifiableSettings {
  client::ClientConfig client;
  client::Settings settings;
};
Result<VerifiableSettings> verifiable_settings(const Options& options, std::string_view program,
                                               std::string_view file_option);

/// What a consumer is to read, and whether each record is printed.
struct VerifiableReading {
  std::string topic;
  std::int64_t messages_max = -1;  ///< -1: until it is ended.
  bool verbose = false;
};
Result<VerifiableReading> verifiable_reading(const Options& options);

/// {"topic":…,"partition":…}
boost::json::object partition_json(const client::TopicPartition& partition);
/// A text, or null.
boost::json::value text_json(const std::optional<Bytes>& bytes);
/// {"timestamp":…,"name":"record_data",…}
boost::json::object record_event(const client::TopicPartition& partition, const client::ConsumedRecord& record);

}  // namespace sluice::tools
