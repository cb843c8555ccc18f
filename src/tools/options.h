// tools/options.h: a command's options, as Kafka's commands take them: `--name value`, `--name=value`, and flags.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::tools {

/// What was typed behind the command's name. Views live as long as the program runs.
using Arguments = std::span<const std::string_view>;

/// One option that a command knows.
struct Option {
  std::string_view name;      ///< Without dashes.
  std::string_view argument;  ///< What its value is called in the help; empty: a flag.
  std::string_view help;
  bool optional = false;  ///< Whether its value may be left out.
};

/// What was given. Errors of the getters' callers are printed with the command's usage.
class Options {
 public:
  /// Reads `arguments` by `known`. An option may be given more than once. Errors: invalid_argument (an unknown
  /// option, a value that is missing).
  static Result<Options> parse(Arguments arguments, std::span<const Option> known);

  bool has(std::string_view name) const { return values_.contains(name); }
  /// The last value given.
  std::optional<std::string> find(std::string_view name) const;
  std::string get(std::string_view name, std::string_view otherwise) const;
  const std::vector<std::string>& all(std::string_view name) const;
  /// Errors: invalid_argument (not a number).
  Result<std::optional<std::int64_t>> number(std::string_view name) const;
  /// What stood without an option in front.
  const std::vector<std::string>& plain() const { return plain_; }
  /// The options' names as often and in the order as they were given.
  const std::vector<std::string>& order() const { return order_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> plain_;
  std::vector<std::string> order_;
};

/// The help in the columns that Kafka's commands print.
std::string usage(std::string_view summary, std::span<const Option> known);

}  // namespace sluice::tools
