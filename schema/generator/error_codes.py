"""Emits wire/error_code.h and .cc from error_codes.tsv."""
import csv

HEADER = """// wire/error_code.h: Kafka's error codes. Made from schema/error_codes.tsv by schema/generator; do not edit.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice {{

/// What went wrong, as Kafka's protocol says it. A frame may carry any other number as well, which means
/// unknown_server_error to whoever does not know it.
enum class ErrorCode : std::int16_t {{
{enumerators}
}};

/// One error code.
struct ErrorCodeInfo {{
  ErrorCode code;
  std::string_view name;     ///< Kafka's spelling: NOT_LEADER_OR_FOLLOWER.
  bool retriable;            ///< Whether a client may send the same again.
  std::string_view message;  ///< A sentence for a person.
}};

/// Every error code, in the order of the numbers.
std::span<const ErrorCodeInfo> error_codes();

/// What is known of a code; that of unknown_server_error where it is none of the enumerators.
const ErrorCodeInfo& info(ErrorCode code);

inline std::string_view name(ErrorCode code) {{ return info(code).name; }}
inline std::string_view message(ErrorCode code) {{ return info(code).message; }}
inline bool retriable(ErrorCode code) {{ return info(code).retriable; }}

}}  // namespace sluice
"""

SOURCE = """// Made from schema/error_codes.tsv by schema/generator; do not edit.
#include "wire/error_code.h"

#include <array>
#include <utility>

namespace sluice {{
namespace {{

constexpr auto kInfos = std::to_array<ErrorCodeInfo>({{
{rows}
}});

}}  // namespace

std::span<const ErrorCodeInfo> error_codes() {{ return kInfos; }}

const ErrorCodeInfo& info(ErrorCode code) {{
  // The numbers run without a gap from the first one, unknown_server_error.
  const int index = std::to_underlying(code) - std::to_underlying(kInfos.front().code);
  return index >= 0 && index < static_cast<int>(kInfos.size()) ? kInfos[static_cast<std::size_t>(index)]
                                                               : kInfos.front();
}}

}}  // namespace sluice
"""


def read_error_codes(path):
    with path.open(encoding="utf-8") as file:
        codes = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    numbers = [int(code["code"]) for code in codes]
    if numbers != list(range(-1, len(numbers) - 1)):
        raise ValueError(f"{path}: the codes do not run from -1 without a gap")
    return codes


def emit_header(codes):
    enumerators = "\n".join(f"  {code['name'].lower()} = {code['code']}," for code in codes)
    return HEADER.format(enumerators=enumerators)


def emit_source(codes):
    rows = "\n".join(f"    {{ErrorCode::{code['name'].lower()}, \"{code['name']}\", {code['retriable']},\n"
                     f"     \"{code['message']}\"}}," for code in codes)
    return SOURCE.format(rows=rows)
