"""Emits, per internal log, the variant of its records and the function that reads any of them."""
from dataclasses import dataclass

from names import snake_case


@dataclass(frozen=True)
class Log:
    """An internal log, and what the C++ of its records is called."""
    name: str      # As `log=` has it.
    kind: str      # Of its messages; coordinators' keys stand for their pairs.
    variant: str
    what: str


LOGS = (
    Log("cluster", "metadata", "MetadataRecord", "the metadata log, __cluster_metadata"),
    Log("remote", "metadata", "RemoteLogRecord", "the log of remote segments, __remote_log_metadata"),
    Log("group", "coordinator-key", "GroupRecord", "the group coordinators' log, __consumer_offsets"),
    Log("transaction", "coordinator-key", "TransactionRecord",
        "the transaction coordinators' log, __transaction_state"),
    Log("share", "coordinator-key", "ShareRecord", "the share coordinators' log, __share_group_state"),
)

HEADER = """// wire/{file}.h: the records of {what}.
// Made from schema/ by schema/generator; do not edit.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

{includes}

namespace sluice::wire {{

/// The types of records in this log.
enum class {variant}Type : std::int16_t {{
{types}
}};

{aliases}/// Any record of this log. Views in it are valid as long as the bytes that it was read from.
using {variant} = std::variant<
    {alternatives}>;

{declaration}
}}  // namespace sluice::wire
"""

SOURCE = """// Made from schema/ by schema/generator; do not edit.
#include "wire/{file}.h"

#include <utility>

#include "wire/reader.h"

namespace sluice::wire {{
{body}
}}  // namespace sluice::wire
"""

METADATA_DECLARATION = """\
/// Reads a record's value, frame and all. Errors: corrupt, too_large, unsupported_version (also of unknown types).
Result<{variant}> decode_{file}(Bytes value);

/// Encodes a record's value, frame and all. Errors: those of encode().
Result<Buffer> encode_{file}(const {variant}& record, std::int16_t version);
"""

KEYED_DECLARATION = """\
/// Reads a record. Errors: corrupt, too_large, unsupported_version (also of unknown types).
Result<{variant}> decode_{file}(Bytes key, std::optional<Bytes> value);
"""

METADATA_BODY = """\
namespace {{

template <class Record>
Result<{variant}> decode_as(const OpenedMetadataRecord& opened) {{
  Reader in(opened.body);
  Result<Record> record = Record::decode(in, opened.version);
  if (!record) return std::unexpected(record.error());
  return {variant}(std::in_place_type<Record>, *std::move(record));
}}

}}  // namespace

Result<{variant}> decode_{file}(Bytes value) {{
  const Result<OpenedMetadataRecord> opened = open_metadata_record(value);
  if (!opened) return std::unexpected(opened.error());
  switch ({variant}Type{{opened->type}}) {{
{cases}
  }}
  return fail(Errc::unsupported_version, "there is no {title} of type {{}}", opened->type);
}}

Result<Buffer> encode_{file}(const {variant}& record, std::int16_t version) {{
  return std::visit([&](const auto& one) {{ return encode_metadata_record(one, version); }}, record);
}}
"""

KEYED_BODY = """\
namespace {{

template <class Record>
Result<{variant}> decode_as(Bytes key_body, std::optional<Bytes> value) {{
  Result<Record> record = decode_keyed<Record>(key_body, value);
  if (!record) return std::unexpected(record.error());
  return {variant}(std::in_place_type<Record>, *std::move(record));
}}

}}  // namespace

Result<{variant}> decode_{file}(Bytes key, std::optional<Bytes> value) {{
  const Result<OpenedNumbered> opened = open_numbered(key);
  if (!opened) return std::unexpected(opened.error());
  switch ({variant}Type{{opened->number}}) {{
{cases}
  }}
  return fail(Errc::unsupported_version, "there is no {title} of type {{}}", opened->number);
}}
"""


def emit_records(log, tables):
    """The header and the source of one log."""
    found = [(message, table) for table in tables for message in table.messages
             if message.log == log.name and message.kind == log.kind]
    found.sort(key=lambda pair: pair[0].key)
    keyed = log.kind == "coordinator-key"
    records = [message.name.removesuffix("Key") + "Record" if keyed else message.name for message, _ in found]
    types = [snake_case(record.removesuffix("Record")) for record in records]

    aliases = "".join(f"using {record} = KeyedRecord<{message.name}, {value_name(message)}>;\n"
                      for record, (message, _) in zip(records, found)) + "\n" if keyed else ""
    arguments = "opened->body, value" if keyed else "*opened"
    words = {
        "file": snake_case(log.variant), "what": log.what, "variant": log.variant,
        "title": snake_case(log.variant).replace("_", " "),
        "includes": "\n".join(f'#include "wire/{path}.h"'
                              for path in [*sorted(table.path for _, table in found), "record_frame"]),
        "types": "\n".join(f"  {name} = {message.key}," for name, (message, _) in zip(types, found)),
        "aliases": aliases,
        "alternatives": ",\n    ".join(records),
        "cases": "\n".join(f"    case {log.variant}Type::{name}: return decode_as<{record}>({arguments});"
                           for name, record in zip(types, records)),
    }
    declaration, body = (KEYED_DECLARATION, KEYED_BODY) if keyed else (METADATA_DECLARATION, METADATA_BODY)
    return (HEADER.format(**words, declaration=declaration.format(**words)),
            SOURCE.format(**words, body=body.format(**words)))


def value_name(key):
    return key.name.removesuffix("Key") + "Value"
