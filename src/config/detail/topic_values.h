// config/detail/topic_values.h: a topic's values by name, with the broker's behind them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/configuration.h"

namespace sluice::detail {

/// Looks the keys of a topic up: in its own settings, then in the broker's keys that stand behind them. Refers to
/// both.
class TopicValues {
 public:
  TopicValues(const Configuration& topic, const Configuration& broker) : topic_(topic), broker_(broker) {}

  ConfigValue value(std::string_view name) const;
  bool boolean(std::string_view name) const { return std::get<bool>(value(name)); }
  std::int64_t number(std::string_view name) const { return std::get<std::int64_t>(value(name)); }
  double fraction(std::string_view name) const { return std::get<double>(value(name)); }
  std::string text(std::string_view name) const { return std::get<std::string>(value(name)); }
  std::vector<std::string> list(std::string_view name) const {
    return std::get<std::vector<std::string>>(value(name));
  }

 private:
  const Configuration& topic_;
  const Configuration& broker_;
};

/// A broker's times that have several keys, in milliseconds: log.retention.ms, .minutes and .hours are one, and so
/// on.
std::int64_t broker_milliseconds(const Configuration& broker, std::string_view key_of_milliseconds);

}  // namespace sluice::detail
