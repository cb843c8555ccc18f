// tools/subcommand.h: what commands with subcommands (kafka-storage.sh, kafka-cluster.sh) do alike: one letter may
// stand for an option, and nothing may be left over.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tools/options.h"

namespace sluice::tools {

/// A letter that stands for an option, both with their dashes: {"-t", "--cluster-id"}.
struct Letter {
  std::string_view letter;
  std::string_view option;
};

/// `arguments` with options in the place of letters: `-t X` and `-tX` become `--cluster-id X`. Views as
/// `arguments`.
std::vector<std::string_view> spell_out(Arguments arguments, std::span<const Letter> letters);

/// Reads a subcommand's arguments. Errors: those of Options::parse, and invalid_argument for words that belong to
/// no option.
Result<Options> parse_subcommand(Arguments arguments, std::span<const Letter> letters,
                                 std::span<const Option> known);

}  // namespace sluice::tools
