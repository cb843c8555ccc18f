// metadata/metadata_replay.h: the metadata log turned into images, batch by batch.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "metadata/metadata_changes.h"
#include "metadata/metadata_delta.h"

namespace sluice {

/// A batch of committed records. Views; for the call only.
struct MetadataBatch {
  Offset base_offset;
  LeaderEpoch epoch;
  WallTime append_time{};
  std::span<const Bytes> records;
};

/// An image to be made current, and how it differs from the one that is.
struct MetadataUpdate {
  MetadataImagePointer image;
  MetadataChanges changes;
};

/// Replays batches in the log's order. A metadata transaction (KIP-868) may span batches: nothing of it shows
/// before its end, and nothing at all if it is aborted. For one task; after an error it must not be used any more.
class MetadataReplay {
 public:
  explicit MetadataReplay(MetadataImagePointer base);
  /// Goes on where a snapshot, whose records spoke of `touched`, has led. Nothing has been shown yet: the first
  /// update tells how all that is there differs from nothing.
  static MetadataReplay after_snapshot(MetadataImagePointer loaded, TouchedMetadata touched);

  /// Errors: those of MetadataDelta::apply, with the record's offset; corrupt (offsets that were there before, or
  /// transactions that begin in one another or end without having begun).
  Result<void> apply(const MetadataBatch& batch);

  /// What may be shown now: everything applied so far, but for an open transaction. Nothing if there is nothing
  /// new.
  std::optional<MetadataUpdate> take_update();

  /// The image that take_update() has yielded last, or the one it began with.
  const MetadataImagePointer& image() const { return shown_; }
  bool in_transaction() const { return in_transaction_; }
  Offset next_offset() const { return last_.last_offset + 1; }

 private:
  Result<void> apply_record(Bytes record);
  void begin_transaction();
  void abort_transaction();

  MetadataImagePointer shown_;
  std::optional<MetadataImage> settled_;  ///< During a transaction, the image before it.
  std::optional<MetadataDelta> delta_;
  TouchedMetadata touched_;  ///< Since `shown_`, without what the delta has touched.
  MetadataProvenance last_;
  bool in_transaction_ = false;
};

}  // namespace sluice
