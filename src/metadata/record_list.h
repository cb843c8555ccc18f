// metadata/record_list.h: records of the metadata log as they are written: unsigned varints for the frame's
// version (1), the record's type and its version, then the record.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/message.h"
#include "wire/sizer.h"
#include "wire/writer.h"

namespace sluice {

/// What a record begins with.
struct MetadataRecordHead {
  static constexpr std::uint32_t kFrameVersion = 1;
  std::int16_t type = 0;
  std::int16_t version = 0;
};

/// Encoded records, one behind the other: what a decision yields and the log takes. Owns its bytes, so that what
/// the records viewed may go.
class RecordList {
 public:
  /// Encodes a record. The version must be able to carry what is set: that follows from the code that filled it.
  template <class Record>
  void add(const Record& record, std::int16_t version) {
    const auto size = record.encoded_size(version);
    SLUICE_ASSERT(size.has_value());
    const MutableBytes room = append({.type = Record::kType, .version = version}, size->written);
    wire::Writer writer(room);
    record.encode(writer, version);
  }
  /// Adds a record that is encoded already.
  void add_encoded(Bytes record);
  void append(const RecordList& other);

  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::size_t byte_size() const { return bytes_.size(); }
  /// The record's bytes, until the list changes.
  Bytes operator[](std::size_t at) const;
  /// All of them, until the list changes.
  std::vector<Bytes> values() const;

  /// Forgets the records from `size` on.
  void truncate(std::size_t size);

 private:
  MutableBytes append(MetadataRecordHead head, std::size_t body_size);
  Buffer bytes_;
  std::vector<std::size_t> ends_;
};

/// Reads a record's head; `record` then views what follows. Errors: corrupt, unsupported_version (of the frame).
Result<MetadataRecordHead> read_record_head(Bytes& record);

}  // namespace sluice
