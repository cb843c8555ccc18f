#include "tools/dump/entry.h"

#include <limits>

#include <fmt/format.h>

#include "record/batch_view.h"
#include "record/compression.h"
#include "record/crc32c.h"
#include "record/message_reader.h"
#include "record/record_reader.h"

namespace sluice::tools {
namespace {

Result<void> visit_batch(Bytes bytes, const std::function<Result<void>(const EntryRecord&)>& visit) {
  const auto batch = ConstBatchView::parse(bytes, CrcCheck::skip);
  if (!batch) return fail(batch.error());
  Decompressor decompressor;
  RecordReader reader(*batch, decompressor);
  while (const auto record = reader.next()) {
    if (!*record) return fail(record->error());
    if (auto visited = visit({.record = **record, .crc = std::nullopt}); !visited) return visited;
  }
  return {};
}

Result<void> visit_message(Bytes bytes, const std::function<Result<void>(const EntryRecord&)>& visit) {
  const auto message = MessageView::parse(bytes, CrcCheck::skip);
  if (!message) return fail(message.error());
  Decompressor decompressor;
  auto reader = MessageReader::open(*message, decompressor);
  if (!reader) return fail(reader.error());
  while (const auto record = reader->next()) {
    if (!*record) return fail(record->error());
    if (auto visited = visit({.record = **record, .crc = reader->crc()}); !visited) return visited;
  }
  return {};
}

}  // namespace

Result<EntryFields> EntryFields::read(Bytes bytes) {
  const EntryFields fields(bytes);
  const std::size_t header = fields.is_batch() ? kBatchHeaderSize : message_header_size(fields.magic());
  if (bytes.size() < header)
    return fail(Errc::corrupt, "Record batch of {} bytes is smaller than the header of magic {}", bytes.size(),
                fields.magic());
  if (!Attributes{fields.attributes()}.has_known_codec())
    return fail(Errc::unsupported_codec, "Unknown compression type id: {}",
                fields.attributes() & Attributes::kCodecMask);
  return fields;
}

std::int8_t EntryFields::magic() const { return load<std::int8_t>(bytes_, batch_field::kMagic); }

std::int16_t EntryFields::attributes() const {
  if (is_batch()) return load<std::int16_t>(bytes_, batch_field::kAttributes);
  return load<std::int8_t>(bytes_, message_field::kAttributes);
}

std::int64_t EntryFields::base_offset() const { return load<std::int64_t>(bytes_, batch_field::kBaseOffset); }

std::int64_t EntryFields::last_offset() const {
  const std::uint64_t delta =
      is_batch() ? static_cast<std::uint64_t>(load<std::int32_t>(bytes_, batch_field::kLastOffsetDelta)) : 0;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base_offset()) + delta);
}

std::int32_t EntryFields::base_sequence() const { return load<std::int32_t>(bytes_, batch_field::kBaseSequence); }

std::int32_t EntryFields::sequence_of(std::int64_t offset) const {
  if (base_sequence() < 0) return -1;
  // After the greatest number comes 0.
  const std::uint64_t delta = static_cast<std::uint64_t>(offset) - static_cast<std::uint64_t>(base_offset());
  constexpr std::uint64_t kRange = std::uint64_t{std::numeric_limits<std::int32_t>::max()} + 1;
  return static_cast<std::int32_t>((static_cast<std::uint64_t>(base_sequence()) + delta) % kRange);
}

bool EntryFields::is_control() const { return is_batch() && Attributes{attributes()}.is_control(); }

std::int64_t EntryFields::max_timestamp() const {
  if (is_batch()) return load<std::int64_t>(bytes_, batch_field::kMaxTimestamp);
  return magic() == 0 ? -1 : load<std::int64_t>(bytes_, message_field::kTimestamp);
}

std::string_view EntryFields::timestamp_type() const {
  if (magic() == 0) return "NoTimestampType";
  const bool append = Attributes{attributes()}.timestamp_type() == TimestampType::log_append_time;
  return append ? "LogAppendTime" : "CreateTime";
}

std::uint32_t EntryFields::crc() const {
  return load<std::uint32_t>(bytes_,
                             is_batch() ? std::size_t{batch_field::kCrc} : std::size_t{message_field::kCrc});
}

bool EntryFields::has_valid_crc() const {
  if (is_batch()) return crc32c(bytes_.subspan(batch_field::kAttributes)) == crc();
  return crc32(bytes_.subspan(message_field::kMagic)) == crc();
}

std::string EntryFields::describe_batch() const {
  const Attributes flags{attributes()};
  const std::string horizon =
      flags.has_delete_horizon()
          ? fmt::format("OptionalLong[{}]", load<std::int64_t>(bytes_, batch_field::kBaseTimestamp))
          : "OptionalLong.empty";
  return fmt::format(
      "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} "
      "partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {}",
      base_offset(), last_offset(), load<std::int32_t>(bytes_, batch_field::kRecordCount), base_sequence(),
      sequence_of(last_offset()), load<std::int64_t>(bytes_, batch_field::kProducerId),
      load<std::int16_t>(bytes_, batch_field::kProducerEpoch),
      load<std::int32_t>(bytes_, batch_field::kLeaderEpoch), flags.is_transactional(), flags.is_control(),
      horizon);
}

std::string EntryFields::describe(std::uint64_t position) const {
  const std::string head = is_batch() ? describe_batch() : fmt::format("offset: {}", last_offset());
  return fmt::format("{} position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}", head,
                     position, timestamp_type(), max_timestamp(), bytes_.size(), magic(),
                     name(Attributes{attributes()}.codec()), crc(), has_valid_crc());
}

Result<void> visit_records(Bytes entry, const std::function<Result<void>(const EntryRecord&)>& visit) {
  return load<std::int8_t>(entry, batch_field::kMagic) >= 2 ? visit_batch(entry, visit)
                                                            : visit_message(entry, visit);
}

}  // namespace sluice::tools
