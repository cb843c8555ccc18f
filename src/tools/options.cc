#include "tools/options.h"

#include <algorithm>

#include "base/number_text.h"

namespace sluice::tools {
namespace {

const Option* find_option(std::span<const Option> known, std::string_view name) {
  const auto found = std::ranges::find(known, name, &Option::name);
  return found == known.end() ? nullptr : &*found;
}

}  // namespace

Result<Options> Options::parse(Arguments arguments, std::span<const Option> known) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (!word.starts_with("--")) {
      options.plain_.emplace_back(word);
      continue;
    }
    word.remove_prefix(2);
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = find_option(known, name);
    if (option == nullptr) return fail(Errc::invalid_argument, "{} is not a recognized option", name);
    options.order_.emplace_back(name);
    std::vector<std::string>& values = options.values_[std::string(name)];
    if (equals != std::string_view::npos) {
      values.emplace_back(word.substr(equals + 1));
    } else if (option->optional) {
      const bool given = i + 1 < arguments.size() && !arguments[i + 1].starts_with("-");
      if (given) values.emplace_back(arguments[++i]);
    } else if (!option->argument.empty()) {
      if (++i == arguments.size()) return fail(Errc::invalid_argument, "Option {} requires an argument", name);
      values.emplace_back(arguments[i]);
    }
  }
  return options;
}

std::optional<std::string> Options::find(std::string_view name) const {
  const std::vector<std::string>& values = all(name);
  if (values.empty()) return std::nullopt;
  return values.back();
}

std::string Options::get(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(std::string(otherwise));
}

const std::vector<std::string>& Options::all(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

Result<std::optional<std::int64_t>> Options::number(std::string_view name) const {
  const std::optional<std::string> text = find(name);
  if (!text) return std::nullopt;
  const auto value = parse_number<std::int64_t>(*text);
  if (!value) return fail(Errc::invalid_argument, "Cannot parse argument '{}' of option {}", *text, name);
  return value;
}

std::string usage(std::string_view summary, std::span<const Option> known) {
  std::string text =
      fmt::format("{}\n{:<40}{}\n{:<40}{}\n", summary, "Option", "Description", "------", "-----------");
  for (const Option& option : known) {
    std::string left = "--" + std::string(option.name);
    if (!option.argument.empty())
      left += option.optional ? fmt::format(" [{}]", option.argument) : fmt::format(" <{}>", option.argument);
    text += fmt::format("{:<39} {}\n", left, option.help);
  }
  return text;
}

}  // namespace sluice::tools
