#include "tools/record_format.h"

#include <fmt/format.h>

namespace sluice::tools {
namespace {

using client::ConsumedRecord;

std::string timestamp_text(const ConsumedRecord& record) {
  const auto time = record.timestamp.time_since_epoch().count();
  if (time < 0) return "NO_TIMESTAMP";
  return fmt::format("{}:{}", record.timestamp_type == TimestampType::create_time ? "CreateTime" : "LogAppendTime",
                     time);
}

std::string or_not_present(std::int64_t value, bool present) {
  return present ? std::to_string(value) : "NOT_PRESENT";
}

std::string headers_text(const ConsumedRecord& record, const RecordFormat& format) {
  if (record.headers.empty()) return "NO_HEADERS";
  std::string text;
  for (const HeaderView& header : record.headers) {
    if (!text.empty()) text += format.header_separator;
    text += header.key;
    text += ':';
    text += header.value ? as_text(*header.value) : std::string_view(format.null);
  }
  return text;
}

}  // namespace

RecordFormat RecordFormat::from(const client::Settings& properties) {
  RecordFormat format;
  const auto flag = [&properties](std::string_view key, bool& to) {
    const auto found = properties.find(key);
    if (found != properties.end()) to = found->second == "true";
  };
  const auto text = [&properties](std::string_view key, std::string& to) {
    const auto found = properties.find(key);
    if (found != properties.end()) to = found->second;
  };
  flag("print.timestamp", format.timestamp);
  flag("print.partition", format.partition);
  flag("print.offset", format.offset);
  flag("print.delivery", format.delivery);
  flag("print.epoch", format.epoch);
  flag("print.headers", format.headers);
  flag("print.key", format.key);
  flag("print.value", format.value);
  text("key.separator", format.separator);
  text("headers.separator", format.header_separator);
  text("line.separator", format.line_end);
  text("null.literal", format.null);
  return format;
}

std::string RecordFormat::text(const client::TopicPartition& of, const ConsumedRecord& record) const {
  std::string line;
  bool first = true;
  const auto put = [&](bool wanted, std::string_view field) {
    if (!wanted) return;
    if (!first) line += separator;
    first = false;
    line += field;
  };
  const auto or_null = [this](const std::optional<Bytes>& bytes) {
    return bytes ? as_text(*bytes) : std::string_view(null);
  };
  put(timestamp, timestamp_text(record));
  put(partition, fmt::format("Partition:{}", of.partition.value));
  put(offset, fmt::format("Offset:{}", record.offset.value));
  put(delivery, "Delivery:" + or_not_present(record.delivery_count, record.delivery_count > 0));
  put(epoch, "Epoch:" + or_not_present(record.leader_epoch.value, record.leader_epoch.value >= 0));
  if (headers) put(true, headers_text(record, *this));
  put(key, or_null(record.key));
  put(value, or_null(record.value));
  return line + line_end;
}

}  // namespace sluice::tools
