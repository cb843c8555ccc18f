"""Emits the header of one table: its messages as structs."""
from cpp import initialiser, member_type
from names import member_name, snake_case
from versions import OPEN

PREAMBLE = """// wire/{path}.h: {subject}. Made from schema/{table} by schema/generator; do not edit.
#pragma once

{includes}

namespace sluice::wire {{
"""

END = """}  // namespace sluice::wire
"""


def emit_header(table):
    standard = ["<cstdint>", "<optional>", "<string_view>", "<vector>"]
    includes = "\n".join(f"#include {name}" for name in standard) + '\n\n#include "wire/message.h"'
    parts = [PREAMBLE.format(path=table.path, subject=table.subject, table=table.source, includes=includes)]
    parts += [emit_message(message, table) for message in table.messages]
    return "\n".join(parts) + "\n" + END


def emit_message(message, table):
    return emit_parts(message) + emit_struct(message, table)


def emit_parts(message):
    """The structs that the message is made of. They stand beside it, in a namespace of its name, since a class that has
    initialisers counts as not constructible by default until the class around it ends, and std::optional remembers."""
    if not message.structs:
        return ""
    structs = []
    for struct in message.structs:
        lines = [f"struct {struct.name} {{", *(f"  {line}" for line in members(message, struct)), "};"]
        structs.append("\n".join(lines))
    name = snake_case(message.name)
    return "\n\n".join([f"namespace {name} {{", *structs, f"}}  // namespace {name}"]) + "\n\n"


def emit_struct(message, table):
    lines = []
    response = table.response_of(message)
    if response:
        lines += [f"struct {response};", ""]
    lines += [f"/// {describe(message)}", f"struct {message.name} {{"]
    if response:
        lines.append(f"  using Response = {response};")
    lines += [f"  using {struct.name} = {snake_case(message.name)}::{struct.name};" for struct in message.structs]
    if len(lines) > 2:
        lines.append("")
    lines += [f"  {line}" for line in constants(message, table)]
    own = members(message, message.body)
    lines += ["", *(f"  {line}" for line in own)] if own else []
    lines += [
        "",
        "  /// Reads the message off the front of `in`. Errors: corrupt, too_large, unsupported_version.",
        f"  static Result<{message.name}> decode(Reader& in, std::int16_t message_version);",
        "  /// Measures, and checks that the version can carry what is set. Errors: invalid_argument, too_large,",
        "  /// unsupported_version.",
        "  Result<EncodedSize> encoded_size(std::int16_t message_version) const;",
        "  /// Writes what encoded_size() has measured; it must have succeeded.",
        "  void encode(Writer& out, std::int16_t message_version) const;",
        "};"]
    return "\n".join(lines) + "\n"


def describe(message):
    flexible = f"flexible from {message.flexible_from} on" if message.ever_flexible else "never flexible"
    if message.ever_flexible and message.flexible_from == message.versions.low:
        flexible = "always flexible"
    noun = "version" if message.versions.low == message.versions.high else "versions"
    current = "" if message.current == message.versions else f" (Kafka 4.4: {message.current.text()})"
    return f"{message.name}, {noun} {message.versions.text()}{current}, {flexible}."


def constants(message, table):
    lines = [f'static constexpr std::string_view kName = "{message.name}";']
    if message.kind in ("request", "response"):
        lines.append(f"static constexpr ApiKey kApiKey = ApiKey::{snake_case(table.api_name)};")
    elif message.key is not None:
        lines.append(f"static constexpr std::int16_t kType = {message.key};")
    lines.append(f"static constexpr VersionRange kVersions{{{message.versions.low}, {message.versions.high}}};")
    first = "kNeverFlexible" if message.flexible_from == OPEN else message.flexible_from
    lines.append(f"static constexpr std::int16_t kFlexibleFrom = {first};")
    return lines


def members(message, struct):
    lines = [f"{member_type(one)} {member_name(one.name)}{initialiser(one)};  // {facts(one)}"
             for one in struct.fields]
    if message.ever_flexible:
        lines.append("UnknownTags unknown_tags{};")
    return lines


def facts(one):
    """What the table says of the field, beside its type."""
    words = [one.versions.text()]
    if one.optional and one.nullable != one.versions:
        words.append(f"null in {one.nullable.text()}")
    if one.tag is not None:
        words.append(f"tag {one.tag}")
    if one.ignorable:
        words.append("ignorable")
    if one.map_key:
        words.append("key")
    return ", ".join(words)
