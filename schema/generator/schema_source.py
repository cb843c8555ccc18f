"""Emits the tables of one folder as the data of wire/schema.h."""
from names import json_name, snake_case
from versions import OPEN

PREAMBLE = """// Made from schema/{folder} by schema/generator; do not edit.
#include <array>

#include "wire/schema.h"

namespace sluice::wire {{
namespace {{
"""

END = """
constexpr auto kMessages = std::to_array<MessageSchema>({{
{rows}
}});

}}  // namespace

std::span<const MessageSchema> {folder}_schemas() {{ return kMessages; }}

}}  // namespace sluice::wire
"""

TYPES = {"bool": "boolean"}


def emit_schema(folder, tables):
    messages = [message for table in tables if table.source.startswith(folder + "/") for message in table.messages]
    parts = [PREAMBLE.format(folder=folder)]
    for message in messages:
        parts += [emit_struct(message, struct) for struct in [*message.structs, message.body]]
    parts.append(END.format(folder=folder, rows="\n".join(message_row(message) for message in messages)))
    return "\n".join(parts)


def constant(message, struct):
    return f"k{message.name}" if struct is message.body else f"k{message.name}_{struct.name}"


def emit_struct(message, struct):
    name = constant(message, struct)
    if not struct.fields:
        return f'constexpr StructSchema {name}{{"{struct.name}", {{}}}};'
    rows = "\n".join(field_row(message, one) for one in struct.fields)
    return (f"constexpr auto {name}_fields = std::to_array<FieldSchema>({{\n{rows}\n}});\n"
            f'constexpr StructSchema {name}{{"{struct.name}", {name}_fields}};')


def braces(versions):
    if not versions:
        return "{}"
    high = "INT16_MAX" if versions.high == OPEN else versions.high
    return f"{{{versions.low}, {high}}}"


def field_row(message, one):
    kind = "structure" if one.struct else TYPES.get(one.type, one.type)
    default = "" if one.default in (None, "null") else one.default.lower() if one.type == "bool" else one.default
    cells = [
        f'"{json_name(one.name)}"', f"FieldType::{kind}", boolean(one.array), boolean(one.ignorable),
        boolean(one.flexible is not None and not one.flexible), braces(one.versions), braces(one.nullable),
        -1 if one.tag is None else one.tag, boolean(one.null_by_default), f'"{default}"',
        f"&{constant(message, one.struct)}" if one.struct else "nullptr"]
    return f"    {{{', '.join(map(str, cells))}}},"


def boolean(value):
    return "true" if value else "false"


def message_row(message):
    cells = [f'"{message.name}"', f"MessageKind::{snake_case(message.kind.replace('-', '_'))}",
             -1 if message.key is None else message.key, braces(message.versions),
             "kNeverFlexible" if message.flexible_from == OPEN else message.flexible_from,
             f"&{constant(message, message.body)}"]
    return f"    {{{', '.join(map(str, cells))}}},"
