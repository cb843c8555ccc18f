// metadata/record_list.h: records of the metadata log as they are written.
#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "wire/record_frame.h"

namespace sluice {

/// Encoded records, one behind the other: what a decision yields and the log takes. Owns its bytes, so that what
/// the records viewed may go.
class RecordList {
 public:
  /// Encodes a record. The version must be able to carry what is set: that follows from the code that filled it.
  template <class Record>
  void add(const Record& record, std::int16_t version) {
    const auto encoded = wire::encode_metadata_record(record, version);
    SLUICE_ASSERT(encoded.has_value());
    add_encoded(encoded->bytes());
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
  Buffer bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace sluice
