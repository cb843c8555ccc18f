#include "client/detail/setting_reader.h"

#include "base/number_text.h"

namespace sluice::client::detail {
namespace {

template <class T>
bool parse(std::string_view text, T& to) {
  const std::optional<T> number = parse_number<T>(text);
  if (number) to = *number;
  return number.has_value();
}

}  // namespace

const std::string* SettingReader::find(std::string_view key) {
  known_.emplace(key);
  const auto found = settings_.find(key);
  return found == settings_.end() ? nullptr : &found->second;
}

void SettingReader::wrong(std::string_view key, std::string_view value, std::string_view allowed) {
  complaints_.push_back(fmt::format("Invalid value {} for configuration {}: must be {}", value, key, allowed));
}

void SettingReader::text(std::string_view key, std::string& to) {
  if (const std::string* set = find(key)) to = *set;
}

void SettingReader::boolean(std::string_view key, bool& to) {
  const std::string* set = find(key);
  if (set == nullptr) return;
  if (*set == "true" || *set == "false")
    to = *set == "true";
  else
    wrong(key, *set, "true or false");
}

void SettingReader::list(std::string_view key, std::vector<std::string>& to) {
  const std::string* set = find(key);
  if (set == nullptr) return;
  to.clear();
  std::string_view rest = *set;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (!one.empty()) to.emplace_back(one);
  }
}

bool SettingReader::read_integer(std::string_view key, std::int64_t& to, std::int64_t least, std::int64_t most) {
  const std::string* set = find(key);
  if (set == nullptr) return false;
  if (parse(*set, to) && to >= least && to <= most) return true;
  wrong(key, *set, fmt::format("a number from {} to {}", least, most));
  return false;
}

void SettingReader::duration(std::string_view key, milliseconds& to, std::int64_t least) {
  // A hundred years: what is added to the clock cannot overflow then.
  constexpr std::int64_t kMost = std::int64_t{100} * 365 * 24 * 3600 * 1000;
  std::int64_t value = 0;
  const std::string* set = find(key);
  // Kafka's users write Long.MAX_VALUE for "never".
  if (set != nullptr && parse(*set, value) && value > kMost)
    to = milliseconds(kMost);
  else if (read_integer(key, value, least, kMost))
    to = milliseconds(value);
}

void SettingReader::real(std::string_view key, double& to, double least, double most) {
  const std::string* set = find(key);
  if (set == nullptr) return;
  double value = 0;
  if (parse(*set, value) && value >= least && value <= most)
    to = value;
  else
    wrong(key, *set, fmt::format("a number from {} to {}", least, most));
}

Outcome<void> SettingReader::finish(const ClientConfig& warn) {
  for (const auto& [key, value] : settings_)
    if (!known_.contains(key)) warn.warn(fmt::format("the configuration key {} is unknown", key));
  if (complaints_.empty()) return {};
  std::string all;
  for (const std::string& complaint : complaints_) all += (all.empty() ? "" : "\n") + complaint;
  return failed(Failure{ErrorCode::invalid_config, std::move(all)});
}

void read_client_settings(SettingReader& reader, ClientConfig& config) {
  if (const std::string* servers = reader.find("bootstrap.servers")) {
    Outcome<std::vector<Endpoint>> parsed = parse_bootstrap_servers(*servers);
    if (parsed)
      config.bootstrap_servers = std::move(*parsed);
    else
      reader.complain(std::move(parsed.error().what));
  }
  reader.text("client.id", config.client_id);
  reader.text("client.rack", config.client_rack);
  reader.duration("request.timeout.ms", config.request_timeout);
  reader.duration("default.api.timeout.ms", config.default_api_timeout);
  reader.duration("metadata.max.age.ms", config.metadata_max_age);
  reader.duration("reconnect.backoff.ms", config.reconnect_backoff);
  reader.duration("reconnect.backoff.max.ms", config.reconnect_backoff_max);
  reader.duration("retry.backoff.ms", config.retry_backoff);
  reader.duration("retry.backoff.max.ms", config.retry_backoff_max);
  reader.duration("socket.connection.setup.timeout.ms", config.socket_connection_setup_timeout, 1);
  reader.integer("send.buffer.bytes", config.send_buffer_bytes, -1);
  reader.integer("receive.buffer.bytes", config.receive_buffer_bytes, -1);
  std::string protocol = "PLAINTEXT";
  reader.text("security.protocol", protocol);
  if (protocol != "PLAINTEXT")
    reader.complain(fmt::format(
        "Invalid value {} for configuration security.protocol: this client speaks PLAINTEXT", protocol));
  reader.ignore({"client.dns.lookup", "connections.max.idle.ms", "socket.connection.setup.timeout.max.ms",
                 "metric.reporters", "metrics.num.samples", "metrics.recording.level", "metrics.sample.window.ms",
                 "enable.metrics.push", "metadata.recovery.strategy", "metadata.recovery.rebootstrap.trigger.ms",
                 "key.serializer", "value.serializer", "key.deserializer", "value.deserializer",
                 "interceptor.classes", "security.providers", "auto.include.jmx.reporter"});
}

}  // namespace sluice::client::detail
