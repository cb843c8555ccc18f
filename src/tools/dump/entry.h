// tools/dump/entry.h: one batch or old message of a segment: what it says of itself, whether or not that is true,
// and its records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "record/record_view.h"

namespace sluice::tools {

/// Views a whole entry's bytes. Nothing is checked but that they reach behind the header.
class EntryFields {
 public:
  /// Errors: corrupt (too short for its magic), unsupported_codec.
  static Result<EntryFields> read(Bytes bytes);

  std::int8_t magic() const;
  bool is_batch() const { return magic() >= 2; }
  std::int64_t base_offset() const;
  std::int64_t last_offset() const;
  std::int32_t base_sequence() const;
  /// The sequence number of an offset of the batch; -1 where it has none.
  std::int32_t sequence_of(std::int64_t offset) const;
  bool is_control() const;
  std::int64_t max_timestamp() const;
  /// "CreateTime", "LogAppendTime" or, in magic 0, "NoTimestampType".
  std::string_view timestamp_type() const;
  bool has_valid_crc() const;

  /// The line that stands for the entry, without its end.
  std::string describe(std::uint64_t position) const;

 private:
  explicit EntryFields(Bytes bytes) : bytes_(bytes) {}
  std::string describe_batch() const;
  std::int16_t attributes() const;
  std::uint32_t crc() const;
  Bytes bytes_;
};

/// A record, and the CRC of the message that it came from, if it is of magic 0 or 1.
struct EntryRecord {
  RecordView record;
  std::optional<std::uint32_t> crc;
};

/// Calls `visit` for each record of the entry, which stays until it returns. Errors: corrupt, too_large, and those
/// of `visit`.
Result<void> visit_records(Bytes entry, const std::function<Result<void>(const EntryRecord&)>& visit);

}  // namespace sluice::tools
