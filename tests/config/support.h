// Reading the tables that Kafka made, and building configurations in one line.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "config/broker_config.h"
#include "config/config_entry.h"
#include "config/configuration.h"

namespace sluice {

inline std::string read_text(const std::string& path) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

/// The rows of a table of tab-separated cells, without comments.
inline std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(read_text(path));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') rows.push_back(split(line, "\t"));
  EXPECT_FALSE(rows.empty()) << path;
  return rows;
}

/// "a=1; b=2" as settings.
inline std::vector<ConfigSetting> settings(std::string_view text) {
  std::vector<ConfigSetting> result;
  for (const std::string& part : split(text, "; ")) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    result.push_back({part.substr(0, equals), part.substr(equals + 1), "test"});
  }
  return result;
}

inline ConfigMap map_of(std::string_view text) {
  ConfigMap map;
  for (ConfigSetting& setting : settings(text)) map.insert_or_assign(setting.name, setting.value);
  return map;
}

inline Configuration broker_with(std::string_view text) {
  auto configuration = Configuration::from(ConfigScope::broker, settings(text));
  EXPECT_TRUE(configuration) << configuration.error().what;
  return configuration ? *configuration : Configuration(ConfigScope::broker);
}

inline Result<BrokerConfig> broker_config(std::string_view text, const Surroundings& surroundings = {}) {
  auto configuration = Configuration::from(ConfigScope::broker, settings(text));
  if (!configuration) return fail(configuration.error());
  return read_broker_config(*configuration, surroundings);
}

inline std::string_view source_name(ConfigSource source) {
  switch (source) {
    case ConfigSource::dynamic_topic_config: return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::dynamic_broker_config: return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::dynamic_default_broker_config: return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::static_broker_config: return "STATIC_BROKER_CONFIG";
    case ConfigSource::default_config: return "DEFAULT_CONFIG";
    default: return "?";
  }
}

/// As kafka-configs --describe prints it.
inline std::string line_of(const ConfigEntry& entry) {
  std::string synonyms;
  for (const ConfigSynonym& synonym : entry.synonyms)
    synonyms += fmt::format("{}{}:{}={}", synonyms.empty() ? "" : ", ", source_name(synonym.source), synonym.name,
                            synonym.value.value_or("null"));
  return fmt::format("  {}={} sensitive={} synonyms={{{}}}", entry.name, entry.value.value_or("null"),
                     entry.sensitive, synonyms);
}

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? std::string() : result.error().what;
}

}  // namespace sluice
