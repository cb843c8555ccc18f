#include "record/record_reader.h"

namespace sluice {

namespace {

// Deltas come from outside, so that the sum may go around; it does as Java's would.
WallTime after(WallTime base, std::int64_t delta) {
  const auto sum = static_cast<std::uint64_t>(base.time_since_epoch().count()) + static_cast<std::uint64_t>(delta);
  return WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(sum)}};
}

WallTime shown_time(const ConstBatchView& batch, WallTime create_time) {
  return batch.timestamp_type() == TimestampType::log_append_time ? batch.max_timestamp() : create_time;
}

// What comes where there is no further record.
std::optional<std::unexpected<Error>> end_of(const detail::RecordCursor& cursor) {
  if (!cursor.failure()) return std::nullopt;
  return fail(*cursor.failure());
}

std::optional<Bytes> nullable(std::int32_t size, Bytes bytes) {
  return size < 0 ? std::nullopt : std::optional{bytes};
}

}  // namespace

namespace detail {

RecordCursor::RecordCursor(ConstBatchView batch, Decompressor& decompressor)
    : record_count_(batch.record_count()), last_offset_delta_(batch.last_offset_delta()), span_(batch.payload()) {
  if (batch.codec() == Codec::none) return;
  decompressor.start(batch.codec(), batch.payload());
  stream_.emplace(decompressor);
}

bool RecordCursor::next(Keep keep, RecordFields& fields) {
  if (failure_ || ended_) return false;
  const bool more = read_count_ < record_count_;
  const Result<void> done = more ? read(keep, fields) : check_end();
  if (!done) failure_ = done.error();
  ended_ = !more;
  return more && done;
}

Result<void> RecordCursor::read(Keep keep, RecordFields& fields) {
  const std::size_t position = stream_ ? stream_->position() : span_.position();
  if (const Result<void> done = read_fields(keep, fields); !done)
    return fail(done.error().code, "record {} of {}, at byte {} of the payload: {}", read_count_, record_count_,
                position, done.error().what);
  if (fields.offset_delta < 0 || fields.offset_delta > last_offset_delta_)
    return fail(Errc::corrupt, "record {} of {} has offset delta {}, the last one's is {}", read_count_,
                record_count_, fields.offset_delta, last_offset_delta_);
  ++read_count_;
  return {};
}

Result<void> RecordCursor::read_fields(Keep keep, RecordFields& fields) {
  if (!stream_) return read_whole(span_, fields);
  if (keep == Keep::bytes) return read_whole(*stream_, fields);
  const Result<std::size_t> length = read_record_length(*stream_);
  if (!length) return fail(length.error());
  return RecordBody{*stream_, *length}.read(fields);
}

// Reads the fields from the record's bytes, gathered before.
template <class Input>
Result<void> RecordCursor::read_whole(Input& in, RecordFields& fields) {
  const Result<std::size_t> length = read_record_length(in);
  if (!length) return fail(length.error());
  const std::size_t position = in.position();
  Bytes body;
  if (!in.gather(*length, body)) return fail(in.error());
  SpanInput record{body, position};
  return RecordBody{record, *length}.read(fields);
}

Result<void> RecordCursor::check_end() {
  if (stream_ ? stream_->at_end() : span_.at_end()) return {};
  if (stream_ && stream_->failed()) return fail(stream_->error());
  return fail(Errc::corrupt, "payload goes on behind its {} records", record_count_);
}

}  // namespace detail

std::optional<Result<RecordView>> RecordReader::next() {
  detail::RecordFields fields;
  if (!cursor_.next(detail::RecordCursor::Keep::bytes, fields)) return end_of(cursor_);
  const WallTime create_time = after(batch_.base_timestamp(), fields.timestamp_delta);
  return RecordView{.offset = batch_.base_offset() + fields.offset_delta,
                    .timestamp = shown_time(batch_, create_time),
                    .create_timestamp = create_time,
                    .key = nullable(fields.key_size, fields.key),
                    .value = nullable(fields.value_size, fields.value),
                    .headers = {fields.headers, fields.header_count}};
}

std::optional<Result<RecordOutline>> RecordScan::next() {
  detail::RecordFields fields;
  if (!cursor_.next(detail::RecordCursor::Keep::sizes, fields)) return end_of(cursor_);
  return RecordOutline{.index = cursor_.read_count() - 1,
                       .offset_delta = fields.offset_delta,
                       .timestamp = shown_time(batch_, after(batch_.base_timestamp(), fields.timestamp_delta)),
                       .has_key = fields.key_size >= 0};
}

Result<void> verify_records(ConstBatchView batch, Decompressor& decompressor) {
  RecordScan scan{batch, decompressor};
  std::int32_t last = -1;
  while (const std::optional<Result<RecordOutline>> record = scan.next()) {
    if (!*record) return fail(record->error());
    if ((*record)->offset_delta <= last)
      return fail(Errc::corrupt, "record {} has offset delta {} after {}", (*record)->index,
                  (*record)->offset_delta, last);
    last = (*record)->offset_delta;
  }
  return {};
}

}  // namespace sluice
