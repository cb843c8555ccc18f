#include "server/telemetry.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "base/java_hash.h"
#include "base/number_text.h"
#include "server/request_context.h"

namespace sluice {
namespace {

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

/// The attributes of a client that `match` may ask about.
std::map<std::string, std::string, std::less<>> attributes_of(const RequestContext& context) {
  return {{"client_id", std::string(context.client_id)},
          {"client_software_name", context.peer.software_name},
          {"client_software_version", context.peer.software_version},
          {"client_source_address", context.peer.address.host},
          {"client_source_port", std::to_string(context.peer.address.port)}};
}

/// `match` is a list of attribute=pattern, all of which must hold.
bool matches(std::string_view match, const std::map<std::string, std::string, std::less<>>& attributes) {
  for (const std::string& condition : split(match)) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos) return false;
    const auto attribute = attributes.find(std::string_view(condition).substr(0, equals));
    if (attribute == attributes.end()) continue;
    // RE2 takes time in proportion to the client's text, whatever the pattern; a pattern that is none matches
    // nobody.
    const re2::RE2 pattern(condition.substr(equals + 1), re2::RE2::Quiet);
    if (!pattern.ok() || !re2::RE2::FullMatch(attribute->second, pattern)) return false;
  }
  return true;
}

}  // namespace

TelemetrySubscription telemetry_subscription(const MetadataImage& image, const RequestContext& context) {
  TelemetrySubscription subscription;
  const auto attributes = attributes_of(context);
  for (const auto* entry : image.configs.map().sorted()) {
    if (entry->first.type != ConfigResourceType::client_metrics) continue;
    const ConfigMap& settings = *entry->second;
    const auto setting = [&settings](std::string_view key) {
      const auto found = settings.find(key);
      return found == settings.end() ? std::string() : found->second;
    };
    if (!matches(setting("match"), attributes)) continue;
    for (std::string& metric : split(setting("metrics"))) subscription.metrics.push_back(std::move(metric));
    if (const auto interval = parse_number<std::int32_t>(setting("interval.ms")))
      subscription.push_interval_ms = std::min(subscription.push_interval_ms, *interval);
  }
  std::ranges::sort(subscription.metrics);
  subscription.metrics.erase(std::unique(subscription.metrics.begin(), subscription.metrics.end()),
                             subscription.metrics.end());
  std::string all = std::to_string(subscription.push_interval_ms);
  for (const std::string& metric : subscription.metrics) all += "," + metric;
  subscription.id = subscription.metrics.empty() ? 0 : java_string_hash(all);
  return subscription;
}

}  // namespace sluice
