// record/control_record.h: the records of control batches (KIP-98, KIP-595): what their keys say, and the value of
// a transaction's end marker. The values of the others are messages of wire/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/ids.h"

namespace sluice {

/// The types on the wire.
enum class ControlType : std::int16_t {
  abort = 0,
  commit = 1,
  leader_change = 2,
  snapshot_header = 3,
  snapshot_footer = 4,
  kraft_version = 5,
  kraft_voters = 6,
};

/// A control record's key: version 0, then the type.
std::array<std::byte, 4> control_key(ControlType type);

/// The type that a control record's key names. A newer version's key begins alike. Nullopt for a type that this
/// program does not know: readers pass over it. Errors: corrupt (no key, too short, a negative version).
Result<std::optional<ControlType>> parse_control_key(std::optional<Bytes> key);

/// The value of an abort or commit marker: version 0, then the epoch of the transaction coordinator that wrote it.
struct EndTxnMarker {
  std::int32_t coordinator_epoch = 0;

  std::array<std::byte, 6> encode() const;
  /// A newer version's value begins alike. Errors: corrupt (no value, too short, a negative version).
  static Result<EndTxnMarker> parse(std::optional<Bytes> value);
};

}  // namespace sluice
