#include "storage/detail/index_file.h"

#include <cstring>
#include <utility>

#include "storage/detail/sync_file.h"

namespace sluice::detail {
namespace {
/// Look-ups in a file close in by single entries until this many are left, which are then read at once.
constexpr std::size_t kBlockEntries = 256;
}  // namespace

Task<Result<void>> IndexFile::open(Disk& disk, OpenMode mode) {
  if (file_) co_return Result<void>{};
  auto opened = co_await disk.open(path(), mode);
  if (!opened) co_return fail(std::move(opened.error()));
  file_ = std::move(*opened);
  co_return Result<void>{};
}

Task<Result<void>> IndexFile::load(Disk& disk) {
  if (in_memory_) co_return Result<void>{};
  if (auto opened = co_await open(disk, OpenMode::create); !opened) co_return opened;
  const auto file = file_;
  const auto size = co_await file->size();
  if (!size) co_return fail(size.error());
  Buffer entries(*size / entry_size_ * entry_size_);
  const auto count = co_await file->read(0, entries.bytes());
  if (!count) co_return fail(count.error());
  if (*count != entries.size()) co_return fail(Errc::io, "{} shrank while it was read", path());
  entries_ = std::move(entries);
  count_ = written_ = entries_.size() / entry_size_;
  exact_ = *size == entries_.size();
  in_memory_ = true;
  co_return Result<void>{};
}

void IndexFile::reset() {
  entries_.clear();
  count_ = written_ = 0;
  exact_ = false;
  in_memory_ = true;
}

void IndexFile::append(Bytes entry) {
  SLUICE_ASSERT(in_memory_ && entry.size() == entry_size_);
  entries_.append(entry);
  ++count_;
}

void IndexFile::truncate(std::size_t count) {
  SLUICE_ASSERT(in_memory_ && count <= count_);
  if (count == count_) return;
  entries_.resize(count * entry_size_);
  count_ = count;
  if (count < written_) {
    written_ = count;
    exact_ = false;
  }
}

Task<Result<void>> IndexFile::write(Disk& disk) {
  if (!in_memory_ || (exact_ && written_ == count_)) co_return Result<void>{};
  if (auto opened = co_await open(disk, OpenMode::create); !opened) co_return opened;
  const auto file = file_;
  const std::size_t count = count_;
  if (written_ < count) {
    const Bytes rest = entries_.bytes().subspan(written_ * entry_size_, (count - written_) * entry_size_);
    auto written = co_await file->write(written_ * entry_size_, rest);
    if (!written) co_return written;
  }
  if (!exact_) {
    auto cut = co_await file->truncate(count * entry_size_);
    if (!cut) co_return cut;
  }
  written_ = count;
  exact_ = true;
  co_return Result<void>{};
}

Task<Result<void>> IndexFile::sync(Disk& disk) {
  if (auto written = co_await write(disk); !written) co_return written;
  if (auto opened = co_await open(disk, OpenMode::create); !opened) co_return opened;
  co_return co_await sync_file(file_);
}

void IndexFile::unload() {
  if (!in_memory_) return;
  SLUICE_ASSERT(exact_ && written_ == count_);
  entries_ = Buffer();
  in_memory_ = false;
}

Task<Result<void>> IndexFile::read_block(Disk& disk, std::size_t at, MutableBytes into) {
  if (auto opened = co_await open(disk, OpenMode::read_write); !opened) co_return opened;
  const auto file = file_;
  const auto count = co_await file->read(at * entry_size_, into);
  if (!count) co_return fail(count.error());
  if (*count != into.size()) co_return fail(Errc::corrupt, "{} is shorter than it was", path());
  co_return Result<void>{};
}

Task<Result<void>> IndexFile::read(Disk& disk, std::size_t at, MutableBytes into) {
  SLUICE_ASSERT(at < count_ && into.size() == entry_size_);
  if (!in_memory_) co_return co_await read_block(disk, at, into);
  std::memcpy(into.data(), entry(at).data(), entry_size_);
  co_return Result<void>{};
}

Task<Result<std::size_t>> IndexFile::find(Disk& disk, Before before, MutableBytes last) {
  std::size_t low = 0, high = count_;  // All below `low` lie before, none from `high` on.
  Buffer block;
  std::size_t block_begin = 0;
  std::byte probe[16];
  while (low < high) {
    if (!in_memory_ && block.empty() && high - low <= kBlockEntries) {
      block_begin = low;
      block.resize((high - low) * entry_size_);
      if (auto got = co_await read_block(disk, low, block.bytes()); !got) co_return fail(got.error());
    }
    const std::size_t middle = low + (high - low) / 2;
    Bytes at_middle;
    if (in_memory_ && middle < count_) {
      at_middle = entry(middle);
    } else if (!block.empty()) {
      at_middle = block.bytes().subspan((middle - block_begin) * entry_size_, entry_size_);
    } else {
      const MutableBytes into(probe, entry_size_);
      if (auto got = co_await read_block(disk, middle, into); !got) co_return fail(got.error());
      at_middle = into;
    }
    if (before(at_middle)) {
      low = middle + 1;
      std::memcpy(last.data(), at_middle.data(), entry_size_);
    } else {
      high = middle;
    }
  }
  co_return low;
}

}  // namespace sluice::detail
