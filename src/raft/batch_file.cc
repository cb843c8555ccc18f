#include "raft/batch_file.h"

namespace sluice::raft {
namespace {

// Beyond kBatchBytesMax, since other writers may count a batch's size in another way.
constexpr std::size_t kReadBytesMax = std::size_t{64} << 20;

}  // namespace

Task<Result<void>> BatchFile::read(std::size_t size) {
  if (size > end_ - position_)
    co_return fail(Errc::incomplete, "{} of a batch's {} bytes at {}", end_ - position_, size, position_);
  buffer_.resize(size);
  const auto count = co_await file_->read(position_, buffer_.bytes());
  if (!count) co_return fail(count.error());
  if (*count < size) co_return fail(Errc::incomplete, "{} of a batch's {} bytes at {}", *count, size, position_);
  co_return Result<void>{};
}

Task<Result<std::optional<ConstBatchView>>> BatchFile::next() {
  if (position_ >= end_) co_return std::nullopt;
  if (auto head = co_await read(kBatchHeaderSize); !head) co_return fail(std::move(head.error()));
  const auto header = BatchHeader::read(buffer_.bytes());
  if (!header) co_return fail(header.error());
  if (header->size > kReadBytesMax)
    co_return fail(Errc::too_large, "batch at {} claims {} bytes", position_, header->size);
  if (auto body = co_await read(header->size); !body) co_return fail(std::move(body.error()));
  const auto batch = ConstBatchView::parse(buffer_.bytes());
  if (!batch) co_return fail(batch.error());
  position_ += batch->size();
  co_return *batch;
}

}  // namespace sluice::raft
