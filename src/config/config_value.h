// config/config_value.h: the text of a configuration value, read and checked as Kafka's ConfigDef does it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/config_definition.h"

namespace sluice {

/// A checked value: integers of every width are int64, strings, classes and passwords are text, and monostate
/// stands for Kafka's null.
using ConfigValue =
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// Reads `text` as the key's type and holds it to the key's rule. Space around it does not count. `name` is the
/// key as it was written (a listener's own key is longer than the definition's). Errors: invalid_argument, in
/// Kafka's words: "Invalid value 0 for configuration num.partitions: Value must be at least 1".
Result<ConfigValue> parse_config_value(const ConfigDefinition& definition, std::string_view name,
                                       std::string_view text);

/// The key's default; monostate where there is none.
ConfigValue default_config_value(const ConfigDefinition& definition);

/// The value as Kafka writes it: true, 42, 0.5, a,b. Nothing for null.
std::optional<std::string> config_text(const ConfigValue& value);

/// The error for a value that its type or rule would take, but not what is said in `why`.
Error invalid_config_value(std::string_view name, std::string_view value, std::string_view why);

}  // namespace sluice
