#include "storage/transaction_index.h"

#include <algorithm>

#include "storage/detail/sync_file.h"

namespace sluice {
namespace {

constexpr std::int16_t kVersion = 0;
// An abort costs its producer a marker batch of 78 bytes, so that a segment of 2 GiB cannot have more entries.
constexpr std::size_t kFileBytesMax = std::size_t{1} << 30;

AbortedTransaction decode(Bytes entry) {
  return {.producer_id = {load<std::int64_t>(entry, 2)},
          .first_offset = {load<std::int64_t>(entry, 10)},
          .last_offset = {load<std::int64_t>(entry, 18)},
          .last_stable_offset = {load<std::int64_t>(entry, 26)}};
}

void encode(const AbortedTransaction& aborted, MutableBytes entry) {
  store<std::int16_t>(entry, 0, kVersion);
  store<std::int64_t>(entry, 2, aborted.producer_id.value);
  store<std::int64_t>(entry, 10, aborted.first_offset.value);
  store<std::int64_t>(entry, 18, aborted.last_offset.value);
  store<std::int64_t>(entry, 26, aborted.last_stable_offset.value);
}

}  // namespace

Result<std::vector<AbortedTransaction>> TransactionIndex::parse(Bytes bytes) {
  if (bytes.size() % kEntrySize != 0)
    return fail(Errc::corrupt, "{} bytes are not a whole number of entries", bytes.size());
  std::vector<AbortedTransaction> entries;
  entries.reserve(bytes.size() / kEntrySize);
  for (std::size_t at = 0; at < bytes.size(); at += kEntrySize) {
    const Bytes entry = bytes.subspan(at, kEntrySize);
    if (const auto version = sluice::load<std::int16_t>(entry, 0); version != kVersion)
      return fail(Errc::corrupt, "aborted transaction of version {}", version);
    const AbortedTransaction aborted = decode(entry);
    if (aborted.first_offset.value < 0 || aborted.last_offset < aborted.first_offset ||
        (!entries.empty() && aborted.last_offset <= entries.back().last_offset))
      return fail(Errc::corrupt, "aborted transaction from {} to {} is out of order", aborted.first_offset.value,
                  aborted.last_offset.value);
    entries.push_back(aborted);
  }
  return entries;
}

Task<Result<void>> TransactionIndex::load(Disk& disk) {
  if (loaded_) co_return Result<void>{};
  if (file_exists_) {
    const auto bytes = co_await disk.read_file(path(), kFileBytesMax);
    if (loaded_) co_return Result<void>{};  // By another task, which may have added to it since.
    if (!bytes) co_return fail(bytes.error());
    auto entries = parse(as_bytes(*bytes));
    if (!entries) co_return fail(entries.error().code, "{}: {}", path(), entries.error().what);
    entries_ = std::move(*entries);
  }
  loaded_ = true;
  co_return Result<void>{};
}

Task<Result<void>> TransactionIndex::append(Disk& disk, AbortedTransaction aborted) {
  if (auto loaded = co_await load(disk); !loaded) co_return loaded;
  auto file = co_await disk.open(path(), OpenMode::create);
  if (!file) co_return fail(std::move(file.error()));
  file_exists_ = true;
  std::byte entry[kEntrySize];
  encode(aborted, entry);
  auto written = co_await (*file)->write(entries_.size() * kEntrySize, Bytes(entry));
  if (written) entries_.push_back(aborted);
  co_return written;
}

Task<Result<bool>> TransactionIndex::collect(Disk& disk, Offset from, Offset to,
                                             std::vector<AbortedTransaction>& into) {
  if (auto loaded = co_await load(disk); !loaded) co_return fail(std::move(loaded.error()));
  for (const AbortedTransaction& aborted : entries_) {
    if (aborted.last_offset >= from && aborted.first_offset < to) into.push_back(aborted);
    // Whatever is aborted later began at the last stable offset of now or behind it.
    if (aborted.last_stable_offset >= to) co_return true;
  }
  co_return false;
}

Task<Result<void>> TransactionIndex::truncate_to(Disk& disk, Offset end) {
  if (!file_exists_) {
    entries_.clear();
    co_return Result<void>{};
  }
  if (auto loaded = co_await load(disk); !loaded) {
    if (loaded.error().code != Errc::corrupt) co_return loaded;
    entries_.clear();  // Whoever truncates a torn index rebuilds what is left.
    loaded_ = true;
  }
  while (!entries_.empty() && entries_.back().last_offset >= end) entries_.pop_back();
  auto file = co_await disk.open(path(), OpenMode::create);
  if (!file) co_return fail(std::move(file.error()));
  co_return co_await (*file)->truncate(entries_.size() * kEntrySize);
}

Task<Result<void>> TransactionIndex::sync(Disk& disk) {
  if (!file_exists_) co_return Result<void>{};
  auto file = co_await disk.open(path(), OpenMode::read_write);
  if (!file) co_return fail(std::move(file.error()));
  co_return co_await detail::sync_file(std::move(*file));
}

}  // namespace sluice
