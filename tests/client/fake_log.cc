#include "client/fake_log.h"

#include <algorithm>

#include "record/batch_builder.h"
#include "record/record_reader.h"

namespace sluice::client {

FakeLog::Appended FakeLog::append(Bytes bytes) {
  Buffer copy = Buffer::copy_of(bytes);
  const Result<BatchView> batch = BatchView::parse(copy.bytes());
  if (!batch || batch->size() != bytes.size()) return {ErrorCode::corrupt_message, Offset{-1}};
  if (batch->has_producer() && !batch->is_control()) {
    Producer& producer = producers_[batch->producer_id()];
    const bool fresh = producer.last.empty() || batch->producer_epoch() > producer.epoch;
    if (!producer.last.empty() && batch->producer_epoch() < producer.epoch)
      return {ErrorCode::invalid_producer_epoch, Offset{-1}};
    if (!fresh)
      for (const auto& [sequence, base] : producer.last)
        if (sequence == batch->base_sequence()) return {ErrorCode::none, base};
    // As Kafka's: of a producer that it does not know it takes any number.
    const bool known = !producer.last.empty();
    if (known && batch->base_sequence() != (fresh ? 0 : producer.next))
      return {ErrorCode::out_of_order_sequence_number, Offset{-1}};
    if (fresh) producer.last.clear();
    producer.epoch = batch->producer_epoch();
    producer.last.emplace_back(batch->base_sequence(), end_);
    if (producer.last.size() > 5) producer.last.pop_front();
    producer.next = batch->last_sequence() + 1;
  }
  batch->place(end_, epoch);
  const Appended appended{ErrorCode::none, end_};
  end_ = batch->next_offset();
  batches_.push_back({appended.base, std::move(copy)});
  return appended;
}

void FakeLog::append_records(const std::vector<std::string>& values, Codec codec) {
  Buffer out;
  BatchBuilder builder(out, BatchOptions{.compression = {.codec = codec}});
  std::int64_t time = 1'000 + end_.value;
  for (const std::string& value : values)
    (void)builder.append(
        NewRecord{.timestamp = WallTime{std::chrono::milliseconds{time++}}, .value = as_bytes(value)});
  (void)builder.finish();
  append_batch(out);
}

void FakeLog::append_batch(const Buffer& batch) {
  const Appended appended = append(batch.bytes());
  SLUICE_ASSERT(appended.error == ErrorCode::none);
}

void FakeLog::append_control(const Buffer& batch) { append_batch(batch); }

void FakeLog::cut(Offset end) {
  std::erase_if(batches_, [end](const Stored& stored) { return stored.base >= end; });
  end_ = batches_.empty() ? start : BatchHeader::read(batches_.back().bytes.bytes())->next_offset();
}

void FakeLog::damage_last() {
  const MutableBytes bytes = batches_.back().bytes.bytes();
  bytes[kBatchHeaderSize] ^= std::byte{1};
}

Buffer FakeLog::read(Offset offset, Offset end, std::size_t size_max) const {
  Buffer found;
  for (const Stored& stored : batches_) {
    const Result<BatchHeader> header = BatchHeader::read(stored.bytes.bytes());
    if (header->next_offset() <= offset) continue;
    if (stored.base >= end) break;
    if (!found.empty() && found.size() + stored.bytes.size() > size_max) break;
    found.append(stored.bytes.bytes());
  }
  return found;
}

Offset FakeLog::find_time(WallTime time) const {
  for (const BatchHeader& header : headers())
    if (header.max_timestamp >= time) return header.base_offset;
  return Offset{-1};
}

std::vector<BatchHeader> FakeLog::headers() const {
  std::vector<BatchHeader> headers;
  for (const Stored& stored : batches_) headers.push_back(*BatchHeader::read(stored.bytes.bytes()));
  return headers;
}

std::vector<std::string> FakeLog::values() const {
  std::vector<std::string> values;
  Decompressor decompressor;
  for (const Stored& stored : batches_) {
    const Result<ConstBatchView> batch = ConstBatchView::parse(stored.bytes.bytes());
    RecordReader reader(*batch, decompressor);
    while (const auto record = reader.next()) values.emplace_back(as_text((*record)->value.value_or(Bytes{})));
  }
  return values;
}

std::vector<std::int32_t> FakeLog::batch_sizes() const {
  std::vector<std::int32_t> sizes;
  for (const BatchHeader& header : headers()) sizes.push_back(header.record_count);
  return sizes;
}

}  // namespace sluice::client
