#include "storage/detail/batch_filter.h"

#include <algorithm>
#include <utility>

#include "record/batch_builder.h"
#include "record/message_builder.h"
#include "record/message_reader.h"
#include "storage/detail/elapsed.h"

namespace sluice::detail {

bool BatchFilter::keeps(const RecordView& record, bool keep_tombstones) const {
  if (record.offset > latest_) return true;
  if (!record.key) return false;  // Nobody could ever replace or delete it.
  const std::optional<Offset> last = keys_->find(*record.key);
  if (last && record.offset < *last) return false;
  return record.value || keep_tombstones;
}

bool BatchFilter::keeps(const RecordView& record, const ConstBatchView& batch) const {
  // A tombstone stays for a while, so that whoever reads the log learns of the deletion (KIP-534).
  const auto horizon = batch.delete_horizon();
  return keeps(record, !horizon || now_ < *horizon);
}

Result<void> BatchFilter::filter(const MessageView& message, bool keep_tombstones, Buffer& out) {
  auto reader = MessageReader::open(message, *decompressor_);
  if (!reader) return fail(std::move(reader.error()));
  std::optional<WallTime> append_time;
  if (message.timestamp_type() == TimestampType::log_append_time) append_time = message.timestamp();
  const std::size_t start = out.size();
  MessageSetBuilder builder(
      out, {.magic = message.magic(), .compression = {.codec = message.codec()}, .log_append_time = append_time});
  bool all_kept = true;
  for (auto record = reader->next(); record; record = reader->next()) {
    if (!*record) return fail(std::move(record->error()));
    if (!keeps(**record, keep_tombstones))
      all_kept = false;
    else if (auto appended = builder.append(**record); !appended)
      return appended;
  }
  if (auto finished = builder.finish(); !finished || !all_kept) return finished;
  out.resize(start);
  out.append(message.bytes());  // As it was, to the bit.
  return {};
}

Result<void> BatchFilter::filter(const ConstBatchView& batch, BatchFate fate, Buffer& out) {
  const auto horizon = batch.delete_horizon();
  // A spent marker gets a horizon first, as a tombstone does.
  const bool drop_all = fate.aborted || (fate.spent_marker && horizon && *horizon <= now_);
  std::vector<bool> kept;
  std::size_t kept_count = 0;
  bool has_tombstone = false;
  if (!drop_all) {
    RecordReader reader(batch, *decompressor_);
    for (auto record = reader.next(); record; record = reader.next()) {
      if (!*record) return fail(std::move(record->error()));
      const bool keep = batch.is_control() || keeps(**record, batch);
      kept.push_back(keep);
      kept_count += keep;
      has_tombstone = has_tombstone || (keep && !batch.is_control() && !(*record)->value);
    }
  }
  if (kept_count == 0) {
    // A batch that was emptied before and still names its producer stays as it is, unless that is known no more.
    if (fate.keep_emptied) append_emptied(out, batch);
    return {};
  }
  const bool set_horizon = (has_tombstone || fate.spent_marker) && !horizon;
  if (kept_count == kept.size() && !set_horizon) {
    out.append(batch.bytes());
    return {};
  }
  return rewrite(batch, kept, set_horizon, out);
}

Result<void> BatchFilter::rewrite(const ConstBatchView& batch, const std::vector<bool>& kept, bool set_horizon,
                                  Buffer& out) {
  BatchOptions options = BatchOptions::like(batch, {.codec = batch.codec()});
  if (set_horizon) options.delete_horizon = detail::later(now_, delete_retention_);
  BatchBuilder builder(out, options);
  RecordReader reader(batch, *decompressor_);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto record = reader.next();
    if (!record) return fail(Errc::corrupt, "the batch at {} lost records", batch.base_offset().value);
    if (!*record) return fail(record->error());
    if (!kept[i]) continue;
    if (auto copied = builder.append_copy_at((*record)->offset, **record); !copied) return copied;
  }
  builder.set_last_offset(batch.last_offset());
  if (auto finished = builder.finish(); !finished) return fail(std::move(finished.error()));
  return {};
}

}  // namespace sluice::detail
