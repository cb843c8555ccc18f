#include "storage/offset_index.h"

namespace sluice {

OffsetIndex::Entry OffsetIndex::decode(Bytes entry) const {
  return {.offset = base_ + sluice::load<std::int32_t>(entry, 0),
          .position = sluice::load<std::uint32_t>(entry, 4)};
}

Task<Result<void>> OffsetIndex::load(Disk& disk, std::uint64_t log_size) {
  auto loaded = co_await file_.load(disk);
  if (!loaded) co_return loaded;
  Entry before{.offset = base_ - 1, .position = 0};
  for (std::size_t at = 0; at < file_.count(); ++at) {
    const Entry entry = decode(file_.entry(at));
    // A file that was preallocated and never trimmed has zeros behind its entries.
    const bool unused = entry.offset == base_ && entry.position == 0 && at > 0;
    if (unused) {
      file_.truncate(at);
      break;
    }
    if (entry.offset <= before.offset || (at > 0 && entry.position <= before.position) ||
        entry.position >= log_size)
      co_return fail(Errc::corrupt, "{}: entry {} is out of order or beyond the log", file_.path(), at);
    before = entry;
  }
  co_return Result<void>{};
}

void OffsetIndex::append(Offset offset, std::uint32_t position) {
  SLUICE_ASSERT(file_.count() == 0 || (offset > last().offset && position > last().position));
  std::byte entry[kEntrySize];
  store<std::int32_t>(entry, 0, static_cast<std::int32_t>(offset - base_));
  store<std::uint32_t>(entry, 4, position);
  file_.append(entry);
}

void OffsetIndex::truncate_to(Offset end) {
  std::size_t count = file_.count();
  while (count > 0 && decode(file_.entry(count - 1)).offset >= end) --count;
  file_.truncate(count);
}

Task<Result<OffsetIndex::Entry>> OffsetIndex::find(Disk& disk, Offset target) {
  std::byte found[kEntrySize];
  auto count = co_await file_.find(disk, [&](Bytes entry) { return decode(entry).offset <= target; }, found);
  if (!count) co_return fail(std::move(count.error()));
  co_return *count == 0 ? Entry{.offset = base_, .position = 0} : decode(found);
}

Task<Result<std::optional<OffsetIndex::Entry>>> OffsetIndex::find_beyond(Disk& disk, std::uint64_t position) {
  std::byte found[kEntrySize];
  auto count = co_await file_.find(disk, [&](Bytes entry) { return decode(entry).position < position; }, found);
  if (!count) co_return fail(std::move(count.error()));
  if (*count >= file_.count()) co_return std::nullopt;
  if (auto got = co_await file_.read(disk, *count, found); !got) co_return fail(std::move(got.error()));
  co_return decode(found);
}

Task<Result<OffsetIndex::Entry>> OffsetIndex::read_last(Disk& disk) {
  if (file_.count() == 0) co_return Entry{.offset = base_, .position = 0};
  std::byte found[kEntrySize];
  auto got = co_await file_.read(disk, file_.count() - 1, found);
  if (!got) co_return fail(std::move(got.error()));
  co_return decode(found);
}

OffsetIndex::Entry OffsetIndex::last() const {
  return file_.count() == 0 ? Entry{.offset = base_, .position = 0} : decode(file_.entry(file_.count() - 1));
}

}  // namespace sluice
