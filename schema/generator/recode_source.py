"""Emits the recoders of all messages; see wire/recode.h. In parts, since each includes the headers of its messages."""

PART_TABLES = 16

PART = """// Made from schema/ by schema/generator; do not edit.
#include <array>

#include "wire/detail/recode_message.h"
{includes}

namespace sluice::wire::detail {{
namespace {{

constexpr auto kRecoders = std::to_array<Recoder>({{
{rows}
}});

}}  // namespace

std::span<const Recoder> recoders_{part}() {{ return kRecoders; }}

}}  // namespace sluice::wire::detail
"""

WHOLE = """// Made from schema/ by schema/generator; do not edit.
#include <vector>

#include "wire/recode.h"

namespace sluice::wire {{
namespace detail {{

{declarations}

}}  // namespace detail

namespace {{

std::vector<Recoder> collect() {{
  std::vector<Recoder> all;
  for (const auto part : {{{calls}}})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}}

}}  // namespace

std::span<const Recoder> recoders() {{
  static const std::vector<Recoder> all = collect();
  return all;
}}

}}  // namespace sluice::wire
"""


def split(tables):
    return [tables[begin:begin + PART_TABLES] for begin in range(0, len(tables), PART_TABLES)]


def emit_part(part, tables):
    rows = "\n".join(f"    recoder_of<{message.name}>(MessageKind::{message.kind.replace('-', '_')}),"
                     for table in tables for message in table.messages)
    includes = "\n".join(sorted(f'#include "wire/{table.path}.h"' for table in tables))
    return PART.format(part=part, rows=rows, includes=includes)


def emit_whole(count):
    declarations = "\n".join(f"std::span<const Recoder> recoders_{part}();" for part in range(count))
    calls = ",\n                          ".join(f"detail::recoders_{part}()" for part in range(count))
    return WHOLE.format(declarations=declarations, calls=calls)
