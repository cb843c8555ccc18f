// record/batch_view.h: one record batch (magic 2, KIP-98) where it lies: in a frame or in a segment.
// Fields are big-endian and begin at these bytes. `length` counts what follows it. The CRC-32C covers all
// from `attributes` on, so that a leader may set base offset and leader epoch in place.
//
//   0 base offset      8 length          12 leader epoch   16 magic           17 CRC
//  21 attributes      23 last offset delta                 27 base timestamp  35 max timestamp
//  43 producer id     51 producer epoch  53 base sequence  57 record count    61 records
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/loop.h"
#include "base/result.h"
#include "record/attributes.h"
#include "wire/ids.h"

namespace sluice {

namespace batch_field {
enum : std::size_t {
  kBaseOffset = 0,
  kLength = 8,
  kLeaderEpoch = 12,
  kMagic = 16,
  kCrc = 17,
  kAttributes = 21,
  kLastOffsetDelta = 23,
  kBaseTimestamp = 27,
  kMaxTimestamp = 35,
  kProducerId = 43,
  kProducerEpoch = 51,
  kBaseSequence = 53,
  kRecordCount = 57,
  kRecords = 61,
};
}  // namespace batch_field

/// The bytes of a magic 2 batch before its records.
inline constexpr std::size_t kBatchHeaderSize = batch_field::kRecords;
/// What tells where a batch or an old message ends and what magic it has.
inline constexpr std::size_t kEntryHeadSize = batch_field::kMagic + 1;
/// What stands where there is no timestamp.
inline constexpr WallTime kNoTimestamp{std::chrono::milliseconds{-1}};

/// What batches and the messages of older magics begin with alike.
struct EntryHead {
  Offset offset;         ///< Of the first record in magic 2, of the last one before.
  std::size_t size = 0;  ///< Of the whole entry, in bytes.
  std::int8_t magic = 0;

  /// Needs the first kEntryHeadSize bytes. Errors: incomplete (fewer), corrupt (a size too small for the magic),
  /// unsupported_magic (not 0, 1 or 2).
  static Result<EntryHead> read(Bytes bytes);
};

/// Fields of a batch whose CRC nobody has checked: for finding one's way in a log that was checked when written.
struct BatchHeader {
  Offset base_offset;
  std::size_t size = 0;  ///< Of the whole batch, in bytes.
  LeaderEpoch leader_epoch;
  std::uint32_t crc = 0;
  Attributes attributes;
  std::int32_t last_offset_delta = 0;
  WallTime base_timestamp;
  WallTime max_timestamp;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  std::int32_t base_sequence = 0;
  std::int32_t record_count = 0;

  /// Needs the first kBatchHeaderSize bytes. Checks everything that they alone can show, so that offsets and sizes
  /// can be reckoned with. Errors: incomplete, unsupported_magic, unsupported_codec, corrupt.
  static Result<BatchHeader> read(Bytes bytes);

  Offset last_offset() const { return base_offset + last_offset_delta; }
  Offset next_offset() const { return base_offset + offset_span(); }
  std::int64_t offset_span() const { return last_offset_delta + std::int64_t{1}; }
  bool has_producer() const { return producer_id.value >= 0; }
};

enum class CrcCheck {
  verify,
  skip,  ///< For bytes that were verified before, or whose reader does not want to pay (check.crcs=false).
};

/// One checked batch in bytes that someone else owns and keeps for as long as the view is used.
/// Invariant: it ends where the batch ends; length, CRC, codec and record count agree with the bytes, and its
/// offsets are not negative. What the records say is not checked: record/record_view.h does that.
class ConstBatchView {
 public:
  /// Views the batch at the front of `bytes`; what follows it is left alone.
  /// Errors: incomplete (the batch goes on beyond `bytes`: read more), unsupported_magic, unsupported_codec,
  /// corrupt.
  static Result<ConstBatchView> parse(Bytes bytes, CrcCheck check = CrcCheck::verify);

  Offset base_offset() const { return {field<std::int64_t>(batch_field::kBaseOffset)}; }
  Offset last_offset() const { return base_offset() + last_offset_delta(); }
  /// Where the next batch of the log may begin.
  Offset next_offset() const { return base_offset() + offset_span(); }
  std::int32_t last_offset_delta() const { return field<std::int32_t>(batch_field::kLastOffsetDelta); }
  /// The offsets that the batch takes; compaction may leave it fewer records than that.
  std::int64_t offset_span() const { return last_offset_delta() + std::int64_t{1}; }
  std::int32_t record_count() const { return field<std::int32_t>(batch_field::kRecordCount); }

  LeaderEpoch leader_epoch() const { return {field<std::int32_t>(batch_field::kLeaderEpoch)}; }
  std::uint32_t crc() const { return field<std::uint32_t>(batch_field::kCrc); }
  Attributes attributes() const { return {field<std::int16_t>(batch_field::kAttributes)}; }
  Codec codec() const { return attributes().codec(); }
  TimestampType timestamp_type() const { return attributes().timestamp_type(); }
  bool is_transactional() const { return attributes().is_transactional(); }
  bool is_control() const { return attributes().is_control(); }

  /// What the timestamp deltas of the records are counted from.
  WallTime base_timestamp() const { return time(batch_field::kBaseTimestamp); }
  WallTime max_timestamp() const { return time(batch_field::kMaxTimestamp); }
  std::optional<WallTime> delete_horizon() const;

  bool has_producer() const { return producer_id().value >= 0; }
  ProducerId producer_id() const { return {field<std::int64_t>(batch_field::kProducerId)}; }
  ProducerEpoch producer_epoch() const { return {field<std::int16_t>(batch_field::kProducerEpoch)}; }
  std::int32_t base_sequence() const { return field<std::int32_t>(batch_field::kBaseSequence); }
  /// The sequence number of the batch's last offset: after 2^31 - 1 comes 0. -1 where there is no sequence.
  std::int32_t last_sequence() const;

  Bytes bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  /// What follows the header: records, compressed as `codec` says.
  Bytes payload() const { return bytes_.subspan(kBatchHeaderSize); }
  BatchHeader header() const;

 protected:
  explicit ConstBatchView(Bytes bytes) : bytes_(bytes) {}

 private:
  template <class T>
  T field(std::size_t at) const {
    return load<T>(bytes_, at);
  }
  WallTime time(std::size_t at) const { return WallTime{std::chrono::milliseconds{field<std::int64_t>(at)}}; }

  Bytes bytes_;
};

/// A batch that may be given its place. The bytes are the owner's, as with ConstBatchView.
class BatchView : public ConstBatchView {
 public:
  /// As ConstBatchView::parse.
  static Result<BatchView> parse(MutableBytes bytes, CrcCheck check = CrcCheck::verify);

  MutableBytes mutable_bytes() const { return mutable_; }

  /// Gives the batch its place in a log: all that a leader changes in what a producer sent.
  /// `base` is not negative and leaves room for the batch's offsets.
  void place(Offset base, LeaderEpoch epoch) const;

  /// Sets what the CRC covers, and the CRC. With log_append_time readers take `max_timestamp` for every record.
  void set_max_timestamp(TimestampType type, WallTime max_timestamp) const;

 private:
  BatchView(ConstBatchView view, MutableBytes bytes) : ConstBatchView(view), mutable_(bytes) {}

  MutableBytes mutable_;
};

/// Walks over batches that lie behind one another. `View` is BatchView or ConstBatchView.
template <class View, class ViewBytes>
class BasicBatchWalk {
 public:
  explicit BasicBatchWalk(ViewBytes bytes, CrcCheck check = CrcCheck::verify) : bytes_(bytes), check_(check) {}

  /// The next batch, or nullopt where the bytes end. After an error (as of parse) the walk stays where it is;
  /// `incomplete` means that the last batch is cut off, as fetch responses may have it.
  std::optional<Result<View>> next() {
    if (position_ == bytes_.size()) return std::nullopt;
    Result<View> batch = View::parse(bytes_.subspan(position_), check_);
    if (batch) position_ += batch->size();
    return batch;
  }

  /// Where the next batch begins.
  std::size_t position() const { return position_; }

 private:
  ViewBytes bytes_;
  std::size_t position_ = 0;
  CrcCheck check_;
};

using BatchWalk = BasicBatchWalk<BatchView, MutableBytes>;
using ConstBatchWalk = BasicBatchWalk<ConstBatchView, Bytes>;

}  // namespace sluice
