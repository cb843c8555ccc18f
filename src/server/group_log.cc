#include "server/group_log.h"

namespace sluice {

Task<Result<Offset>> GroupLog::append(Buffer batch) {
  const Result<BatchView> view = BatchView::parse(batch.bytes(), CrcCheck::skip);
  if (!view) co_return fail(view.error());
  const Result<Appended> appended = co_await partition_->append(*view, AppendOrigin::coordinator);
  if (!appended) co_return fail(appended.error());
  co_return appended->base;
}

Task<Result<Buffer>> GroupLog::read(Offset from, std::size_t size_max) {
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

Task<Result<void>> GroupLog::committed(Offset) { co_return Result<void>{}; }

}  // namespace sluice
