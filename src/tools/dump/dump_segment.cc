// tools/dump/dump_segment.cc: .log and .checkpoint files: a line for each batch, and for each record if asked.

#include <fmt/format.h>

#include "base/number_text.h"
#include "tools/dump/dump.h"
#include "tools/dump/entry.h"
#include "tools/dump/segment_file.h"

namespace sluice::tools {
namespace {

constexpr std::string_view kBootstrapFile = "bootstrap.checkpoint";

/// "Log starting offset: 0" or "Snapshot end offset: 12, epoch: 1". Errors: invalid_argument.
Result<std::string> heading_of(const std::string& path) {
  const std::string name(file_name_of(path));
  if (name.ends_with(".log")) {
    const auto offset = offset_of(path);
    if (!offset) return fail(offset.error());
    return fmt::format("Log starting offset: {}", *offset);
  }
  if (name == kBootstrapFile) return "KRaft bootstrap snapshot";
  const std::string_view stem = std::string_view(name).substr(0, name.rfind(".checkpoint"));
  const std::size_t dash = std::min(stem.find('-'), stem.size());
  const auto end = parse_number<std::uint64_t>(stem.substr(0, dash));
  const auto epoch = dash < stem.size() ? parse_number<std::uint32_t>(stem.substr(dash + 1)) : std::nullopt;
  if (!end || !epoch || !name.ends_with(".checkpoint"))
    return fail(Errc::invalid_argument, "{} is not named as a snapshot, {{offset}}-{{epoch}}.checkpoint", name);
  return fmt::format("Snapshot end offset: {}, epoch: {}", *end, *epoch);
}

std::string header_keys(const RecordView& record) {
  std::string keys;
  for (bool first = true; const HeaderView& header : record.headers) {
    keys += (first ? "" : ",") + java_string(as_bytes(header.key));
    first = false;
  }
  return keys;
}

std::int64_t size_of(const std::optional<Bytes>& bytes) {
  return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

class SegmentDump {
 public:
  SegmentDump(std::string path, const DumpOptions& options, Findings& findings)
      : path_(std::move(path)), options_(options), findings_(findings) {}

  Result<void> run(SegmentFile file) {
    const auto end = static_cast<std::uint64_t>(std::max(options_.bytes_max, 0));
    std::uint64_t position = 0;
    while (true) {
      const auto entry = file.read(position, end);
      if (!entry) return fail(entry.error());
      if (!*entry) break;
      if (auto printed = print_entry((*entry)->bytes, position); !printed) return printed;
      position += (*entry)->bytes.size();
    }
    if (options_.bytes_max == std::numeric_limits<std::int32_t>::max() && file.size() > position)
      fmt::print("Found {} invalid bytes at the end of {}\n", file.size() - position, file_name_of(path_));
    return {};
  }

 private:
  Result<void> print_entry(Bytes bytes, std::uint64_t position) {
    const auto fields = EntryFields::read(bytes);
    if (!fields) return fail(fields.error());
    fmt::print("{}\n", fields->describe(position));
    if (!options_.deep) return {};
    return visit_records(bytes, [&](const EntryRecord& entry) { return print_record(*fields, entry); });
  }

  Result<void> print_record(const EntryFields& fields, const EntryRecord& entry) {
    const std::int64_t offset = entry.record.offset.value;
    if (offset != last_offset_ + 1) findings_.not_consecutive(path_, last_offset_, offset);
    last_offset_ = offset;
    std::string line;
    if (!options_.skip_metadata) {
      const auto metadata = describe_metadata(fields, entry);
      if (!metadata) return fail(metadata.error());
      line = *metadata;
    }
    if (options_.contents && !fields.is_control()) {
      const auto decoded = options_.decoder->decode(entry.record);
      if (!decoded) return fail(decoded.error());
      line += describe_contents(*decoded);
    }
    fmt::print("{}\n", line);
    return {};
  }

  Result<std::string> describe_metadata(const EntryFields& fields, const EntryRecord& entry) const {
    const RecordView& record = entry.record;
    std::string line =
        fmt::format("| offset: {} {}: {} keySize: {} valueSize: {}", record.offset.value, fields.timestamp_type(),
                    record.timestamp.time_since_epoch().count(), size_of(record.key), size_of(record.value));
    if (fields.is_batch())
      line += fmt::format(" sequence: {} headerKeys: [{}]", fields.sequence_of(record.offset.value),
                          header_keys(record));
    else
      line += fmt::format(" isValid: {} crc: {}", true, entry.crc.value_or(0));
    if (!fields.is_control()) return line;
    const auto control = describe_control_record(record);
    if (!control) return control;
    return line + *control;
  }

  std::string describe_contents(const DecodedRecord& decoded) const {
    std::string text;
    std::string_view prefix = options_.skip_metadata ? "| " : " ";
    if (decoded.key) {
      text += fmt::format("{}key: {}", prefix, *decoded.key);
      prefix = " ";
    }
    if (decoded.payload) text += fmt::format("{}payload: {}", prefix, *decoded.payload);
    return text;
  }

  std::string path_;
  const DumpOptions& options_;
  Findings& findings_;
  std::int64_t last_offset_ = -1;
};

}  // namespace

Result<void> dump_segment(const std::string& path, const DumpOptions& options, Findings& findings) {
  const auto heading = heading_of(path);
  if (!heading) return fail(heading.error());
  fmt::print("{}\n", *heading);
  auto file = SegmentFile::open(path);
  if (!file) return fail(file.error());
  return SegmentDump(path, options, findings).run(std::move(*file));
}

}  // namespace sluice::tools
