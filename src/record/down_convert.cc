#include "record/down_convert.h"

#include "base/assert.h"
#include "record/message_builder.h"
#include "record/message_reader.h"
#include "record/record_reader.h"

namespace sluice {

namespace {

std::optional<WallTime> append_time(TimestampType type, WallTime time) {
  return type == TimestampType::log_append_time ? std::optional{time} : std::nullopt;
}

// `reader` is a RecordReader or a MessageReader.
template <class Reader>
Result<void> write_records(Reader& reader, const MessageSetOptions& options, const DownConversion& to,
                           Buffer& out) {
  MessageSetBuilder builder{out, options};
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return fail(record->error());
    if (options.compression.codec == Codec::none && (*record)->offset < to.first_offset) continue;
    if (const Result<void> appended = builder.append(**record); !appended) return fail(appended.error());
  }
  return builder.finish();
}

Result<void> convert_batch(const ConstBatchView& batch, const DownConversion& to, Decompressor& decompressor,
                           Buffer& out) {
  if (batch.is_control()) return {};
  if (batch.codec() == Codec::zstd)
    return fail(Errc::unsupported_codec,
                "batch at offset {} is compressed with zstd, which magic {} does not have",
                batch.base_offset().value, to.magic);
  RecordReader reader{batch, decompressor};
  return write_records(reader,
                       {.magic = to.magic,
                        .compression = {.codec = batch.codec()},
                        .log_append_time = append_time(batch.timestamp_type(), batch.max_timestamp())},
                       to, out);
}

Result<void> convert_message(const MessageView& message, const DownConversion& to, Decompressor& decompressor,
                             Buffer& out) {
  Result<MessageReader> reader = MessageReader::open(message, decompressor);
  if (!reader) return fail(reader.error());
  return write_records(*reader, {.magic = to.magic, .compression = {.codec = message.codec()}}, to, out);
}

}  // namespace

Result<std::size_t> down_convert(Bytes entries, const DownConversion& to, Decompressor& decompressor,
                                 Buffer& out) {
  SLUICE_ASSERT(to.magic == 0 || to.magic == 1);
  const Result<EntryHead> head = EntryHead::read(entries);
  if (!head) return fail(head.error());
  if (head->size > entries.size())
    return fail(Errc::incomplete, "{} of a batch's {} bytes", entries.size(), head->size);
  const Bytes entry = entries.first(head->size);
  if (head->magic <= to.magic) {
    out.append(entry);
    return entry.size();
  }

  const std::size_t start = out.size();
  Result<void> converted;
  if (head->magic == 2) {
    const Result<ConstBatchView> batch = ConstBatchView::parse(entry);
    converted = batch ? convert_batch(*batch, to, decompressor, out) : fail(batch.error());
  } else {
    const Result<MessageView> message = MessageView::parse(entry);
    converted = message ? convert_message(*message, to, decompressor, out) : fail(message.error());
  }
  if (!converted) {
    out.resize(start);
    return fail(converted.error());
  }
  return entry.size();
}

}  // namespace sluice
