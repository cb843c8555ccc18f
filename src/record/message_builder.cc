#include "record/message_builder.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "record/crc32c.h"
#include "record/message_view.h"

namespace sluice {

namespace {

using namespace message_field;

constexpr std::size_t kSizeMax = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kPendingMax = std::size_t{32} << 10;
constexpr std::size_t kLengthSize = 4;

std::size_t sized_size(const std::optional<Bytes>& bytes) { return kLengthSize + (bytes ? bytes->size() : 0); }

std::size_t put_sized(MutableBytes out, std::size_t at, const std::optional<Bytes>& bytes) {
  store(out, at, bytes ? static_cast<std::int32_t>(bytes->size()) : std::int32_t{-1});
  if (bytes) std::ranges::copy(*bytes, out.begin() + static_cast<std::ptrdiff_t>(at + kLengthSize));
  return at + sized_size(bytes);
}

struct Header {
  Offset offset;
  std::int8_t magic;
  Attributes attributes;
  WallTime timestamp;
};

// Everything but key and value, which stand in `message` when this is called: the CRC covers them.
void put_header(MutableBytes message, const Header& header) {
  store(message, kOffset, header.offset.value);
  store(message, kSize, static_cast<std::int32_t>(message.size() - kCrc));
  store(message, kMagic, header.magic);
  store(message, kAttributes, static_cast<std::int8_t>(header.attributes.bits));
  if (header.magic > 0) store(message, kTimestamp, std::int64_t{header.timestamp.time_since_epoch().count()});
  store(message, kCrc, crc32(message.subspan(kMagic)));
}

Attributes attributes_of(const MessageSetOptions& options, Codec codec) {
  const bool append_time = options.magic > 0 && options.log_append_time;
  return Attributes{}.with(codec).with(append_time ? TimestampType::log_append_time : TimestampType::create_time);
}

}  // namespace

MessageSetBuilder::MessageSetBuilder(Buffer& out, const MessageSetOptions& options)
    : out_(&out), start_(out.size()), options_(options) {
  SLUICE_ASSERT(options.magic == 0 || options.magic == 1);
  SLUICE_ASSERT(options.compression.codec != Codec::zstd);
  if (options.compression.codec == Codec::none) return;
  out.resize(start_ + message_header_size(options.magic) + 2 * kLengthSize);
  compressor_.emplace(options.compression, out, options.magic);
}

Result<void> MessageSetBuilder::append(const RecordView& record) {
  const std::size_t header_size = message_header_size(options_.magic);
  const std::size_t size = header_size + sized_size(record.key) + sized_size(record.value);
  if (size > kSizeMax) return fail(Errc::too_large, "a message of {} bytes", size);

  if (!first_offset_) first_offset_ = record.offset;
  const bool relative = compressor_ && options_.magic > 0;
  Buffer& to = compressor_ ? pending_ : *out_;
  const std::size_t at = to.size();
  to.resize(at + size);
  const MutableBytes message = to.bytes().subspan(at);
  put_sized(message, put_sized(message, header_size, record.key), record.value);
  put_header(message, {.offset = relative ? Offset{record.offset - *first_offset_} : record.offset,
                       .magic = options_.magic,
                       .attributes = attributes_of(options_, Codec::none),
                       .timestamp = options_.log_append_time && !compressor_ ? *options_.log_append_time
                                                                             : record.timestamp});
  if (compressor_ && pending_.size() >= kPendingMax) {
    compressor_->add(pending_.bytes());
    pending_.clear();
  }
  last_offset_ = record.offset;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp);
  return {};
}

Result<void> MessageSetBuilder::finish() {
  if (!compressor_) return {};
  if (!first_offset_) {
    compressor_.reset();
    out_->resize(start_);
    return {};
  }
  compressor_->add(pending_.bytes());
  compressor_->finish();
  compressor_.reset();

  const MutableBytes wrapper = out_->bytes().subspan(start_);
  if (wrapper.size() > kSizeMax) return fail(Errc::too_large, "a message of {} bytes", wrapper.size());
  const std::size_t key_at = message_header_size(options_.magic);
  const std::size_t value_at = put_sized(wrapper, key_at, std::nullopt);
  store(wrapper, value_at, static_cast<std::int32_t>(wrapper.size() - value_at - kLengthSize));
  put_header(wrapper, {.offset = last_offset_,
                       .magic = options_.magic,
                       .attributes = attributes_of(options_, options_.compression.codec),
                       .timestamp = options_.log_append_time.value_or(max_timestamp_)});
  return {};
}

}  // namespace sluice
