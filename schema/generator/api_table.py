"""Emits wire/api_key.h and wire/api_table.h."""
from names import snake_case

KEYS = """// wire/api_key.h: the keys of Kafka's APIs. Made from schema/api by schema/generator; do not edit.
#pragma once

#include <cstdint>

namespace sluice {{

/// What a request asks for. A frame may carry any other number as well: see find_api() of wire/api_table.h.
enum class ApiKey : std::int16_t {{
{keys}
}};

}}  // namespace sluice
"""

TABLE = """// wire/api_table.h: what is known of each API. Made from schema/api by schema/generator; do not edit.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "wire/api_key.h"
#include "wire/version_range.h"

namespace sluice::wire {{

/// One API: its versions, and where it is served.
struct ApiInfo {{
  ApiKey key;
  std::string_view name;
  VersionRange versions;         ///< All that this program speaks.
  VersionRange current;          ///< What Apache Kafka 4.4 speaks.
  std::int16_t flexible_from;    ///< Or kNeverFlexible.
  bool on_broker;                ///< Served by the listeners of brokers.
  bool on_controller;            ///< Served by the listeners of controllers.
  bool latest_version_unstable;  ///< The last version is offered only with unstable.api.versions.enable.

  constexpr std::int16_t request_header_version(std::int16_t version) const {{
    return version >= flexible_from ? 2 : 1;
  }}
  /// A client that asks for a version of ApiVersions that is not known must be able to read the answer, so that its
  /// header stays at version 0.
  constexpr std::int16_t response_header_version(std::int16_t version) const {{
    return version >= flexible_from && key != ApiKey::api_versions ? 1 : 0;
  }}
}};

/// Every API, in the order of the keys.
inline constexpr auto kApis = std::to_array<ApiInfo>({{
{rows}
}});

/// The API of a key off the wire; nullptr where there is none.
constexpr const ApiInfo* find_api(ApiKey key) {{
  for (const ApiInfo& api : kApis)
    if (api.key == key) return &api;
  return nullptr;
}}

/// The API of a key that is one of the enumerators.
constexpr const ApiInfo& api_info(ApiKey key) {{ return *find_api(key); }}

}}  // namespace sluice::wire
"""


def requests(tables):
    found = [(message, table.api_name) for table in tables for message in table.messages if message.kind == "request"]
    return sorted(found, key=lambda pair: pair[0].key)


def emit_api_key(tables):
    keys = "\n".join(f"  {snake_case(name)} = {message.key}," for message, name in requests(tables))
    return KEYS.format(keys=keys)


def emit_api_table(tables):
    return TABLE.format(rows="\n".join(row(message, name) for message, name in requests(tables)))


def row(message, name):
    def braces(versions):
        return f"{{{versions.low}, {versions.high}}}"

    def boolean(value):
        return "true" if value else "false"

    flexible = message.flexible_from if message.ever_flexible else "kNeverFlexible"
    cells = [f"ApiKey::{snake_case(name)}", f'"{name}"', braces(message.versions), braces(message.current), flexible,
             boolean("broker" in message.listeners), boolean("controller" in message.listeners),
             boolean(message.latest_unstable)]
    return f"    {{{', '.join(map(str, cells))}}},"
