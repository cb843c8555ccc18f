#include "storage/time_index.h"

namespace sluice {

TimeIndex::Entry TimeIndex::decode(Bytes entry) const {
  return {.timestamp = WallTime{std::chrono::milliseconds{sluice::load<std::int64_t>(entry, 0)}},
          .offset = base_ + sluice::load<std::int32_t>(entry, 8)};
}

Task<Result<void>> TimeIndex::load(Disk& disk) {
  auto loaded = co_await file_.load(disk);
  if (!loaded) co_return loaded;
  Entry before = none();
  for (std::size_t at = 0; at < file_.count(); ++at) {
    const Entry entry = decode(file_.entry(at));
    // A file that was preallocated and never trimmed has zeros behind its entries.
    const bool unused = entry.timestamp.time_since_epoch().count() == 0 && entry.offset == base_ && at > 0;
    if (unused) {
      file_.truncate(at);
      break;
    }
    if (entry.offset < before.offset || entry.timestamp <= before.timestamp)
      co_return fail(Errc::corrupt, "{}: entry {} is out of order", file_.path(), at);
    before = entry;
  }
  co_return Result<void>{};
}

void TimeIndex::append(WallTime timestamp, Offset offset) {
  const Entry before = last();
  if (timestamp <= before.timestamp) return;
  SLUICE_ASSERT(offset >= before.offset);
  std::byte entry[kEntrySize];
  store<std::int64_t>(entry, 0, timestamp.time_since_epoch().count());
  store<std::int32_t>(entry, 8, static_cast<std::int32_t>(offset - base_));
  file_.append(entry);
}

void TimeIndex::truncate_to(Offset end) {
  std::size_t count = file_.count();
  while (count > 0 && decode(file_.entry(count - 1)).offset >= end) --count;
  file_.truncate(count);
}

Task<Result<TimeIndex::Entry>> TimeIndex::find(Disk& disk, WallTime target) {
  std::byte found[kEntrySize];
  auto count = co_await file_.find(disk, [&](Bytes entry) { return decode(entry).timestamp <= target; }, found);
  if (!count) co_return fail(std::move(count.error()));
  co_return *count == 0 ? none() : decode(found);
}

Task<Result<TimeIndex::Entry>> TimeIndex::read_last(Disk& disk) {
  if (file_.count() == 0) co_return none();
  std::byte found[kEntrySize];
  auto got = co_await file_.read(disk, file_.count() - 1, found);
  if (!got) co_return fail(std::move(got.error()));
  co_return decode(found);
}

TimeIndex::Entry TimeIndex::last() const {
  return file_.count() == 0 ? none() : decode(file_.entry(file_.count() - 1));
}

}  // namespace sluice
