#include "wire/record_frame.h"

#include <utility>

namespace sluice::wire {

Result<OpenedMetadataRecord> open_metadata_record(Bytes value) {
  Reader in(value);
  const std::uint32_t frame_version = in.varint("frame version");
  const std::uint32_t type = in.varint("record type");
  const std::uint32_t version = in.varint("record version");
  if (!std::in_range<std::int16_t>(type) || !std::in_range<std::int16_t>(version))
    in.fail_with(Errc::corrupt, "", fmt::format("no record has type {} and version {}", type, version));
  if (in.failed()) return in.failure();
  if (frame_version != kMetadataFrameVersion)
    return fail(Errc::unsupported_version, "a metadata record's frame has version {}, not {}", frame_version,
                kMetadataFrameVersion);
  return OpenedMetadataRecord{static_cast<std::int16_t>(type), static_cast<std::int16_t>(version), in.rest()};
}

Result<OpenedNumbered> open_numbered(Bytes bytes) {
  Reader in(bytes);
  const std::int16_t number = in.int16("type or version");
  if (in.failed()) return in.failure();
  return OpenedNumbered{number, in.rest()};
}

}  // namespace sluice::wire
