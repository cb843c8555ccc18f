#include "record/batch_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "record/crc32c.h"
#include "record/varint.h"

namespace sluice {

namespace {

constexpr std::size_t kSizeMax = std::numeric_limits<std::int32_t>::max();
// Codecs work better on more than one small record.
constexpr std::size_t kPendingMax = std::size_t{32} << 10;

std::size_t sized_size(const std::optional<Bytes>& bytes) {
  return bytes ? varint_size(static_cast<std::int64_t>(bytes->size())) + bytes->size() : 1;
}

std::byte* put_bytes(std::byte* at, Bytes bytes) {
  std::ranges::copy(bytes, at);
  return at + bytes.size();
}

std::byte* put_sized(std::byte* at, const std::optional<Bytes>& bytes) {
  if (!bytes) return put_varint(at, -1);
  return put_bytes(put_varint(at, static_cast<std::int64_t>(bytes->size())), *bytes);
}

// Timestamps may be anything, so their distance may go around; readers' sums go back around.
std::int64_t distance(WallTime from, WallTime to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to.time_since_epoch().count()) -
                                   static_cast<std::uint64_t>(from.time_since_epoch().count()));
}

Attributes attributes_of(const BatchOptions& options) {
  return Attributes{}
      .with(options.compression.codec)
      .with(options.log_append_time ? TimestampType::log_append_time : TimestampType::create_time)
      .with(Attributes::kTransactional, options.transactional)
      .with(Attributes::kControl, options.control)
      .with(Attributes::kDeleteHorizon, options.delete_horizon.has_value());
}

void store_time(MutableBytes bytes, std::size_t at, WallTime time) {
  store(bytes, at, std::int64_t{time.time_since_epoch().count()});
}

// All but attributes, length and CRC of a batch without records.
void store_header(MutableBytes header, const BatchOptions& options) {
  using namespace batch_field;
  store(header, kBaseOffset, options.base_offset.value);
  store(header, kLeaderEpoch, options.leader_epoch.value);
  store(header, kMagic, std::int8_t{2});
  store(header, kProducerId, options.producer_id.value);
  store(header, kProducerEpoch, options.producer_epoch.value);
  store(header, kBaseSequence, options.base_sequence);
}

}  // namespace

BatchOptions BatchOptions::like(const ConstBatchView& batch, Compression compression) {
  return {.base_offset = batch.base_offset(),
          .leader_epoch = batch.leader_epoch(),
          .compression = compression,
          .producer_id = batch.producer_id(),
          .producer_epoch = batch.producer_epoch(),
          .base_sequence = batch.base_sequence(),
          .transactional = batch.is_transactional(),
          .control = batch.is_control(),
          .log_append_time = batch.timestamp_type() == TimestampType::log_append_time
                                 ? std::optional{batch.max_timestamp()}
                                 : std::nullopt,
          .delete_horizon = batch.delete_horizon()};
}

// A record as it goes on disk: headers are encoded already, or still to be.
struct BatchBuilder::Parts {
  WallTime timestamp;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  std::span<const HeaderView> headers;
  HeadersView encoded_headers;

  static Parts of(const NewRecord& record) {
    return {record.timestamp, record.key, record.value, record.headers, {}};
  }

  std::size_t header_count() const { return headers.size() + encoded_headers.size(); }

  std::size_t headers_size() const {
    std::size_t size = encoded_headers.encoded().size();
    for (const HeaderView& header : headers) size += sized_size(as_bytes(header.key)) + sized_size(header.value);
    return size;
  }

  // What the record's length counts.
  std::size_t body_size(std::int64_t timestamp_delta, std::int64_t offset_delta) const {
    return 1 + varint_size(timestamp_delta) + varint_size(offset_delta) + sized_size(key) + sized_size(value) +
           varint_size(static_cast<std::int64_t>(header_count())) + headers_size();
  }

  std::byte* put(std::byte* at, std::size_t body_size, std::int64_t timestamp_delta,
                 std::int64_t offset_delta) const {
    at = put_varint(at, static_cast<std::int64_t>(body_size));
    *at++ = std::byte{0};  // Attributes, of which there are none.
    at = put_varint(at, timestamp_delta);
    at = put_varint(at, offset_delta);
    at = put_sized(at, key);
    at = put_sized(at, value);
    at = put_varint(at, static_cast<std::int64_t>(header_count()));
    at = put_bytes(at, encoded_headers.encoded());
    for (const HeaderView& header : headers) at = put_sized(put_sized(at, as_bytes(header.key)), header.value);
    return at;
  }
};

BatchBuilder::BatchBuilder(Buffer& out, const BatchOptions& options)
    : out_(&out), start_(out.size()), options_(options) {
  out.resize(start_ + kBatchHeaderSize);
  if (options.compression.codec != Codec::none) compressor_.emplace(options.compression, out);
}

std::size_t BatchBuilder::size_max(const NewRecord& record) {
  return Parts::of(record).body_size(0, 0) + kVarintSizeMax + kVarlongSizeMax + kVarintSizeMax;
}

Result<void> BatchBuilder::append(const NewRecord& record) { return append(next_delta_, Parts::of(record)); }

Result<void> BatchBuilder::append_copy_at(Offset offset, const RecordView& record) {
  return append(offset - options_.base_offset, Parts{.timestamp = record.create_timestamp,
                                                     .key = record.key,
                                                     .value = record.value,
                                                     .headers = {},
                                                     .encoded_headers = record.headers});
}

Result<void> BatchBuilder::append(std::int64_t delta, const Parts& parts) {
  SLUICE_ASSERT(delta >= next_delta_ && delta <= std::numeric_limits<std::int32_t>::max());
  if (record_count_ == 0) base_timestamp_ = options_.delete_horizon.value_or(parts.timestamp);
  const std::int64_t timestamp_delta = distance(base_timestamp_, parts.timestamp);
  const std::size_t body_size = parts.body_size(timestamp_delta, delta);
  const std::size_t size = varint_size(static_cast<std::int64_t>(body_size)) + body_size;
  if (body_size > kSizeMax || uncompressed_size() + size > kSizeMax)
    return fail(Errc::too_large, "a record of {} bytes does not fit a batch that has {}", body_size,
                uncompressed_size());

  Buffer& to = compressor_ ? pending_ : *out_;
  const std::size_t at = to.size();
  to.resize(at + size);
  const std::byte* const end = parts.put(to.data() + at, body_size, timestamp_delta, delta);
  SLUICE_ASSERT(end == to.data() + to.size());
  if (compressor_ && pending_.size() >= kPendingMax) flush();

  uncompressed_ += size;
  max_timestamp_ = std::max(max_timestamp_, parts.timestamp);
  next_delta_ = delta + 1;
  ++record_count_;
  return {};
}

void BatchBuilder::flush() {
  compressor_->add(pending_.bytes());
  pending_.clear();
}

void BatchBuilder::set_producer(ProducerId id, ProducerEpoch epoch, std::int32_t base_sequence) {
  options_.producer_id = id;
  options_.producer_epoch = epoch;
  options_.base_sequence = base_sequence;
}

void BatchBuilder::set_last_offset(Offset last) {
  const std::int64_t delta = last - options_.base_offset;
  SLUICE_ASSERT(delta >= next_delta_ - 1 && delta >= 0 && delta <= std::numeric_limits<std::int32_t>::max());
  next_delta_ = delta + 1;
}

Result<BatchView> BatchBuilder::finish() {
  using namespace batch_field;
  SLUICE_ASSERT(next_delta_ > 0);
  if (compressor_) {
    flush();
    compressor_->finish();
    compressor_.reset();
  }
  const MutableBytes batch = out_->bytes().subspan(start_);
  if (batch.size() > kSizeMax) return fail(Errc::too_large, "batch of {} bytes", batch.size());

  store_header(batch, options_);
  store(batch, kLength, static_cast<std::int32_t>(batch.size() - kLeaderEpoch));
  store(batch, kAttributes, attributes_of(options_).bits);
  store(batch, kLastOffsetDelta, static_cast<std::int32_t>(next_delta_ - 1));
  store_time(batch, kBaseTimestamp, base_timestamp_);
  store_time(batch, kMaxTimestamp, options_.log_append_time.value_or(max_timestamp_));
  store(batch, kRecordCount, record_count_);
  store(batch, kCrc, crc32c(batch.subspan(kAttributes)));
  return BatchView::parse(batch, CrcCheck::skip);
}

BatchView append_emptied(Buffer& out, const ConstBatchView& batch) {
  using namespace batch_field;
  const std::size_t start = out.size();
  out.append(batch.bytes().first(kBatchHeaderSize));
  const MutableBytes header = out.bytes().subspan(start);
  store(header, kLength, static_cast<std::int32_t>(kBatchHeaderSize - kLeaderEpoch));
  store(header, kAttributes, batch.attributes().with(Codec::none).bits);
  store(header, kRecordCount, std::int32_t{0});
  store(header, kCrc, crc32c(header.subspan(kAttributes)));
  return *BatchView::parse(header, CrcCheck::skip);
}

}  // namespace sluice
