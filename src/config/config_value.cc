#include "config/config_value.h"

#include <algorithm>
#include <limits>

#include "config/detail/text.h"
#include "config/iso_duration.h"

namespace sluice {
namespace {

using detail::joined;
using detail::trimmed;
using List = std::vector<std::string>;

std::unexpected<Error> refuse(std::string_view name, std::string_view value, std::string_view why) {
  return fail(invalid_config_value(name, value, why));
}

/// As Java prints a list.
std::string bracketed(const List& list) { return fmt::format("[{}]", joined(list, ", ")); }

template <class Narrow>
Result<ConfigValue> parse_number(const ConfigDefinition& definition, std::string_view name,
                                 std::string_view text) {
  const auto number = detail::parse_integer<Narrow>(trimmed(text));
  if (!number) return refuse(name, text, fmt::format("Not a number of type {}", sluice::name(definition.type)));
  return ConfigValue(std::int64_t{*number});
}

Result<ConfigValue> parse_type(const ConfigDefinition& definition, std::string_view name, std::string_view text) {
  const std::string_view plain = trimmed(text);
  switch (definition.type) {
    case ConfigType::boolean:
      if (detail::equal_ignoring_case(plain, "true")) return ConfigValue(true);
      if (detail::equal_ignoring_case(plain, "false")) return ConfigValue(false);
      return refuse(name, text, "Expected value to be either true or false");
    case ConfigType::int16: return parse_number<std::int16_t>(definition, name, text);
    case ConfigType::int32: return parse_number<std::int32_t>(definition, name, text);
    case ConfigType::int64: return parse_number<std::int64_t>(definition, name, text);
    case ConfigType::float64: {
      const auto number = detail::parse_double(plain);
      if (!number) return refuse(name, text, "Not a number of type DOUBLE");
      return ConfigValue(*number);
    }
    case ConfigType::list: {
      const auto parts = detail::split_list(plain);
      return ConfigValue(List(parts.begin(), parts.end()));
    }
    case ConfigType::unknown:
    case ConfigType::string:
    case ConfigType::class_name:
    case ConfigType::password: break;
  }
  return ConfigValue(std::string(plain));
}

/// Null where the value lies within the bounds, or what to say.
std::string range_complaint(const ConfigRule& rule, const ConfigValue& value) {
  // Every bound in the table is a double without loss, so that a comparison of doubles is exact.
  const double number = std::holds_alternative<double>(value) ? std::get<double>(value)
                                                              : static_cast<double>(std::get<std::int64_t>(value));
  const auto bound = [](std::string_view text) { return detail::parse_double(text).value_or(0); };
  if (rule.kind == ConfigRuleKind::range_or_minus_one) {
    if (number == -1 || (number >= bound(rule.minimum) && number <= bound(rule.maximum))) return {};
    return fmt::format("Value must be between {} and {} or equal to -1", rule.minimum, rule.maximum);
  }
  if (!rule.minimum.empty() && number < bound(rule.minimum))
    return fmt::format("Value must be at least {}", rule.minimum);
  if (!rule.maximum.empty() && number > bound(rule.maximum))
    return fmt::format("Value must be no more than {}", rule.maximum);
  return {};
}

std::string words_complaint(const ConfigRule& rule, std::string_view word) {
  const bool fold = rule.kind == ConfigRuleKind::one_of_ignoring_case;
  const auto matches = [&](std::string_view allowed) {
    return fold ? detail::equal_ignoring_case(allowed, word) : allowed == word;
  };
  if (std::ranges::any_of(rule.allowed, matches)) return {};
  return fmt::format("String must be one of{}: {}", fold ? " (case insensitive)" : "", joined(rule.allowed, ", "));
}

std::string reset_complaint(const ConfigRule& rule, std::string_view word) {
  constexpr std::string_view kByDuration = "by_duration:";
  if (std::ranges::find(rule.allowed, word) != rule.allowed.end()) return {};
  if (word.starts_with(kByDuration) && parse_iso_duration(word.substr(kByDuration.size()))) return {};
  return fmt::format("String must be one of: {}, or of the form by_duration:PnDTnHnMn.nS",
                     joined(rule.allowed, ", "));
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// {partition}:{broker}, or nothing.
bool is_replica(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (text.empty()) return true;
  return colon != std::string_view::npos && all_digits(text.substr(0, colon)) &&
         all_digits(text.substr(colon + 1));
}

/// {host}:{port}, the host perhaps in brackets.
bool is_server(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto port = detail::parse_integer<std::uint16_t>(text.substr(colon + 1));
  return port.has_value() && all_digits(text.substr(colon + 1));
}

bool is_voter(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && all_digits(text.substr(0, at)) &&
         detail::parse_integer<std::int32_t>(text.substr(0, at)) && is_server(text.substr(at + 1));
}

Result<void> check_elements(const ConfigRule& rule, std::string_view name, const List& list) {
  for (const std::string& element : list) {
    if (element.empty()) return fail(Errc::invalid_argument, "Configuration '{}' values must not be empty.", name);
    if (rule.allowed.empty()) continue;
    if (const std::string why = words_complaint(rule, element); !why.empty()) return refuse(name, element, why);
  }
  return {};
}

Result<void> check_list(const ConfigRule& rule, std::string_view name, const List& list) {
  switch (rule.kind) {
    case ConfigRuleKind::distinct_non_empty_list:
      if (list.empty()) {
        return fail(
            Errc::invalid_argument, "Configuration '{}' must not be empty. Valid values include: {}", name,
            rule.allowed.empty() ? "any non-empty value" : fmt::format("[{}]", joined(rule.allowed, ", ")));
      }
      return check_elements(rule, name, list);
    case ConfigRuleKind::distinct_list: return check_elements(rule, name, list);
    case ConfigRuleKind::replica_list:
      if (std::ranges::all_of(list, is_replica) || list == List{"*"}) return {};
      return refuse(name, bracketed(list),
                    fmt::format("{} must be the literal '*' or a list of replicas in the following format: "
                                "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
                                name));
    case ConfigRuleKind::voter_list:
      if (const auto wrong = std::ranges::find_if_not(list, is_voter); wrong != list.end())
        return refuse(name, *wrong, "Each entry should be in the form {id}@{host}:{port}");
      return {};
    case ConfigRuleKind::server_list:
      if (const auto wrong = std::ranges::find_if_not(list, is_server); wrong != list.end())
        return refuse(name, *wrong, "Each entry should be in the form {host}:{port}");
      return {};
    default: return {};
  }
}

Result<void> check_rule(const ConfigRule& rule, std::string_view name, const ConfigValue& value) {
  std::string why;
  switch (rule.kind) {
    case ConfigRuleKind::any: return {};
    case ConfigRuleKind::range:
    case ConfigRuleKind::range_or_minus_one: why = range_complaint(rule, value); break;
    case ConfigRuleKind::one_of:
    case ConfigRuleKind::one_of_ignoring_case: why = words_complaint(rule, std::get<std::string>(value)); break;
    case ConfigRuleKind::offset_reset: why = reset_complaint(rule, std::get<std::string>(value)); break;
    case ConfigRuleKind::non_empty_string:
      if (std::get<std::string>(value).empty()) why = "String must be non-empty";
      break;
    default: return check_list(rule, name, std::get<List>(value));
  }
  if (why.empty()) return {};
  return refuse(name, config_text(value).value_or(""), why);
}

void drop_repeated(List& list) {
  List kept;
  for (std::string& element : list)
    if (std::ranges::find(kept, element) == kept.end()) kept.push_back(std::move(element));
  list = std::move(kept);
}

}  // namespace

Error invalid_config_value(std::string_view name, std::string_view value, std::string_view why) {
  return {Errc::invalid_argument, fmt::format("Invalid value {} for configuration {}: {}", value, name, why)};
}

Result<ConfigValue> parse_config_value(const ConfigDefinition& definition, std::string_view name,
                                       std::string_view text) {
  Result<ConfigValue> value = parse_type(definition, name, text);
  if (!value) return value;
  const ConfigRuleKind kind = definition.rule.kind;
  if (kind == ConfigRuleKind::distinct_list || kind == ConfigRuleKind::distinct_non_empty_list)
    drop_repeated(std::get<List>(*value));
  if (Result<void> checked = check_rule(definition.rule, name, *value); !checked) return fail(checked.error());
  return value;
}

ConfigValue default_config_value(const ConfigDefinition& definition) {
  if (!definition.default_text) return {};
  // Kafka's own defaults are not held to the rules; some break them.
  return parse_type(definition, definition.name, *definition.default_text).value_or(ConfigValue());
}

std::optional<std::string> config_text(const ConfigValue& value) {
  struct Text {
    std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
    std::optional<std::string> operator()(bool yes) const { return yes ? "true" : "false"; }
    std::optional<std::string> operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::optional<std::string> operator()(double number) const { return detail::double_text(number); }
    std::optional<std::string> operator()(const std::string& text) const { return text; }
    std::optional<std::string> operator()(const List& list) const { return joined(list, ","); }
  };
  return std::visit(Text{}, value);
}

}  // namespace sluice
