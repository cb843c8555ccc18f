#include "record/produce_validation.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "record/batch_builder.h"
#include "record/crc32c.h"
#include "record/message_reader.h"
#include "record/message_view.h"
#include "record/record_reader.h"
#include "record/varint.h"

namespace sluice {

namespace {

template <class T>
using Outcome = std::expected<T, ProduceRejection>;

template <class... Args>
std::unexpected<ProduceRejection> reject(Errc code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(ProduceRejection{code, fmt::format(format, std::forward<Args>(args)...)});
}

// An error within what has the right CRC is the sender's, who would only send it again.
std::unexpected<ProduceRejection> reject_contents(const Error& error) {
  const bool damaged = error.code == Errc::corrupt || error.code == Errc::incomplete;
  return std::unexpected(ProduceRejection{damaged ? Errc::invalid_record : error.code, error.what});
}

// What the bytes are, before any record is read.
struct Survey {
  std::int8_t magic = 0;
  Codec codec = Codec::none;  // The last that is not none.
  std::size_t entry_count = 0;
  std::size_t size = 0;  // Without what was cut off at the end.
};

bool has_right_crc(Bytes entry, std::int8_t magic) {
  if (magic == 2)
    return crc32c(entry.subspan(batch_field::kAttributes)) == load<std::uint32_t>(entry, batch_field::kCrc);
  return crc32(entry.subspan(message_field::kMagic)) == load<std::uint32_t>(entry, message_field::kCrc);
}

template <class View>
Result<Codec> codec_of(const Result<View>& entry) {
  if (!entry) return fail(entry.error());
  return entry->codec();
}

// Checks one whole entry; returns its codec.
Outcome<Codec> survey_entry(Bytes entry, std::int8_t magic) {
  const Result<Codec> codec =
      magic == 2 ? codec_of(ConstBatchView::parse(entry)) : codec_of(MessageView::parse(entry));
  if (codec) return *codec;
  if (has_right_crc(entry, magic)) return reject_contents(codec.error());
  return reject(Errc::corrupt, "{}", codec.error().what);
}

Outcome<void> check_version_rules(const ProduceRules& rules, const Survey& survey, Codec entry_codec) {
  if (rules.api_version < 3) return {};
  if (survey.magic != 2)
    return reject(Errc::invalid_record, "produce requests of version {} carry batches of magic 2, not {}",
                  rules.api_version, survey.magic);
  if (entry_codec == Codec::zstd && rules.api_version < 7)
    return reject(Errc::unsupported_codec, "produce requests of version {} may not use zstd", rules.api_version);
  return {};
}

Outcome<Survey> survey(Bytes set, const ProduceRules& rules) {
  Survey result;
  while (true) {
    const Bytes rest = set.subspan(result.size);
    const Result<EntryHead> head = EntryHead::read(rest);
    if (!head && head.error().code == Errc::incomplete) break;
    if (!head) return reject(Errc::corrupt, "{}", head.error().what);
    if (head->size > rest.size()) break;
    if (head->size > rules.message_bytes_max)
      return reject(Errc::too_large, "batch of {} bytes, {} allowed", head->size, rules.message_bytes_max);
    if (result.entry_count > 0 && head->magic != result.magic)
      return reject(Errc::invalid_record, "batch of magic {} behind one of magic {}", head->magic, result.magic);

    const Outcome<Codec> codec = survey_entry(rest.first(head->size), head->magic);
    if (!codec) return std::unexpected(codec.error());
    result.magic = head->magic;
    if (*codec != Codec::none) result.codec = *codec;
    if (Outcome<void> ruled = check_version_rules(rules, result, *codec); !ruled)
      return std::unexpected(ruled.error());
    ++result.entry_count;
    result.size += head->size;
    if (result.entry_count > 1 && (result.magic == 2 || result.codec != Codec::none))
      return reject(Errc::invalid_record, "more than one batch, or a message beside a compressed one");
  }
  if (result.entry_count == 0) return reject(Errc::invalid_record, "{} bytes without one whole batch", set.size());
  return result;
}

Outcome<void> check_header(const ConstBatchView& batch) {
  if (batch.base_offset() != Offset{0})
    return reject(Errc::invalid_record, "a producer's batch has base offset 0, not {}", batch.base_offset().value);
  if (batch.record_count() == 0) return reject(Errc::invalid_record, "batch without records");
  if (batch.record_count() != batch.offset_span())
    return reject(Errc::invalid_record, "batch with {} records in {} offsets", batch.record_count(),
                  batch.offset_span());
  if (batch.is_control()) return reject(Errc::invalid_record, "producers may not write control records");
  if (batch.has_producer() && batch.base_sequence() < 0)
    return reject(Errc::invalid_record, "producer {} sends sequence number {}", batch.producer_id().value,
                  batch.base_sequence());
  return {};
}

// The rules for single records, and what is learnt on the way.
class RecordRules {
 public:
  explicit RecordRules(const ProduceRules& rules) : rules_(&rules) {}

  /// `type` is that of the batch or message that the record came in.
  void check(WallTime timestamp, bool has_key, TimestampType type) {
    if (rules_->keys_required && !has_key) {
      note(Errc::invalid_record, "a compacted topic takes no record without a key");
    } else if (rules_->timestamp_type == TimestampType::create_time && timestamp != kNoTimestamp) {
      if (!in_range(timestamp))
        note(Errc::invalid_timestamp,
             fmt::format("timestamp {} is more than {} ms before or {} ms after the broker's time {}",
                         timestamp.time_since_epoch().count(), rules_->timestamp_before_max.count(),
                         rules_->timestamp_after_max.count(), rules_->now.time_since_epoch().count()));
    } else if (type == TimestampType::log_append_time) {
      note(Errc::invalid_timestamp, "producers may not set the timestamp type to LogAppendTime");
    }
    if (timestamp > max_timestamp_) {
      max_timestamp_ = timestamp;
      max_timestamp_index_ = record_count_;
    }
    ++record_count_;
  }

  Outcome<void> outcome() const {
    if (errors_.empty()) return {};
    return std::unexpected(ProduceRejection{code_,
                                            fmt::format("{} of {} records are refused; the first: {}",
                                                        error_count_, record_count_, errors_.front().message),
                                            errors_});
  }

  /// Fills in what `batch` says of its records.
  ValidatedBatch describe(ValidatedBatch batch) const {
    const bool append_time = rules_->timestamp_type == TimestampType::log_append_time;
    batch.record_count = record_count_;
    batch.max_timestamp = append_time ? rules_->now : max_timestamp_;
    batch.max_timestamp_offset_delta = append_time ? 0 : max_timestamp_index_;
    return batch;
  }
  WallTime max_timestamp() const { return max_timestamp_; }

 private:
  bool in_range(WallTime timestamp) const {
    const bool before = timestamp < rules_->now;
    const std::chrono::milliseconds bound = before ? rules_->timestamp_before_max : rules_->timestamp_after_max;
    if (bound == std::chrono::milliseconds::max()) return true;
    // Unsigned, since the distance of two times may not fit a signed number.
    const auto now = static_cast<std::uint64_t>(rules_->now.time_since_epoch().count());
    const auto then = static_cast<std::uint64_t>(timestamp.time_since_epoch().count());
    return std::cmp_less_equal(before ? now - then : then - now, bound.count());
  }

  void note(Errc code, std::string message) {
    if (errors_.empty()) code_ = code;
    if (errors_.size() < kRecordErrorsMax) errors_.push_back({record_count_, std::move(message)});
    ++error_count_;
  }

  const ProduceRules* rules_;
  std::int32_t record_count_ = 0;
  WallTime max_timestamp_ = kNoTimestamp;
  std::int32_t max_timestamp_index_ = 0;
  Errc code_ = Errc::invalid_record;
  std::vector<RecordError> errors_;
  std::size_t error_count_ = 0;
};

// Writes the records of one or more readers into one new batch.
class Rewriter {
 public:
  Rewriter(const ProduceRules& rules, BatchOptions options)
      : rules_(rules), record_rules_(rules), builder_(out_, options), codec_(options.compression.codec) {}

  // `reader` is a RecordReader or a MessageReader, `type` the timestamp type of what it reads.
  template <class Reader>
  Outcome<void> add(Reader& reader, TimestampType type) {
    while (const std::optional<Result<RecordView>> next = reader.next()) {
      if (!*next) return reject_contents(next->error());
      RecordView record = **next;
      record.create_timestamp = record.timestamp;
      record_rules_.check(record.timestamp, record.key.has_value(), type);
      if (const Result<void> appended = builder_.append_copy(record); !appended)
        return reject_contents(appended.error());
      if (codec_ == Codec::none && out_.size() > rules_.message_bytes_max) return too_large();
    }
    return {};
  }

  Outcome<ValidatedBatch> finish() {
    if (Outcome<void> outcome = record_rules_.outcome(); !outcome) return std::unexpected(outcome.error());
    if (const Result<BatchView> batch = builder_.finish(); !batch) return reject_contents(batch.error());
    if (out_.size() > rules_.message_bytes_max) return too_large();
    return record_rules_.describe(ValidatedBatch::rewritten(std::move(out_)));
  }

 private:
  std::unexpected<ProduceRejection> too_large() const {
    return reject(Errc::too_large, "batch of {} bytes or more as the topic keeps it, {} allowed", out_.size(),
                  rules_.message_bytes_max);
  }

  const ProduceRules& rules_;
  RecordRules record_rules_;
  Buffer out_;
  BatchBuilder builder_;
  Codec codec_;
};

// As get_varint, but nothing is dropped: what does not fit 32 bits is not read.
bool read_plain(const std::byte*& at, const std::byte* end, std::int64_t& value) {
  std::uint64_t bits = 0;
  if (at != end && std::to_integer<std::uint8_t>(*at) < 0x80) {
    bits = std::to_integer<std::uint64_t>(*at++);
  } else if (!get_varint_bits(at, end, kVarintSizeMax, bits) || bits > 0xFFFFFFFF) {
    return false;
  }
  value = unzigzag(bits);
  return true;
}

// Passes over a key or a value with its size in front, which may be -1 for null.
bool pass_plain(const std::byte*& at, const std::byte* end, std::int64_t& size) {
  if (!read_plain(at, end, size) || size < -1 || size > end - at) return false;
  at += std::max<std::int64_t>(size, 0);
  return true;
}

// Walks over the records of a batch as nearly all are: not compressed, numbered one by one, without headers, with
// the producer's times. False where anything is otherwise, be it rare or wrong: whoever reads them field by field
// can tell which. Most of what producing small records costs is spent here.
bool check_plain(const ConstBatchView& batch, RecordRules& rules) {
  if (batch.codec() != Codec::none || batch.timestamp_type() != TimestampType::create_time) return false;
  const auto base = static_cast<std::uint64_t>(batch.base_timestamp().time_since_epoch().count());
  const Bytes payload = batch.payload();
  const std::byte* at = payload.data();
  const std::byte* const end = at + payload.size();
  for (std::int32_t index = 0; index < batch.record_count(); ++index) {
    std::int64_t length = 0, timestamp_delta = 0, offset_delta = 0, key_size = 0, value_size = 0;
    if (!read_plain(at, end, length) || length < 1 || length > end - at) return false;
    const std::byte* const next = at + length;
    ++at;  // Attributes, which have no meaning.
    if (!get_varlong(at, next, timestamp_delta) || !read_plain(at, next, offset_delta) || offset_delta != index)
      return false;
    if (!pass_plain(at, next, key_size) || !pass_plain(at, next, value_size)) return false;
    if (next - at != 1 || *at != std::byte{0}) return false;  // Headers.
    at = next;
    // The sum may go around, as Java's would.
    const auto time = static_cast<std::int64_t>(base + static_cast<std::uint64_t>(timestamp_delta));
    rules.check(WallTime{std::chrono::milliseconds{time}}, key_size >= 0, TimestampType::create_time);
  }
  return at == end;
}

std::optional<WallTime> append_time(const ProduceRules& rules) {
  return rules.timestamp_type == TimestampType::log_append_time ? std::optional{rules.now} : std::nullopt;
}

Outcome<ValidatedBatch> rewrite_batch(const ConstBatchView& batch, const ProduceRules& rules,
                                      Decompressor& decompressor) {
  BatchOptions options =
      BatchOptions::like(batch, rules.compression.value_or(Compression{.codec = batch.codec()}));
  options.log_append_time = append_time(rules);
  options.delete_horizon.reset();
  Rewriter rewriter{rules, options};
  RecordReader reader{batch, decompressor};
  if (Outcome<void> added = rewriter.add(reader, batch.timestamp_type()); !added)
    return std::unexpected(added.error());
  return rewriter.finish();
}

// Reads the records of any batch; whether they are numbered one by one.
Outcome<bool> check_all(const ConstBatchView& batch, RecordRules& rules, Decompressor& decompressor) {
  bool consecutive = true;
  RecordScan scan{batch, decompressor};
  while (const std::optional<Result<RecordOutline>> record = scan.next()) {
    if (!*record) return reject_contents(record->error());
    rules.check((*record)->timestamp, (*record)->has_key, batch.timestamp_type());
    consecutive = consecutive && (*record)->offset_delta == (*record)->index;
  }
  return consecutive;
}

Outcome<ValidatedBatch> keep_batch(BatchView batch, const ProduceRules& rules, Decompressor& decompressor) {
  RecordRules record_rules{rules};
  Outcome<bool> consecutive = true;
  if (!check_plain(batch, record_rules)) {
    record_rules = RecordRules{rules};
    consecutive = check_all(batch, record_rules, decompressor);
  }
  if (!consecutive) return std::unexpected(consecutive.error());
  if (Outcome<void> outcome = record_rules.outcome(); !outcome) return std::unexpected(outcome.error());
  // Some clients do not number their records; Kafka does it for them.
  if (!*consecutive) return rewrite_batch(batch, rules, decompressor);

  ValidatedBatch valid = record_rules.describe(ValidatedBatch::in_place(batch.mutable_bytes()));
  if (batch.timestamp_type() != rules.timestamp_type || batch.max_timestamp() != valid.max_timestamp)
    batch.set_max_timestamp(rules.timestamp_type, valid.max_timestamp);
  return valid;
}

Outcome<ValidatedBatch> validate_batch(MutableBytes bytes, const ProduceRules& rules, Decompressor& decompressor) {
  const Result<BatchView> batch = BatchView::parse(bytes, CrcCheck::skip);
  SLUICE_ASSERT(batch.has_value());  // The survey has parsed it.
  if (Outcome<void> checked = check_header(*batch); !checked) return std::unexpected(checked.error());
  const bool other_codec = rules.compression && rules.compression->codec != batch->codec();
  return other_codec ? rewrite_batch(*batch, rules, decompressor) : keep_batch(*batch, rules, decompressor);
}

// Messages of magic 0 or 1 become one batch.
Outcome<ValidatedBatch> convert_messages(Bytes set, Codec codec, const ProduceRules& rules,
                                         Decompressor& decompressor) {
  BatchOptions options;
  options.compression = rules.compression.value_or(Compression{.codec = codec});
  options.log_append_time = append_time(rules);
  Rewriter rewriter{rules, options};
  for (Bytes rest = set; !rest.empty();) {
    const Result<MessageView> message = MessageView::parse(rest, CrcCheck::skip);
    SLUICE_ASSERT(message.has_value());  // The survey has parsed it.
    rest = rest.subspan(message->size());
    Result<MessageReader> reader = MessageReader::open(*message, decompressor);
    if (!reader) return reject_contents(reader.error());
    if (Outcome<void> added = rewriter.add(*reader, message->timestamp_type()); !added)
      return std::unexpected(added.error());
  }
  return rewriter.finish();
}

}  // namespace

BatchView ValidatedBatch::view() {
  const Result<BatchView> batch =
      BatchView::parse(is_rewritten() ? rewritten_.bytes() : in_place_, CrcCheck::skip);
  SLUICE_ASSERT(batch.has_value());
  return *batch;
}

ValidatedBatch ValidatedBatch::in_place(MutableBytes batch) {
  ValidatedBatch result;
  result.in_place_ = batch;
  return result;
}

ValidatedBatch ValidatedBatch::rewritten(Buffer batch) {
  ValidatedBatch result;
  result.rewritten_ = std::move(batch);
  return result;
}

std::expected<ValidatedBatch, ProduceRejection> validate_produced(MutableBytes set, const ProduceRules& rules,
                                                                  Decompressor& decompressor) {
  const Outcome<Survey> surveyed = survey(set, rules);
  if (!surveyed) return std::unexpected(surveyed.error());
  const MutableBytes whole = set.first(surveyed->size);
  if (surveyed->magic == 2) return validate_batch(whole, rules, decompressor);
  return convert_messages(whole, surveyed->codec, rules, decompressor);
}

}  // namespace sluice
