// Batches for tests, built byte by byte, so that storage is not tested with the builder's own idea of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "record/batch_view.h"
#include "record/crc32c.h"

namespace sluice::test {

struct BatchSpec {
  int records = 1;
  std::int64_t base_offset = 0;
  std::int64_t timestamp = 1'767'229'200'000;  ///< Of the first record; each next one is a millisecond later.
  std::int32_t leader_epoch = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t sequence = -1;
  bool transactional = false;
  int control = -1;  ///< 0: an abort marker, 1: a commit marker.
  std::int32_t coordinator_epoch = 0;
  std::size_t value_size = 10;
  std::string key{};  ///< None if empty.
  bool null_value = false;
};

inline void put_varint(std::string& into, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (bits >= 0x80) {
    into.push_back(static_cast<char>(bits | 0x80));
    bits >>= 7;
  }
  into.push_back(static_cast<char>(bits));
}

inline void put_bytes(std::string& into, const std::string* bytes) {
  put_varint(into, bytes == nullptr ? -1 : static_cast<std::int64_t>(bytes->size()));
  if (bytes != nullptr) into += *bytes;
}

inline std::string record(int index, const std::string* key, const std::string* value) {
  std::string body(1, '\0');  // Attributes.
  put_varint(body, index);    // Timestamp delta.
  put_varint(body, index);    // Offset delta.
  put_bytes(body, key);
  put_bytes(body, value);
  put_varint(body, 0);  // Headers.
  std::string framed;
  put_varint(framed, static_cast<std::int64_t>(body.size()));
  return framed + body;
}

/// The bytes of a batch.
inline std::string batch_bytes(const BatchSpec& spec) {
  std::string records;
  int count = spec.records;
  if (spec.control >= 0) {
    const std::string key{0, 0, 0, static_cast<char>(spec.control)};
    std::string value(6, '\0');
    store<std::int32_t>(std::as_writable_bytes(std::span(value)), 2, spec.coordinator_epoch);
    records = record(0, &key, &value);
    count = 1;
  } else {
    for (int i = 0; i < count; ++i) {
      const std::string value(spec.value_size, static_cast<char>('a' + i % 26));
      records += record(i, spec.key.empty() ? nullptr : &spec.key, spec.null_value ? nullptr : &value);
    }
  }
  std::string text(kBatchHeaderSize, '\0');
  text += records;
  const MutableBytes bytes = std::as_writable_bytes(std::span(text));
  store<std::int64_t>(bytes, batch_field::kBaseOffset, spec.base_offset);
  store<std::int32_t>(bytes, batch_field::kLength, static_cast<std::int32_t>(text.size() - 12));
  store<std::int32_t>(bytes, batch_field::kLeaderEpoch, spec.leader_epoch);
  store<std::int8_t>(bytes, batch_field::kMagic, 2);
  store<std::int16_t>(bytes, batch_field::kAttributes,
                      static_cast<std::int16_t>((spec.transactional || spec.control >= 0 ? 0x10 : 0) |
                                                (spec.control >= 0 ? 0x20 : 0)));
  store<std::int32_t>(bytes, batch_field::kLastOffsetDelta, count - 1);
  store<std::int64_t>(bytes, batch_field::kBaseTimestamp, spec.timestamp);
  store<std::int64_t>(bytes, batch_field::kMaxTimestamp, spec.timestamp + count - 1);
  store<std::int64_t>(bytes, batch_field::kProducerId, spec.producer_id);
  store<std::int16_t>(bytes, batch_field::kProducerEpoch, spec.producer_epoch);
  store<std::int32_t>(bytes, batch_field::kBaseSequence, spec.control >= 0 ? -1 : spec.sequence);
  store<std::int32_t>(bytes, batch_field::kRecordCount, count);
  store<std::uint32_t>(bytes, batch_field::kCrc, crc32c(bytes.subspan(batch_field::kAttributes)));
  return text;
}

/// A batch with its bytes.
class OwnedBatch {
 public:
  explicit OwnedBatch(const BatchSpec& spec) : text_(batch_bytes(spec)) {}
  explicit OwnedBatch(std::string bytes) : text_(std::move(bytes)) {}
  BatchView view() { return *BatchView::parse(std::as_writable_bytes(std::span(text_))); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace sluice::test
