#include <optional>

#include "record/compression.h"
#include "record/control_record.h"
#include "record/record_reader.h"
#include "storage/producer_state.h"

namespace sluice {

Result<std::optional<EndMarker>> EndMarker::read(const ConstBatchView& batch) {
  Decompressor decompressor;
  RecordReader reader(batch, decompressor);
  const auto record = reader.next();
  if (!record) return std::nullopt;
  if (!*record) return fail(record->error());
  const auto type = parse_control_key((*record)->key);
  if (!type) return fail(type.error());
  if (*type != ControlType::abort && *type != ControlType::commit) return std::nullopt;
  const auto marker = EndTxnMarker::parse((*record)->value);
  if (!marker) return fail(marker.error());
  return EndMarker{.commit = *type == ControlType::commit, .coordinator_epoch = marker->coordinator_epoch};
}

}  // namespace sluice
