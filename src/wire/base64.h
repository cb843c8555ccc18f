// wire/base64.h: bytes as text (RFC 4648), in both of its alphabets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::wire {

enum class Base64 {
  standard,  ///< With + and /, padded with = to a multiple of four.
  url_safe,  ///< With - and _, not padded.
};

std::string encode_base64(Bytes bytes, Base64 alphabet);

/// Reads either padding, but only characters of `alphabet`. Errors: invalid_argument.
Result<std::vector<std::byte>> decode_base64(std::string_view text, Base64 alphabet);

}  // namespace sluice::wire
