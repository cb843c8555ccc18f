// The control record of a transaction's end (KIP-98): key version (int16) and type (int16; 0 abort, 1 commit),
// value version (int16) and coordinator epoch (int32). Later value versions may append fields.
#include <cstdint>

#include "storage/producer_state.h"

namespace sluice {
namespace {

constexpr std::int16_t kAbort = 0;
constexpr std::int16_t kCommit = 1;

/// Reads the fields of a record one by one; once something is missing everything that follows is empty.
class RecordReader {
 public:
  explicit RecordReader(Bytes bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }

  std::int64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = static_cast<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    failed_ = true;
    return 0;
  }

  Bytes take(std::int64_t count) {
    if (failed_ || count < 0 || std::cmp_greater(count, bytes_.size() - at_)) {
      failed_ = true;
      return {};
    }
    const Bytes taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

Result<std::optional<EndMarker>> EndMarker::read(const ConstBatchView& batch) {
  if (batch.record_count() == 0) return std::nullopt;
  const auto torn = [&] {
    return fail(Errc::corrupt, "the control batch at offset {} has no readable record", batch.base_offset().value);
  };
  if (batch.codec() != Codec::none) return torn();
  RecordReader record(batch.payload());
  record.varint();  // The record's length,
  record.take(1);   // attributes,
  record.varint();  // timestamp delta
  record.varint();  // and offset delta tell nothing that the batch does not.
  const Bytes key = record.take(record.varint());
  if (record.failed() || key.size() < 4) return torn();
  const auto type = load<std::int16_t>(key, 2);
  if (type != kAbort && type != kCommit) return std::nullopt;
  const Bytes value = record.take(record.varint());
  if (record.failed() || value.size() < 6) return torn();
  return EndMarker{.commit = type == kCommit, .coordinator_epoch = load<std::int32_t>(value, 2)};
}

}  // namespace sluice
