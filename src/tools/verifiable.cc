#include "tools/verifiable.h"

#include "tools/session.h"

namespace sluice::tools {

std::expected<Options, int> parse_verifiable(Arguments arguments, std::string_view program,
                                             std::string_view summary, std::span<const Option> known,
                                             std::span<const std::string_view> required) {
  const std::string help = usage(fmt::format("usage: {} [-h] OPTIONS\n\n{}\n", program, summary), known);
  const auto refuse = [&](std::string_view what) {
    return std::unexpected(complain(fmt::format("usage: {0} [-h] OPTIONS\n{0}: error: {1}", program, what)));
  };
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  for (std::string_view& word : words)
    if (word == "-h") word = "--help";
  auto options = Options::parse(words, known);
  if (!options) return refuse(options.error().what);
  if (words.empty() || options->has("help")) {
    fmt::print("{}", help);
    return std::unexpected(0);
  }
  if (!options->plain().empty())
    return refuse(fmt::format("unrecognized arguments: '{}'", options->plain().front()));
  for (const std::string_view name : required)
    if (!options->has(name)) return refuse(fmt::format("argument --{} is required", name));
  return std::move(*options);
}

Result<VerifiableSettings> verifiable_settings(const Options& options, std::string_view program,
                                               std::string_view file_option) {
  auto client = client_config(options, std::string(program));
  if (!client) return fail(client.error());
  client->default_api_timeout = std::chrono::minutes(1);  // A harness waits longer than a person.
  const bool named = options.has("command-config");
  auto settings = read_settings(named ? options.find("command-config") : options.find(file_option), {});
  if (!settings) return fail(settings.error());
  settings->erase("bootstrap.servers");
  return VerifiableSettings{.client = std::move(*client), .settings = std::move(*settings)};
}

Result<VerifiableReading> verifiable_reading(const Options& options) {
  const auto messages = options.number("max-messages");
  if (!messages) return fail(messages.error());
  return VerifiableReading{.topic = options.get("topic", ""),
                           .messages_max = messages->value_or(-1),
                           .verbose = options.has("verbose")};
}

boost::json::object partition_json(const client::TopicPartition& partition) {
  boost::json::object json;
  json["topic"] = partition.topic;
  json["partition"] = partition.partition.value;
  return json;
}

boost::json::value text_json(const std::optional<Bytes>& bytes) {
  if (!bytes) return nullptr;
  return boost::json::string(as_text(*bytes));
}

boost::json::object record_event(const client::TopicPartition& partition, const client::ConsumedRecord& record) {
  boost::json::object event = json_event_at(record.timestamp.time_since_epoch().count(), "record_data");
  event["key"] = text_json(record.key);
  event["value"] = text_json(record.value);
  event["topic"] = partition.topic;
  event["partition"] = partition.partition.value;
  event["offset"] = record.offset.value;
  return event;
}

}  // namespace sluice::tools
