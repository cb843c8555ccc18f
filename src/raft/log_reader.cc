#include "raft/log_reader.h"

#include "raft/snapshot_reader.h"

namespace sluice::raft {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

}  // namespace

Task<Result<std::optional<LogBatch>>> LogReader::next(Offset limit) {
  bool chunk_is_fresh = false;
  while (next_ < limit) {
    const Bytes rest = Bytes(chunk_.bytes()).subspan(position_);
    const auto batch = ConstBatchView::parse(rest);
    if (batch) {
      position_ += batch->size();
      if (batch->next_offset() <= next_) continue;  // Read before: reads begin with a whole batch.
      next_ = batch->next_offset();
      LogBatch found{.batch = *batch, .records = {}};
      if (!batch->is_control()) {
        auto values = record_values(*batch);
        if (!values) co_return fail(std::move(values.error()));
        found.records = std::move(*values);
      }
      co_return found;
    }
    if (batch.error().code != Errc::incomplete || (chunk_is_fresh && !rest.empty()))
      co_return fail(batch.error().code, "metadata log at offset {}: {}", next_.value, batch.error().what);
    if (chunk_is_fresh) co_return std::nullopt;

    // The chunk is used up, or its last batch is cut off: read on from there.
    const auto slice = co_await log_.read({.from = next_, .limit = limit, .bytes_max = kChunkBytes});
    if (!slice) co_return fail(slice.error());
    if (slice->empty()) co_return std::nullopt;
    auto bytes = co_await slice->read();
    if (!bytes) co_return fail(std::move(bytes.error()));
    chunk_ = std::move(*bytes);
    position_ = 0;
    chunk_is_fresh = true;
  }
  co_return std::nullopt;
}

}  // namespace sluice::raft
