// tools/dump/remote_log_decoder.cc: the records of __remote_log_metadata (KIP-405): frame version, type and
// version as unsigned varints, then the record; all of them are flexible.
#include <map>

#include <fmt/format.h>

#include "tools/dump/decoder.h"
#include "wire/reader.h"

namespace sluice::tools {
namespace {

enum class Type : std::uint32_t { segment = 0, segment_update = 1, partition_delete = 2 };

constexpr std::string_view kSegmentStates[] = {"COPY_SEGMENT_STARTED", "COPY_SEGMENT_FINISHED",
                                               "DELETE_SEGMENT_STARTED", "DELETE_SEGMENT_FINISHED"};
constexpr std::string_view kPartitionStates[] = {"DELETE_PARTITION_MARKED", "DELETE_PARTITION_STARTED",
                                                 "DELETE_PARTITION_FINISHED"};

std::string_view state_name(wire::Reader& in, std::span<const std::string_view> names) {
  const std::int8_t state = in.int8("state");
  if (in.failed()) return {};
  if (state >= 0 && static_cast<std::size_t>(state) < names.size()) return names[static_cast<std::size_t>(state)];
  in.fail_with(Errc::corrupt, "state", fmt::format("is {}, which is none", state));
  return {};
}

void skip_tags(wire::Reader& in) {
  wire::UnknownTags unknown;
  wire::read_tags(in, unknown);
}

/// "JEXY6aqzQY-32P5TStzaFg:orders-3"
std::string topic_partition(wire::Reader& in) {
  const std::string_view topic = in.string("name", true);
  const Uuid id = in.uuid("id");
  const std::int32_t partition = in.int32("partition");
  skip_tags(in);
  return fmt::format("{}:{}-{}", id.text(), topic, partition);
}

std::string segment_id(wire::Reader& in) {
  const std::string partition = topic_partition(in);
  const Uuid id = in.uuid("segment id");
  skip_tags(in);
  return fmt::format("RemoteLogSegmentId{{topicIdPartition={}, id={}}}", partition, id.text());
}

std::string custom_metadata(wire::Reader& in) {
  const auto bytes = in.nullable_bytes("custom metadata", true);
  return bytes ? fmt::format("Optional[CustomMetadata{{{} bytes}}]", bytes->size()) : "Optional.empty";
}

/// As Java prints a map: {0=10, 2=55}
std::string leader_epochs(wire::Reader& in) {
  constexpr std::size_t kEntrySizeMin = 13;
  const std::size_t count = in.count("segment leader epochs", true, kEntrySizeMin);
  std::map<std::int32_t, std::int64_t> epochs;
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    const std::int32_t epoch = in.int32("leader epoch");
    epochs[epoch] = in.int64("offset");
    skip_tags(in);
  }
  std::string text;
  for (const auto& [epoch, offset] : epochs)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", epoch, offset);
  return "{" + text + "}";
}

std::string segment(wire::Reader& in) {
  const std::string id = segment_id(in);
  const std::int64_t start = in.int64("start offset");
  const std::int64_t end = in.int64("end offset");
  const std::int32_t broker = in.int32("broker id");
  const std::int64_t max_timestamp = in.int64("max timestamp");
  const std::int64_t event_timestamp = in.int64("event timestamp");
  const std::string epochs = leader_epochs(in);
  const std::int32_t size = in.int32("segment size");
  const std::string custom = custom_metadata(in);
  const std::string_view state = state_name(in, kSegmentStates);
  bool index_empty = false;
  wire::UnknownTags unknown;
  for (wire::TagReader tags(in, 1, unknown); tags.next();) {
    if (tags.tag() == 0)
      index_empty = in.boolean("txn index empty");
    else
      tags.skip();
  }
  return fmt::format(
      "RemoteLogSegmentMetadata{{remoteLogSegmentId={}, startOffset={}, endOffset={}, brokerId={}, "
      "maxTimestampMs={}, "
      "eventTimestampMs={}, segmentLeaderEpochs={}, segmentSizeInBytes={}, customMetadata={}, state={}, "
      "txnIdxEmpty={}}}",
      id, start, end, broker, max_timestamp, event_timestamp, epochs, size, custom, state, index_empty);
}

std::string segment_update(wire::Reader& in) {
  const std::string id = segment_id(in);
  const std::int32_t broker = in.int32("broker id");
  const std::int64_t event_timestamp = in.int64("event timestamp");
  const std::string custom = custom_metadata(in);
  const std::string_view state = state_name(in, kSegmentStates);
  skip_tags(in);
  return fmt::format(
      "RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={}, customMetadata={}, state={}, eventTimestampMs={}, "
      "brokerId={}}}",
      id, custom, state, event_timestamp, broker);
}

std::string partition_delete(wire::Reader& in) {
  const std::string partition = topic_partition(in);
  const std::int32_t broker = in.int32("broker id");
  const std::int64_t event_timestamp = in.int64("event timestamp");
  const std::string_view state = state_name(in, kPartitionStates);
  skip_tags(in);
  return fmt::format(
      "RemotePartitionDeleteMetadata{{topicPartition={}, state={}, eventTimestampMs={}, brokerId={}}}", partition,
      state, event_timestamp, broker);
}

Result<std::string> decode_value(Bytes value) {
  wire::Reader in(value);
  const std::uint32_t frame = in.varint("frame version");
  const std::uint32_t type = in.varint("type");
  const std::uint32_t version = in.varint("version");
  if (in.failed()) return in.failure();
  if (frame != 1 || version != 0)
    return fail(Errc::unsupported_version, "frame version {}, version {} of record type {}", frame, version, type);
  std::string text;
  switch (static_cast<Type>(type)) {
    case Type::segment: text = segment(in); break;
    case Type::segment_update: text = segment_update(in); break;
    case Type::partition_delete: text = partition_delete(in); break;
    default: return fail(Errc::corrupt, "No storage transform for record type {}", type);
  }
  if (in.failed()) return in.failure();
  return text;
}

class RemoteLogMetadataDecoder final : public RecordDecoder {
 public:
  Result<DecodedRecord> decode(const RecordView& record) const override {
    auto text = decode_value(record.value.value_or(Bytes()));
    if (!text) text = fmt::format("Error at offset {}, skipping. {}", record.offset.value, text.error().what);
    return DecodedRecord{.key = std::nullopt, .payload = std::move(*text)};
  }
};

}  // namespace

std::unique_ptr<RecordDecoder> remote_log_metadata_decoder() {
  return std::make_unique<RemoteLogMetadataDecoder>();
}

}  // namespace sluice::tools
