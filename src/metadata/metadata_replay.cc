#include "metadata/metadata_replay.h"

#include "metadata/record_list.h"
#include "wire/metadata/abort_transaction_record.h"
#include "wire/metadata/begin_transaction_record.h"
#include "wire/metadata/end_transaction_record.h"

namespace sluice {

MetadataReplay::MetadataReplay(MetadataImagePointer base)
    : shown_(std::move(base)), delta_(std::in_place, *shown_), last_(shown_->provenance) {}

MetadataReplay MetadataReplay::after_snapshot(MetadataImagePointer loaded, TouchedMetadata touched) {
  MetadataReplay replay(std::move(loaded));
  replay.shown_ = std::make_shared<MetadataImage>();
  replay.touched_ = std::move(touched);
  return replay;
}

Result<void> MetadataReplay::apply(const MetadataBatch& batch) {
  if (batch.base_offset < next_offset())
    return fail(Errc::corrupt, "a metadata batch begins at offset {}, behind offset {}", batch.base_offset.value,
                last_.last_offset.value);
  std::int64_t index = 0;
  for (const Bytes record : batch.records) {
    const Offset offset = batch.base_offset + index++;
    if (auto applied = apply_record(record); !applied)
      return fail(applied.error().code, "metadata record at offset {}: {}", offset.value, applied.error().what);
    last_ = {offset, batch.epoch, batch.append_time};
  }
  return {};
}

Result<void> MetadataReplay::apply_record(Bytes record) {
  Bytes body = record;
  const auto head = read_record_head(body);
  if (!head) return fail(head.error());
  switch (head->type) {
    case wire::BeginTransactionRecord::kType:
      if (in_transaction_) return fail(Errc::corrupt, "a transaction begins within another");
      begin_transaction();
      return {};
    case wire::EndTransactionRecord::kType:
      if (!in_transaction_) return fail(Errc::corrupt, "a transaction ends that has not begun");
      in_transaction_ = false;
      settled_.reset();
      return {};
    case wire::AbortTransactionRecord::kType:
      if (!in_transaction_) return fail(Errc::corrupt, "a transaction is aborted that has not begun");
      abort_transaction();
      return {};
    default: return delta_->apply(record);
  }
}

void MetadataReplay::begin_transaction() {
  // What lies before the transaction in its batch is not part of it.
  settled_ = delta_->finish(last_);
  touched_.merge(delta_->touched());
  delta_.emplace(*settled_);
  in_transaction_ = true;
}

void MetadataReplay::abort_transaction() {
  delta_.emplace(*settled_);
  settled_.reset();
  in_transaction_ = false;
}

std::optional<MetadataUpdate> MetadataReplay::take_update() {
  MetadataImage image = in_transaction_ ? *settled_ : delta_->finish(last_);
  if (image.provenance == shown_->provenance) return std::nullopt;
  if (!in_transaction_) {
    touched_.merge(delta_->touched());
    delta_.emplace(image);
  }
  MetadataUpdate update{.image = std::make_shared<MetadataImage>(std::move(image)), .changes = {}};
  update.changes = MetadataChanges::between(*shown_, *update.image, touched_);
  touched_ = {};
  shown_ = update.image;
  return update;
}

}  // namespace sluice
