#include "tools/name_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>

namespace sluice::tools {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

/// In the words of Kafka's tools.
std::string why_not(const RE2& expression) {
  switch (expression.error_code()) {
    case RE2::ErrorMissingParen: return "missing closing )";
    case RE2::ErrorMissingBracket: return "missing closing ]";
    case RE2::ErrorBadEscape: return "invalid escape sequence";
    case RE2::ErrorRepeatArgument: return "missing argument to repetition operator";
    case RE2::ErrorRepeatOp: return "invalid nested repetition operator";
    case RE2::ErrorRepeatSize: return "invalid repeat count";
    case RE2::ErrorBadCharClass:
    case RE2::ErrorBadCharRange: return "invalid character class range";
    case RE2::ErrorTrailingBackslash: return "trailing backslash at end of expression";
    default: return expression.error();
  }
}

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view text) {
  RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_shared<const RE2>(piece(text), options);
  if (!expression->ok()) return fail(Errc::invalid_argument, "{}", why_not(*expression));
  return NamePattern(std::move(expression));
}

Result<NamePattern> NamePattern::parse_list(std::string_view text) {
  std::string list(text);
  std::erase(list, ' ');
  std::ranges::replace(list, ',', '|');
  constexpr std::string_view kMarks = "\"'";
  list.erase(0, std::min(list.find_first_not_of(kMarks), list.size()));
  list.erase(list.find_last_not_of(kMarks) + 1);
  return parse(list);
}

bool NamePattern::matches(std::string_view name) const { return RE2::FullMatch(piece(name), *expression_); }

}  // namespace sluice::tools
