#include "storage/detail/record_search.h"

#include <concepts>

#include "record/message_reader.h"
#include "record/record_reader.h"

namespace sluice::detail {
namespace {

/// Calls `visit` with each record of an entry until it returns false.
Result<void> visit_records(Bytes entry, Decompressor& decompressor, std::predicate<TimestampedOffset> auto visit) {
  const auto walk = [&](auto& reader, LeaderEpoch epoch) -> Result<void> {
    for (auto record = reader.next(); record; record = reader.next()) {
      if (!*record) return fail(std::move(record->error()));
      if (!visit(TimestampedOffset{(*record)->timestamp, (*record)->offset, epoch})) break;
    }
    return {};
  };
  const auto head = EntryHead::read(entry);
  if (!head) return fail(head.error());
  if (head->magic == 2) {
    const auto batch = ConstBatchView::parse(entry, CrcCheck::skip);
    if (!batch) return fail(batch.error());
    RecordReader reader(*batch, decompressor);
    return walk(reader, batch->leader_epoch());
  }
  const auto message = MessageView::parse(entry, CrcCheck::skip);
  if (!message) return fail(message.error());
  auto reader = MessageReader::open(*message, decompressor);
  if (!reader) return fail(std::move(reader.error()));
  return walk(*reader, LeaderEpoch{-1});
}

}  // namespace

Result<std::optional<TimestampedOffset>> first_at(Bytes entry, WallTime time, Offset from,
                                                  Decompressor& decompressor) {
  std::optional<TimestampedOffset> found;
  const auto visited = visit_records(entry, decompressor, [&](TimestampedOffset record) {
    if (record.timestamp >= time && record.offset >= from) found = record;
    return !found;
  });
  if (!visited) return fail(visited.error());
  return found;
}

Result<std::optional<TimestampedOffset>> first_of_latest(Bytes entry, Decompressor& decompressor) {
  std::optional<TimestampedOffset> found;
  const auto visited = visit_records(entry, decompressor, [&](TimestampedOffset record) {
    if (!found || record.timestamp > found->timestamp) found = record;
    return true;
  });
  if (!visited) return fail(visited.error());
  return found;
}

}  // namespace sluice::detail
