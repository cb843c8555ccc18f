// config/configuration.h: a checked set of values for the keys of one scope, and where each comes from.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config_definition.h"
#include "config/config_value.h"
#include "config/environment.h"
#include "config/properties.h"

namespace sluice {

using ConfigMap = std::map<std::string, std::string, std::less<>>;

/// What was set for a scope, read and checked, over the defaults of the table. Cheap to move, dear to copy.
/// The getters are for keys of the table of the right type: another name is a bug of the caller.
class Configuration {
 public:
  /// Only defaults.
  explicit Configuration(ConfigScope scope) : scope_(scope) {}

  /// Takes the settings in order, so that later ones win. Unknown keys, and keys without effect, are kept and give
  /// a warning each. Errors: invalid_argument, a line for every wrong value, with its key, what is allowed and its
  /// origin.
  static Result<Configuration> from(ConfigScope scope, std::span<const ConfigSetting> settings);

  ConfigScope scope() const { return scope_; }
  /// Sentences for the operator, in the order of the settings.
  const std::vector<std::string>& warnings() const { return warnings_; }

  bool boolean(std::string_view name) const;
  std::int32_t int32(std::string_view name) const;
  std::int64_t int64(std::string_view name) const;
  double float64(std::string_view name) const;
  /// The empty text where Kafka has null.
  std::string text(std::string_view name) const;
  /// Empty where Kafka has null.
  std::vector<std::string> list(std::string_view name) const;
  /// Nothing where Kafka has null.
  std::optional<std::int64_t> find_int64(std::string_view name) const;
  std::optional<std::string> find_text(std::string_view name) const;
  /// An integer key that counts milliseconds.
  std::chrono::milliseconds milliseconds(std::string_view name) const {
    return std::chrono::milliseconds(find_int64(name).value_or(0));
  }
  /// The value of any type; monostate for null. For one listener's own value see value_for_listener.
  ConfigValue value(std::string_view name) const;
  /// As value, with listener.name.{listener}.{name} before it, and listener.name.{listener}.{mechanism}.{name}
  /// before that if a mechanism is given. Listener and mechanism in any case.
  ConfigValue value_for_listener(std::string_view listener, std::string_view name,
                                 std::string_view mechanism = {}) const;

  /// Whether somebody set the key; its default may be the same.
  bool is_set(std::string_view name) const { return settings_.contains(name); }
  /// Where the key was set, "" if nowhere.
  std::string_view origin(std::string_view name) const;
  /// The text as it was set, of a key in the table or not.
  std::optional<std::string_view> set_text(std::string_view name) const;
  /// Everything set under names that begin so, without the beginning: for the settings of plugins.
  ConfigMap with_prefix(std::string_view prefix) const;
  /// All that was set, as it was written.
  ConfigMap set_texts() const;

  /// Puts one more setting over the others. After an error, which is as from()'s, nothing has changed.
  Result<void> set(ConfigSetting setting);

 private:
  struct Entry {
    std::string text;
    std::string origin;
    ConfigValue value;  // The trimmed text if the key is unknown.
  };

  const ConfigDefinition& definition(std::string_view name, std::initializer_list<ConfigType> types) const;
  void warn_of(const ConfigDefinition* definition, const ConfigSetting& setting);

  ConfigScope scope_;
  std::map<std::string, Entry, std::less<>> settings_;
  std::vector<std::string> warnings_;
};

/// The settings of a properties file; a key that stands twice gives a warning.
std::vector<ConfigSetting> settings_of_file(std::span<const Property> properties, std::string_view file,
                                            std::vector<std::string>& warnings);

/// A command line's "key=value". Errors: invalid_argument if there is no "=" or no key.
Result<ConfigSetting> setting_of_override(std::string_view argument);

}  // namespace sluice
