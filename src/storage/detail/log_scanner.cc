#include "storage/detail/log_scanner.h"

#include <algorithm>

#include "record/message_view.h"

namespace sluice::detail {
namespace {

Result<void> check(Bytes bytes, std::int8_t magic) {
  if (magic == 2) {
    const auto batch = ConstBatchView::parse(bytes);
    if (!batch) return fail(batch.error());
  } else if (const auto message = MessageView::parse(bytes); !message) {
    return fail(message.error());
  }
  return {};
}

}  // namespace

Result<LogEntry> read_entry_header(Bytes bytes, std::uint32_t position) {
  const Result<EntryHead> head = EntryHead::read(bytes);
  if (!head) return fail(head.error());
  LogEntry entry{.base = head->offset, .last = head->offset, .position = position, .magic = head->magic};
  entry.size = static_cast<std::uint32_t>(head->size);
  if (head->magic == 2) {
    const Result<BatchHeader> header = BatchHeader::read(bytes);
    if (!header) return fail(header.error());
    entry.last = header->last_offset();
    entry.epoch = header->leader_epoch;
    entry.max_timestamp = header->max_timestamp;
  } else if (head->magic == 1) {
    if (bytes.size() < message_header_size(1))
      return fail(Errc::incomplete, "the file ends within a message's head");
    const auto timestamp = load<std::int64_t>(bytes, message_field::kTimestamp);
    entry.max_timestamp = WallTime{std::chrono::milliseconds{timestamp}};
  }
  return entry;
}

Task<Result<Bytes>> LogScanner::need(std::size_t count) {
  count = std::min<std::size_t>(count, end_ - position_);
  const std::size_t skipped =
      position_ - buffer_begin_;  // Positions only grow, and so does the buffer's beginning.
  if (skipped <= buffer_.size() && buffer_.size() - skipped >= count) co_return buffer_.bytes().subspan(skipped);

  buffer_.resize(std::min<std::size_t>(std::max(count, chunk_), end_ - position_));
  buffer_begin_ = position_;
  const auto got = co_await file_->read(position_, buffer_.bytes());
  if (!got) co_return fail(got.error());
  buffer_.resize(*got);
  co_return buffer_.bytes();
}

Task<Result<std::optional<LogEntry>>> LogScanner::next() {
  found_ = {};
  if (position_ >= end_) co_return std::nullopt;
  const auto bytes = co_await need(kBatchHeaderSize);
  if (!bytes) co_return fail(bytes.error());
  Result<LogEntry> entry = read_entry_header(*bytes, position_);
  if (!entry) co_return fail(std::move(entry.error()));
  if (entry->size > end_ - position_)
    co_return fail(Errc::incomplete, "the file ends within the batch at offset {}", entry->base.value);
  position_ += entry->size;
  co_return *entry;
}

Task<Result<std::optional<LogEntry>>> LogScanner::next_whole() {
  const std::uint32_t begin = position_;
  auto entry = co_await next();
  if (!entry || !*entry) co_return entry;
  position_ = begin;
  const std::uint32_t size = (*entry)->size;
  const auto bytes = co_await need(size);
  if (!bytes) co_return fail(bytes.error());
  if (bytes->size() < size) co_return fail(Errc::incomplete, "the file ends at {}", begin + bytes->size());
  found_ = bytes->first(size);
  position_ = begin + size;
  co_return entry;
}

Task<Result<std::optional<LogEntry>>> LogScanner::next_checked() {
  const std::uint32_t begin = position_;
  auto entry = co_await next_whole();
  if (!entry || !*entry) co_return entry;
  if (auto checked = check(found_, (*entry)->magic); !checked) {
    position_ = begin;
    co_return fail(std::move(checked.error()));
  }
  co_return entry;
}

}  // namespace sluice::detail
