#include "tools/subcommand.h"

#include <algorithm>

namespace sluice::tools {

std::vector<std::string_view> spell_out(Arguments arguments, std::span<const Letter> letters) {
  std::vector<std::string_view> words;
  for (const std::string_view word : arguments) {
    const auto found = std::ranges::find(letters, word.substr(0, 2), &Letter::letter);
    if (found == letters.end()) {
      words.push_back(word);
      continue;
    }
    words.push_back(found->option);
    if (word.size() > 2) words.push_back(word.substr(word[2] == '=' ? 3 : 2));
  }
  return words;
}

Result<Options> parse_subcommand(Arguments arguments, std::span<const Letter> letters,
                                 std::span<const Option> known) {
  auto options = Options::parse(spell_out(arguments, letters), known);
  if (options && !options->plain().empty())
    return fail(Errc::invalid_argument, "unrecognized arguments: '{}'", options->plain().front());
  return options;
}

}  // namespace sluice::tools
