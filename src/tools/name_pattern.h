// tools/name_pattern.h: regular expressions that a command line gives, in RE2's syntax, as brokers take them.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace sluice::tools {

/// Copies are cheap.
class NamePattern {
 public:
  /// Errors: invalid_argument, as parsing says them: "missing closing )".
  static Result<NamePattern> parse(std::string_view text);
  /// Several patterns by commas, possibly in quotation marks: a name that one of them matches is matched.
  static Result<NamePattern> parse_list(std::string_view text);

  /// The whole of it.
  bool matches(std::string_view name) const;

 private:
  explicit NamePattern(std::shared_ptr<const re2::RE2> expression) : expression_(std::move(expression)) {}

  std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace sluice::tools
