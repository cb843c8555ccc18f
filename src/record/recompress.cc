#include "record/recompress.h"

#include "record/batch_builder.h"
#include "record/record_reader.h"

namespace sluice {

namespace {

Result<BatchView> rewrite(const ConstBatchView& batch, Compression compression, Decompressor& decompressor,
                          Buffer& out) {
  BatchBuilder builder{out, BatchOptions::like(batch, compression)};
  RecordReader reader{batch, decompressor};
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return fail(record->error());
    if ((*record)->offset < builder.next_offset())
      return fail(Errc::corrupt, "record with offset {} where {} is the least", (*record)->offset.value,
                  builder.next_offset().value);
    if (const Result<void> appended = builder.append_copy_at((*record)->offset, **record); !appended)
      return fail(appended.error());
  }
  builder.set_last_offset(batch.last_offset());
  return builder.finish();
}

}  // namespace

Result<BatchView> recompress(const ConstBatchView& batch, Compression compression, Decompressor& decompressor,
                             Buffer& out) {
  if (batch.record_count() == 0) {
    if (const Result<void> empty = verify_records(batch, decompressor); !empty) return fail(empty.error());
    return append_emptied(out, batch);
  }
  const std::size_t start = out.size();
  Result<BatchView> rewritten = rewrite(batch, compression, decompressor, out);
  if (!rewritten) out.resize(start);
  return rewritten;
}

}  // namespace sluice
