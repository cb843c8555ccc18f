#include "coordinator/transaction_marker.h"

#include "base/assert.h"
#include "record/control_record.h"

namespace sluice {

BatchOptions marker_options(const TransactionMarker& marker) {
  return {
      .producer_id = marker.producer_id, .producer_epoch = marker.epoch, .transactional = true, .control = true};
}

void append_marker(BatchBuilder& builder, const TransactionMarker& marker, WallTime now) {
  const auto key = control_key(marker.commit ? ControlType::commit : ControlType::abort);
  const auto value = EndTxnMarker{.coordinator_epoch = marker.coordinator_epoch}.encode();
  SLUICE_ASSERT(builder.append({.timestamp = now, .key = Bytes(key), .value = Bytes(value)}).has_value());
}

}  // namespace sluice
