// tools/dump/metadata_decoder.cc: the records of the metadata log (frame version, type and version as unsigned
// varints, then the record), and those in which the quorum itself writes.
#include <fmt/format.h>

#include "record/control_record.h"
#include "tools/dump/decoder.h"
#include "wire/json.h"
#include "wire/reader.h"

namespace sluice::tools {
namespace {

constexpr std::uint32_t kFrameVersion = 1;

/// The records of remote log segments, which stand in the same table, have numbers of their own.
const wire::MessageSchema* find_record(std::uint32_t type) {
  for (const wire::MessageSchema& schema : wire::metadata_schemas())
    if (std::cmp_equal(schema.key, type) && !schema.name.starts_with("Remote")) return &schema;
  return nullptr;
}

/// "PartitionChangeRecord" is PARTITION_CHANGE_RECORD.
std::string enumerator_of(std::string_view name) {
  std::string text;
  for (const char character : name) {
    const bool upper = character >= 'A' && character <= 'Z';
    if (upper && !text.empty()) text += '_';
    text += upper ? character : static_cast<char>(character - 'a' + 'A');
  }
  return text;
}

Result<std::string> decode_metadata(Bytes value) {
  wire::Reader in(value);
  const std::uint32_t frame = in.varint("frame version");
  const std::uint32_t type = in.varint("type");
  const std::uint32_t version = in.varint("version");
  if (in.failed()) return in.failure();
  if (frame != kFrameVersion)
    return fail(Errc::unsupported_version,
                "Could not deserialize metadata record due to unknown frame version {}(only frame version {} is "
                "supported)",
                frame, kFrameVersion);
  const wire::MessageSchema* const schema = find_record(type);
  if (schema == nullptr) return fail(Errc::corrupt, "Unknown metadata id {}", type);
  if (version > 0x7fff) return fail(Errc::unsupported_version, "Value for version was too large.");
  auto data = wire::to_json(*schema, in.rest(), static_cast<std::int16_t>(version));
  if (!data) return data;
  return fmt::format(R"({{"type":"{}","version":{},"data":{}}})", enumerator_of(schema->name), version, *data);
}

class ClusterMetadataDecoder final : public RecordDecoder {
 public:
  Result<DecodedRecord> decode(const RecordView& record) const override {
    auto text = decode_metadata(record.value.value_or(Bytes()));
    if (!text) text = fmt::format("Error at {}, skipping. {}", record.offset.value, text.error().what);
    return DecodedRecord{.key = std::nullopt, .payload = std::move(*text)};
  }
};

/// A control record's value, which begins with its version, as JSON.
Result<std::string> control_json(std::string_view message, Bytes value) {
  if (value.size() < sizeof(std::int16_t)) return fail(Errc::corrupt, "{} of {} bytes", message, value.size());
  return wire::to_json(*wire::find_schema(message), value, load<std::int16_t>(value, 0));
}

Result<std::string> labelled(std::string_view label, std::string_view message, const RecordView& record) {
  auto text = control_json(message, record.value.value_or(Bytes()));
  if (!text) return text;
  return fmt::format(" {} {}", label, *text);
}

}  // namespace

std::unique_ptr<RecordDecoder> cluster_metadata_decoder() { return std::make_unique<ClusterMetadataDecoder>(); }

Result<std::string> describe_control_record(const RecordView& record) {
  const auto type = parse_control_key(record.key);
  if (!type) return fail(type.error());
  if (!*type) return fmt::format(" controlType: UNKNOWN({})", load<std::int16_t>(*record.key, 2));
  switch (**type) {
    case ControlType::abort:
    case ControlType::commit: {
      const auto marker = EndTxnMarker::parse(record.value);
      if (!marker) return fail(marker.error());
      return fmt::format(" endTxnMarker: {} coordinatorEpoch: {}",
                         **type == ControlType::commit ? "COMMIT" : "ABORT", marker->coordinator_epoch);
    }
    case ControlType::leader_change: return labelled("LeaderChange:", "LeaderChangeMessage", record);
    case ControlType::snapshot_header: return labelled("SnapshotHeader", "SnapshotHeaderRecord", record);
    case ControlType::snapshot_footer: return labelled("SnapshotFooter", "SnapshotFooterRecord", record);
    case ControlType::kraft_version: return labelled("KRaftVersion", "KRaftVersionRecord", record);
    case ControlType::kraft_voters: return labelled("KRaftVoters", "VotersRecord", record);
  }
  return std::string();
}

}  // namespace sluice::tools
