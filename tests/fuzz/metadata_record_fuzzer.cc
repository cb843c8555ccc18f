// The value of a record in the metadata log, or in that of remote segments, frame and all. The first byte says which.
#include "base/assert.h"
#include "wire/metadata_record.h"
#include "wire/remote_log_record.h"

namespace {

using namespace sluice;

/// What was read is written and must be read again as the same.
template <class Decode, class Encode>
void recode_twice(Bytes value, Decode decode, Encode encode) {
  const Result<wire::OpenedMetadataRecord> opened = wire::open_metadata_record(value);
  const auto record = decode(value);
  if (!record) return;
  SLUICE_ASSERT(opened.has_value());
  const Result<Buffer> once = encode(*record, opened->version);
  if (!once) return;
  const auto again = decode(once->bytes());
  SLUICE_ASSERT(again.has_value());
  const Result<Buffer> twice = encode(*again, opened->version);
  SLUICE_ASSERT(twice.has_value());
  SLUICE_ASSERT(as_text(twice->bytes()) == as_text(once->bytes()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.empty()) return 0;
  const Bytes value = input.subspan(1);
  if (input[0] == std::byte{0}) {
    recode_twice(value, &wire::decode_metadata_record,
                 [](const wire::MetadataRecord& record, std::int16_t version) {
                   return wire::encode_metadata_record(record, version);
                 });
  } else {
    recode_twice(value, &wire::decode_remote_log_record, &wire::encode_remote_log_record);
  }
  return 0;
}
