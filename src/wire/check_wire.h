// wire/check_wire.h: compares this library with messages that another implementation encoded.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::wire {

/// How many test vectors agreed.
struct WireCheck {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

/// Checks one vector, a line of JSON with `message`, `version`, `json` and `hex`: that the JSON encodes to the
/// bytes, that the bytes, read into the message's struct, are written from it again, and that they survive the way
/// through JSON. Errors: invalid_argument (a line that is no vector), corrupt (a difference).
Result<void> check_vector(std::string_view line);

/// Checks every line of `files`, writes each difference and at last the counts to `out`. Errors: not_found.
Result<WireCheck> check_wire(std::span<const std::string> files, std::ostream& out);

}  // namespace sluice::wire
