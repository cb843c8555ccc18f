// wire/recode.h: any message by its name, read into its struct and written from it again. For checks and fuzzers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/reader.h"
#include "wire/schema.h"
#include "wire/version_range.h"

namespace sluice::wire {

/// A message, and the function that takes its bytes to its struct and back.
struct Recoder {
  std::string_view name;
  MessageKind kind;
  VersionRange versions;
  /// Errors: those of decode(), with bytes left over refused, and of encode().
  Result<Buffer> (*recode)(Bytes bytes, std::int16_t version, MemoryLimit memory);
};

/// Every message; those of the APIs come first, in the order of the keys, requests before responses.
std::span<const Recoder> recoders();

/// The message of a name; nullptr where there is none.
const Recoder* find_recoder(std::string_view name);

}  // namespace sluice::wire
