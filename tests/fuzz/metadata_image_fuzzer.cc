// Records of the metadata log, each behind its length (uint16), applied one after the other. Whatever image they
// make, its snapshot must make the same one.
#include <memory>
#include <vector>

#include "base/assert.h"
#include "metadata/image_records.h"
#include "metadata/metadata_replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  Bytes input = std::as_bytes(std::span(data, size));
  MetadataReplay replay(std::make_shared<MetadataImage>());
  while (input.size() >= 2) {
    const std::size_t length = load<std::uint16_t>(input, 0);
    if (length > input.size() - 2) break;
    const Bytes record = input.subspan(2, length);
    input = input.subspan(2 + length);
    const MetadataBatch batch{
        .base_offset = replay.next_offset(), .epoch = {1}, .append_time = {}, .records = {&record, 1}};
    if (!replay.apply(batch)) return 0;
  }
  [[maybe_unused]] const auto update = replay.take_update();
  const MetadataImagePointer image = replay.image();

  ImageRecords source(image);
  RecordList records;
  while (source.next(records, 64)) {
  }
  MetadataDelta delta{MetadataImage{}};
  for (const Bytes record : records.values()) {
    const auto applied = delta.apply(record);
    SLUICE_ASSERT(applied.has_value());
  }
  // An older version cannot say all; at the latest one nothing may be lost.
  if (image->features.metadata_version() == kMetadataVersionLatest)
    SLUICE_ASSERT(delta.finish(image->provenance).same_content(*image));
  return 0;
}
