#include "record/check_records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <optional>
#include <utility>

#include "base/buffer.h"
#include "record/batch_builder.h"
#include "record/control_record.h"
#include "record/message_builder.h"
#include "record/message_reader.h"
#include "record/recompress.h"
#include "record/record_reader.h"

namespace sluice {

namespace {

namespace json = boost::json;

std::string to_hex(Bytes bytes) {
  std::string hex;
  for (const std::byte byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", std::to_integer<int>(byte));
  return hex;
}

Buffer from_hex(std::string_view hex) {
  Buffer bytes{hex.size() / 2};
  for (std::size_t n = 0; n < bytes.size(); ++n)
    bytes.data()[n] = static_cast<std::byte>(std::stoi(std::string{hex.substr(2 * n, 2)}, nullptr, 16));
  return bytes;
}

template <class T>
T get(const json::object& line, const char* field) {
  return json::value_to<T>(line.at(field));
}

std::string nullable_hex(const std::optional<Bytes>& bytes) { return bytes ? to_hex(*bytes) : "null"; }

std::string nullable_text(const json::value& value) {
  return value.is_null() ? "null" : json::value_to<std::string>(value);
}

// Records as text, which shows in a difference; one a record.
using Texts = std::vector<std::string>;

std::string text_of(const RecordView& record) {
  Texts headers;
  for (const HeaderView& header : record.headers)
    headers.push_back(fmt::format("{}={}", header.key, nullable_hex(header.value)));
  return fmt::format("offset {} timestamp {} key {} value {} headers [{}]", record.offset.value,
                     record.timestamp.time_since_epoch().count(), nullable_hex(record.key),
                     nullable_hex(record.value), fmt::join(headers, ", "));
}

std::string text_of(const json::object& record) {
  Texts headers;
  for (const json::value& header : record.at("headers").as_array())
    headers.push_back(fmt::format("{}={}", json::value_to<std::string>(header.as_array().at(0)),
                                  nullable_text(header.as_array().at(1))));
  return fmt::format("offset {} timestamp {} key {} value {} headers [{}]", get<std::int64_t>(record, "offset"),
                     get<std::int64_t>(record, "timestamp"), nullable_text(record.at("key")),
                     nullable_text(record.at("value")), fmt::join(headers, ", "));
}

// What a set of one magic says, in the words of the golden files, and what it is written to anew.
struct Decoded {
  std::int8_t magic = 0;
  std::string header;
  Texts records;
  Buffer again;
  bool compressed = false;
};

using sluice::name;

const char* name(TimestampType type) {
  return type == TimestampType::create_time ? "CreateTime" : "LogAppendTime";
}

template <class Reader>
Result<void> read_all(Reader& reader, Decoded& decoded, MessageSetBuilder* again = nullptr) {
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return fail(record->error());
    decoded.records.push_back(text_of(**record));
    if (again == nullptr) continue;
    if (Result<void> appended = again->append(**record); !appended) return appended;
  }
  return {};
}

std::string header_text(std::string_view codec, std::string_view timestamp_type, std::int64_t producer_id,
                        int producer_epoch, std::int64_t base_sequence, std::int64_t leader_epoch,
                        bool transactional, std::int64_t max_timestamp, std::int64_t last_offset) {
  return fmt::format(
      "compression {} timestamp type {} producer {} epoch {} sequence {} leader epoch {} transactional {} max "
      "timestamp {} last offset {}",
      codec, timestamp_type, producer_id, producer_epoch, base_sequence, leader_epoch, transactional,
      max_timestamp, last_offset);
}

Result<Decoded> decode_batch(Bytes bytes, Decompressor& decompressor) {
  const Result<ConstBatchView> batch = ConstBatchView::parse(bytes);
  if (!batch) return fail(batch.error());
  if (batch->size() != bytes.size())
    return fail(Errc::corrupt, "{} bytes behind the batch", bytes.size() - batch->size());
  if (Result<void> verified = verify_records(*batch, decompressor); !verified) return fail(verified.error());

  Decoded decoded;
  decoded.magic = 2;
  decoded.compressed = batch->codec() != Codec::none;
  decoded.header = header_text(name(batch->codec()), name(batch->timestamp_type()), batch->producer_id().value,
                               batch->producer_epoch().value, batch->base_sequence(), batch->leader_epoch().value,
                               batch->is_transactional(), batch->max_timestamp().time_since_epoch().count(),
                               batch->last_offset().value);
  RecordReader reader{*batch, decompressor};
  if (Result<void> read = read_all(reader, decoded); !read) return fail(read.error());
  const Result<BatchView> again = recompress(*batch, {.codec = batch->codec()}, decompressor, decoded.again);
  if (!again) return fail(again.error());
  return decoded;
}

MessageSetOptions options_like(const MessageView& message) {
  MessageSetOptions options{.magic = message.magic(), .compression = {.codec = message.codec()}};
  if (message.timestamp_type() == TimestampType::log_append_time) options.log_append_time = message.timestamp();
  return options;
}

// To Kafka every message that is not compressed is a batch of its own, and a line's header that of the first.
void begin_messages(const MessageView& first, Decoded& decoded) {
  decoded.magic = first.magic();
  decoded.compressed = first.is_compressed();
  decoded.header =
      header_text(name(first.codec()), first.magic() == 0 ? "NoTimestampType" : name(first.timestamp_type()), -1,
                  -1, -1, -1, false, first.timestamp().time_since_epoch().count(), first.offset().value);
}

Result<Decoded> decode_messages(Bytes bytes, Decompressor& decompressor) {
  Decoded decoded;
  std::optional<MessageSetBuilder> builder;
  while (!bytes.empty()) {
    const Result<MessageView> message = MessageView::parse(bytes);
    if (!message) return fail(message.error());
    bytes = bytes.subspan(message->size());
    if (!builder) {
      begin_messages(*message, decoded);
      builder.emplace(decoded.again, options_like(*message));
    }
    Result<MessageReader> reader = MessageReader::open(*message, decompressor);
    if (!reader) return fail(reader.error());
    if (Result<void> read = read_all(*reader, decoded, &*builder); !read) return fail(read.error());
  }
  if (!builder) return fail(Errc::incomplete, "no message");
  if (Result<void> finished = builder->finish(); !finished) return fail(finished.error());
  return decoded;
}

Result<Decoded> decode(Bytes bytes, Decompressor& decompressor) {
  const Result<EntryHead> head = EntryHead::read(bytes);
  if (!head) return fail(head.error());
  return head->magic == 2 ? decode_batch(bytes, decompressor) : decode_messages(bytes, decompressor);
}

Result<void> compare(std::string_view what, std::string_view ours, std::string_view theirs) {
  if (ours == theirs) return {};
  return fail(Errc::corrupt, "{}: {} instead of {}", what, ours, theirs);
}

Result<void> compare(const Texts& ours, const Texts& theirs) {
  for (std::size_t n = 0; n < std::min(ours.size(), theirs.size()); ++n)
    if (Result<void> same = compare(fmt::format("record {}", n), ours[n], theirs[n]); !same) return same;
  return compare("record count", std::to_string(ours.size()), std::to_string(theirs.size()));
}

Result<void> check_again(const Decoded& decoded, Bytes original, Decompressor& decompressor) {
  if (!decoded.compressed) return compare("encoded anew", to_hex(decoded.again.bytes()), to_hex(original));
  const Result<Decoded> again = decode(decoded.again.bytes(), decompressor);
  if (!again) return fail(again.error().code, "encoded anew: {}", again.error().what);
  if (Result<void> same = compare("encoded anew", again->header, decoded.header); !same) return same;
  return compare(again->records, decoded.records);
}

// A line of record_batches.jsonl.
Result<void> check_batch_line(const json::object& line) {
  Decompressor decompressor;
  const Buffer bytes = from_hex(get<std::string>(line, "hex"));
  const Result<Decoded> decoded = decode(bytes.bytes(), decompressor);
  if (!decoded) return fail(decoded.error());

  Texts records;
  for (const json::value& record : line.at("records").as_array()) records.push_back(text_of(record.as_object()));
  Result<void> same = compare("magic", std::to_string(decoded->magic), std::to_string(get<int>(line, "magic")));
  const std::string header =
      header_text(get<std::string>(line, "compression"), get<std::string>(line, "timestamp_type"),
                  get<std::int64_t>(line, "producer_id"), get<int>(line, "producer_epoch"),
                  get<std::int64_t>(line, "base_sequence"), get<std::int64_t>(line, "leader_epoch"),
                  get<bool>(line, "transactional"), get<std::int64_t>(line, "max_timestamp"),
                  get<std::int64_t>(line, "last_offset"));
  if (same) same = compare("header", decoded->header, header);
  if (same) same = compare(decoded->records, records);
  if (same) same = check_again(*decoded, bytes.bytes(), decompressor);
  return same;
}

// What a line of control_batches.jsonl says, written by us: its bytes depend on every field.
Result<Buffer> write_marker(const json::object& line) {
  const WallTime timestamp{std::chrono::milliseconds{get<std::int64_t>(line, "timestamp")}};
  const auto key =
      control_key(get<std::string>(line, "type") == "COMMIT" ? ControlType::commit : ControlType::abort);
  const auto value = EndTxnMarker{.coordinator_epoch = get<std::int32_t>(line, "coordinator_epoch")}.encode();
  Buffer out;
  BatchBuilder builder{out,
                       {.base_offset = {get<std::int64_t>(line, "offset")},
                        .leader_epoch = {get<std::int32_t>(line, "leader_epoch")},
                        .producer_id = {get<std::int64_t>(line, "producer_id")},
                        .producer_epoch = {get<std::int16_t>(line, "producer_epoch")},
                        .transactional = true,
                        .control = true}};
  if (Result<void> appended = builder.append({.timestamp = timestamp, .key = key, .value = value}); !appended)
    return fail(appended.error());
  if (const Result<BatchView> batch = builder.finish(); !batch) return fail(batch.error());
  return out;
}

Result<void> check_marker(const json::object& line, const RecordView& record) {
  const Result<std::optional<ControlType>> type = parse_control_key(record.key);
  if (!type) return fail(type.error());
  const bool commit = *type == ControlType::commit;
  if (!commit && *type != ControlType::abort) return fail(Errc::corrupt, "neither COMMIT nor ABORT");
  if (Result<void> same = compare("type", commit ? "COMMIT" : "ABORT", get<std::string>(line, "type")); !same)
    return same;
  const Result<EndTxnMarker> marker = EndTxnMarker::parse(record.value);
  if (!marker) return fail(marker.error());
  return compare("coordinator epoch", std::to_string(marker->coordinator_epoch),
                 std::to_string(get<std::int32_t>(line, "coordinator_epoch")));
}

Result<void> check_control_line(const json::object& line) {
  Decompressor decompressor;
  const Buffer bytes = from_hex(get<std::string>(line, "hex"));
  const Result<ConstBatchView> batch = ConstBatchView::parse(bytes.bytes());
  if (!batch) return fail(batch.error());
  RecordReader reader{*batch, decompressor};
  const std::optional<Result<RecordView>> record = reader.next();
  if (!record) return fail(Errc::corrupt, "batch without a record");
  if (!*record) return fail(record->error());
  if (Result<void> checked = check_marker(line, **record); !checked) return checked;
  const Result<Buffer> ours = write_marker(line);
  if (!ours) return fail(ours.error());
  return compare("written by us", to_hex(ours->bytes()), to_hex(bytes.bytes()));
}

Result<void> check_line(std::string_view text) {
  // The format of the file is the caller's matter; a line that has another one throws.
  try {
    const json::value value = json::parse(json::string_view{text.data(), text.size()});
    const json::object& line = value.as_object();
    return line.contains("records") ? check_batch_line(line) : check_control_line(line);
  } catch (const std::exception& error) {
    return fail(Errc::invalid_argument, "not a line of such a file: {}", error.what());
  }
}

}  // namespace

RecordCheck check_records(std::string_view lines) {
  RecordCheck check;
  for (int number = 1; !lines.empty(); ++number) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (line.empty()) continue;
    if (const Result<void> checked = check_line(line))
      ++check.passed;
    else
      check.differences.push_back(fmt::format("line {}: {}", number, checked.error().what));
  }
  return check;
}

std::string describe(const RecordCheck& check) {
  std::string text;
  for (const std::string& difference : check.differences) text += difference + "\n";
  return text + fmt::format("{} passed, {} differ\n", check.passed, check.differences.size());
}

}  // namespace sluice
