// wire/hex.h: bytes as pairs of hexadecimal digits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::wire {

std::string encode_hex(Bytes bytes);

/// Reads digits of either case. Errors: invalid_argument.
Result<std::vector<std::byte>> decode_hex(std::string_view text);

}  // namespace sluice::wire
