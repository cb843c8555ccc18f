#include "record/batch_view.h"

#include <limits>
#include <utility>

#include "base/assert.h"
#include "record/crc32c.h"

namespace sluice {

namespace {

using namespace batch_field;

// A message of magic 0 or 1 has behind its length at least CRC, magic, attributes, and the lengths of key and
// value.
constexpr std::int32_t kOldMessageLengthMin = 14;
constexpr std::int32_t kBatchLengthMin = kRecords - kLeaderEpoch;

// What a header says by itself. `size` comes from EntryHead::read.
Result<void> check_fields(const BatchHeader& header) {
  if (!header.attributes.has_known_codec())
    return fail(Errc::unsupported_codec, "batch at offset {} has unknown compression {}", header.base_offset.value,
                header.attributes.bits & Attributes::kCodecMask);
  if (header.last_offset_delta < 0)
    return fail(Errc::corrupt, "batch at offset {} has last offset delta {}", header.base_offset.value,
                header.last_offset_delta);
  if (header.base_offset.value < 0 ||
      header.base_offset.value > std::numeric_limits<std::int64_t>::max() - header.offset_span())
    return fail(Errc::corrupt, "batch has base offset {} and last offset delta {}", header.base_offset.value,
                header.last_offset_delta);
  if (header.record_count < 0 || header.record_count > header.offset_span())
    return fail(Errc::corrupt, "batch at offset {} claims {} records in {} offsets", header.base_offset.value,
                header.record_count, header.offset_span());
  return {};
}

WallTime load_time(Bytes bytes, std::size_t at) {
  return WallTime{std::chrono::milliseconds{load<std::int64_t>(bytes, at)}};
}

// `bytes` hold a whole header.
BatchHeader load_header(Bytes bytes, std::size_t size) {
  return {.base_offset = {load<std::int64_t>(bytes, kBaseOffset)},
          .size = size,
          .leader_epoch = {load<std::int32_t>(bytes, kLeaderEpoch)},
          .crc = load<std::uint32_t>(bytes, kCrc),
          .attributes = {load<std::int16_t>(bytes, kAttributes)},
          .last_offset_delta = load<std::int32_t>(bytes, kLastOffsetDelta),
          .base_timestamp = load_time(bytes, kBaseTimestamp),
          .max_timestamp = load_time(bytes, kMaxTimestamp),
          .producer_id = {load<std::int64_t>(bytes, kProducerId)},
          .producer_epoch = {load<std::int16_t>(bytes, kProducerEpoch)},
          .base_sequence = load<std::int32_t>(bytes, kBaseSequence),
          .record_count = load<std::int32_t>(bytes, kRecordCount)};
}

}  // namespace

Result<EntryHead> EntryHead::read(Bytes bytes) {
  if (bytes.size() < kEntryHeadSize)
    return fail(Errc::incomplete, "{} bytes do not reach the magic", bytes.size());
  const auto magic = load<std::int8_t>(bytes, kMagic);
  if (magic < 0 || magic > 2) return fail(Errc::unsupported_magic, "batch has magic {}, not 0, 1 or 2", magic);
  const auto length = load<std::int32_t>(bytes, kLength);
  if (length < (magic == 2 ? kBatchLengthMin : kOldMessageLengthMin))
    return fail(Errc::corrupt, "batch length {} is less than a header's", length);
  return EntryHead{.offset = {load<std::int64_t>(bytes, kBaseOffset)},
                   .size = kLeaderEpoch + static_cast<std::size_t>(length),
                   .magic = magic};
}

Result<BatchHeader> BatchHeader::read(Bytes bytes) {
  const Result<EntryHead> head = EntryHead::read(bytes);
  if (!head) return fail(head.error());
  if (head->magic != 2) return fail(Errc::unsupported_magic, "batch has magic {}, not 2", head->magic);
  if (bytes.size() < kBatchHeaderSize) return fail(Errc::incomplete, "{} of a header's 61 bytes", bytes.size());
  const BatchHeader header = load_header(bytes, head->size);
  if (const Result<void> checked = check_fields(header); !checked) return fail(checked.error());
  return header;
}

Result<ConstBatchView> ConstBatchView::parse(Bytes bytes, CrcCheck check) {
  const Result<BatchHeader> header = BatchHeader::read(bytes);
  if (!header) return fail(header.error());
  if (header->size > bytes.size())
    return fail(Errc::incomplete, "{} of a batch's {} bytes", bytes.size(), header->size);

  const ConstBatchView batch{bytes.first(header->size)};
  if (check == CrcCheck::verify && crc32c(batch.bytes().subspan(kAttributes)) != header->crc)
    return fail(Errc::corrupt, "batch at offset {} fails its CRC", header->base_offset.value);
  return batch;
}

std::optional<WallTime> ConstBatchView::delete_horizon() const {
  if (!attributes().has_delete_horizon()) return std::nullopt;
  return base_timestamp();
}

std::int32_t ConstBatchView::last_sequence() const {
  const std::int32_t base = base_sequence();
  if (base < 0) return -1;
  const std::int64_t last = std::int64_t{base} + last_offset_delta();
  return static_cast<std::int32_t>(last & std::numeric_limits<std::int32_t>::max());
}

BatchHeader ConstBatchView::header() const { return load_header(bytes_, bytes_.size()); }

Result<BatchView> BatchView::parse(MutableBytes bytes, CrcCheck check) {
  const Result<ConstBatchView> view = ConstBatchView::parse(bytes, check);
  if (!view) return fail(view.error());
  return BatchView{*view, bytes.first(view->size())};
}

void BatchView::place(Offset base, LeaderEpoch epoch) const {
  SLUICE_ASSERT(base.value >= 0 && base.value <= std::numeric_limits<std::int64_t>::max() - offset_span());
  store(mutable_, kBaseOffset, base.value);
  store(mutable_, kLeaderEpoch, epoch.value);
}

void BatchView::set_max_timestamp(TimestampType type, WallTime max_timestamp) const {
  store(mutable_, kAttributes, attributes().with(type).bits);
  store(mutable_, kMaxTimestamp, std::int64_t{max_timestamp.time_since_epoch().count()});
  store(mutable_, kCrc, crc32c(bytes().subspan(kAttributes)));
}

}  // namespace sluice
