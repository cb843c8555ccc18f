// client/detail/setting_reader.h: takes configuration keys out of texts, noting what is wrong with them.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/client_config.h"

namespace sluice::client::detail {

/// Each call reads one key into a field if it is set, and checks it. `finish` tells what was wrong with all of
/// them.
class SettingReader {
 public:
  explicit SettingReader(const Settings& settings) : settings_(settings) {}

  void text(std::string_view key, std::string& to);
  void boolean(std::string_view key, bool& to);
  void list(std::string_view key, std::vector<std::string>& to);
  void duration(std::string_view key, milliseconds& to, std::int64_t least = 0);
  void real(std::string_view key, double& to, double least, double most);

  template <std::integral T>
  void integer(std::string_view key, T& to, std::int64_t least = std::numeric_limits<T>::min(),
               std::int64_t most = std::numeric_limits<T>::max()) {
    std::int64_t value = 0;
    if (read_integer(key, value, least, most)) to = static_cast<T>(value);
  }

  template <class T>
  void choice(std::string_view key, T& to, std::initializer_list<std::pair<std::string_view, T>> choices) {
    const std::string* set = find(key);
    if (set == nullptr) return;
    std::string allowed;
    for (const auto& [name, value] : choices) {
      if (name == *set) {
        to = value;
        return;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    }
    wrong(key, *set, "one of " + allowed);
  }

  /// Accepts a key that means nothing here.
  void ignore(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) find(key);
  }
  bool is_set(std::string_view key) const { return settings_.contains(key); }
  void complain(std::string sentence) { complaints_.push_back(std::move(sentence)); }

  /// The text of a key, nullptr where it is not set. The key is known from then on.
  const std::string* find(std::string_view key);
  /// Errors: invalid_config, with a line for each wrong value. Unknown keys go to `warn`.
  Outcome<void> finish(const ClientConfig& warn);

 private:
  bool read_integer(std::string_view key, std::int64_t& to, std::int64_t least, std::int64_t most);
  void wrong(std::string_view key, std::string_view value, std::string_view allowed);

  const Settings& settings_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> complaints_;
};

/// Reads the keys that every client has.
void read_client_settings(SettingReader& reader, ClientConfig& config);

}  // namespace sluice::client::detail
