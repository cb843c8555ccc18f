#include "server/partition_log.h"

namespace sluice {

Task<Result<Offset>> PartitionLog::append(MutableBytes batch) {
  co_return co_await append_as(AppendOrigin::coordinator, batch, std::nullopt);
}

Task<Result<Offset>> PartitionLog::append_transactional(MutableBytes batch, AppendGuard guard) {
  co_return co_await append_as(AppendOrigin::coordinator, batch, VerificationGuard{guard.value});
}

Task<Result<Offset>> PartitionLog::append_marker(MutableBytes batch, bool epoch_bump) {
  const AppendOrigin origin = epoch_bump ? AppendOrigin::bumping_coordinator : AppendOrigin::coordinator;
  co_return co_await append_as(origin, batch, std::nullopt);
}

AppendGuard PartitionLog::begin_verification(ProducerId producer, ProducerEpoch epoch, bool epoch_bump) {
  constexpr std::int32_t kNoSequence = -1;  // Coordinators number no batches.
  return {partition_->begin_verification(producer, epoch, kNoSequence, epoch_bump).value};
}

Task<Result<Offset>> PartitionLog::append_as(AppendOrigin origin, MutableBytes batch,
                                             std::optional<VerificationGuard> guard) {
  const Result<BatchView> view = BatchView::parse(batch, CrcCheck::skip);
  if (!view) co_return fail(view.error());
  const Result<Appended> appended = co_await partition_->append(*view, origin, guard);
  if (!appended) co_return fail(appended.error());
  co_return appended->base;
}

Task<Result<Buffer>> PartitionLog::read(Offset from, std::size_t size_max) {
  PartitionReadResult read =
      co_await partition_->read({.from = from, .bytes_max = size_max, .at_least_one_batch = true});
  if (read.error) co_return fail(std::move(*read.error));
  if (read.slice.empty()) co_return Buffer{};
  Result<Buffer> bytes = co_await read.slice.read();
  if (!bytes) co_return bytes;
  // The last batch may be cut off; the next call then begins with it.
  std::size_t whole = 0;
  while (const auto head = EntryHead::read(Bytes(bytes->bytes()).subspan(whole))) {
    if (head->size > bytes->size() - whole) break;
    whole += head->size;
  }
  bytes->resize(whole);
  co_return bytes;
}

Task<Result<void>> PartitionLog::prune(Offset before) {
  if (before <= partition_->log().start()) co_return Result<void>{};
  const Result<Offset> start = co_await partition_->delete_records(before);
  if (!start) co_return fail(start.error());
  co_return Result<void>{};
}

Task<Result<void>> PartitionLog::committed(Offset) { co_return Result<void>{}; }

}  // namespace sluice
