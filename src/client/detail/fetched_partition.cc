#include "client/detail/fetched_partition.h"

#include <algorithm>
#include <utility>

#include "base/arena.h"
#include "record/control_record.h"
#include "record/message_reader.h"
#include "record/record_reader.h"

namespace sluice::client::detail {
namespace {

ConsumedRecord copied(const ConsumedRecord& record, Arena& arena) {
  ConsumedRecord copy = record;
  if (record.key) copy.key = arena.copy(*record.key);
  if (record.value) copy.value = arena.copy(*record.value);
  copy.headers =
      HeadersView(arena.copy(record.headers.encoded()), static_cast<std::int32_t>(record.headers.size()));
  return copy;
}

}  // namespace

FetchedPartition::FetchedPartition(TopicPartition partition, Offset position, Bytes records,
                                   std::shared_ptr<const void> owner, std::vector<AbortedTransaction> aborted,
                                   Rules rules, Decompressor& decompressor)
    : partition_(std::move(partition)),
      position_(position),
      read_to_(position),
      records_(records),
      owner_(std::move(owner)),
      aborted_(std::move(aborted)),
      rules_(rules),
      decompressor_(decompressor) {
  std::ranges::sort(aborted_, {}, &AbortedTransaction::first_offset);
}

std::unexpected<Failure> FetchedPartition::bad(const Error& error) const {
  Failure failure = failure_of(error);
  failure.what = fmt::format("{} at offset {}: {}", to_string(partition_), read_to_.value, failure.what);
  return failed(std::move(failure));
}

Outcome<void> FetchedPartition::take(std::size_t count_max, ConsumedRecords& to) {
  PartitionRecords taken{partition_, {}};
  std::vector<std::shared_ptr<const void>> owners;
  std::optional<Failure> failure;
  while (taken.records.size() < count_max) {
    if (pending_.empty()) {
      Outcome<bool> read = read_next_batch();
      if (!read) failure = std::move(read.error());
      if (failure || !*read) break;
      continue;
    }
    if (owners.empty() || owners.back() != pending_owner_) owners.push_back(pending_owner_);
    while (!pending_.empty() && taken.records.size() < count_max) {
      position_ = pending_.front().offset + 1;
      taken.records.push_back(std::move(pending_.front()));
      pending_.pop_front();
    }
  }
  // What a batch takes of offsets behind its last record was compacted away, or is a control record.
  if (pending_.empty()) position_ = std::max(position_, read_to_);
  const bool nothing = taken.records.empty();
  if (!nothing) to.add(std::move(taken));
  for (auto& owner : owners) to.keep(std::move(owner));
  // What came before a bad batch is good; the failure comes again when nothing else is left.
  if (failure && nothing) return failed(std::move(*failure));
  return {};
}

/// False where there is none.
Outcome<bool> FetchedPartition::read_next_batch() {
  if (at_end_) return false;
  const Bytes rest = records_.subspan(at_);
  if (rest.empty()) {
    at_end_ = true;
    return false;
  }
  const Result<EntryHead> head = EntryHead::read(rest);
  const bool cut = head ? head->size > rest.size() : head.error().code == Errc::incomplete;
  if (cut && at_ > 0) {
    at_end_ = true;  // Brokers cut off what is too much; the next fetch brings it.
    return false;
  }
  if (cut)
    return failed(ErrorCode::message_too_large,
                  "{} at offset {}: a batch is larger than fetch.max.bytes or max.partition.fetch.bytes allow",
                  to_string(partition_), read_to_.value);
  if (!head) return bad(head.error());
  Outcome<void> read;
  if (head->magic == 2) {
    const Result<ConstBatchView> batch =
        ConstBatchView::parse(rest, rules_.check_crcs ? CrcCheck::verify : CrcCheck::skip);
    if (!batch) return bad(batch.error());
    read = read_batch(*batch);
  } else {
    read = read_message(rest.first(head->size));
  }
  if (!read) return failed(std::move(read.error()));
  at_ += head->size;
  return true;
}

Outcome<void> FetchedPartition::read_batch(const ConstBatchView& batch) {
  if (batch.is_control()) {
    if (Outcome<void> noted = note_control(batch); !noted) return noted;
  } else if (!is_aborted(batch)) {
    if (Outcome<void> decoded = decode(batch); !decoded) return decoded;
  }
  last_epoch_ = batch.leader_epoch();
  read_to_ = std::max(read_to_, batch.next_offset());
  return {};
}

/// Transactions end with a marker: what the producer writes after that is good again.
Outcome<void> FetchedPartition::note_control(const ConstBatchView& batch) {
  if (rules_.isolation != IsolationLevel::read_committed) return {};
  RecordReader reader(batch, decompressor_);
  const std::optional<Result<RecordView>> marker = reader.next();
  if (!marker) return {};
  if (!*marker) return bad(marker->error());
  const Result<std::optional<ControlType>> type = parse_control_key((*marker)->key);
  if (!type) return bad(type.error());
  if (*type == ControlType::abort) {
    (void)is_aborted(batch);  // Counts in the transactions that begin before the marker.
    aborting_.erase(batch.producer_id());
  }
  return {};
}

bool FetchedPartition::is_aborted(const ConstBatchView& batch) {
  if (rules_.isolation != IsolationLevel::read_committed || !batch.has_producer()) return false;
  while (aborted_seen_ < aborted_.size() && aborted_[aborted_seen_].first_offset <= batch.last_offset())
    aborting_.insert(aborted_[aborted_seen_++].producer_id);
  return batch.is_transactional() && aborting_.contains(batch.producer_id());
}

Outcome<void> FetchedPartition::decode(const ConstBatchView& batch) {
  const bool compressed = batch.codec() != Codec::none;
  auto arena = compressed ? std::make_shared<Arena>() : nullptr;
  RecordReader reader(batch, decompressor_);
  std::deque<ConsumedRecord> records;
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return bad(record->error());
    const RecordView& view = **record;
    if (view.offset < position_) continue;  // A batch may begin before what was asked for.
    const ConsumedRecord consumed{.offset = view.offset,
                                  .timestamp = view.timestamp,
                                  .timestamp_type = batch.timestamp_type(),
                                  .leader_epoch = batch.leader_epoch(),
                                  .key = view.key,
                                  .value = view.value,
                                  .headers = view.headers};
    records.push_back(compressed ? copied(consumed, *arena) : consumed);
  }
  pending_ = std::move(records);
  if (compressed)
    pending_owner_ = std::move(arena);
  else
    pending_owner_ = owner_;
  return {};
}

Outcome<void> FetchedPartition::read_message(Bytes entry) {
  const Result<MessageView> message =
      MessageView::parse(entry, rules_.check_crcs ? CrcCheck::verify : CrcCheck::skip);
  if (!message) return bad(message.error());
  Result<MessageReader> reader = MessageReader::open(*message, decompressor_);
  if (!reader) return bad(reader.error());
  auto arena = std::make_shared<Arena>();
  std::deque<ConsumedRecord> records;
  while (const std::optional<Result<RecordView>> record = reader->next()) {
    if (!*record) return bad(record->error());
    const RecordView& view = **record;
    if (view.offset < position_) continue;
    records.push_back(copied({.offset = view.offset,
                              .timestamp = view.timestamp,
                              .timestamp_type = message->timestamp_type(),
                              .leader_epoch = LeaderEpoch{-1},
                              .key = view.key,
                              .value = view.value,
                              .headers = {}},
                             *arena));
  }
  pending_ = std::move(records);
  pending_owner_ = std::move(arena);
  read_to_ = std::max(read_to_, message->offset() + 1);
  return {};
}

}  // namespace sluice::client::detail
