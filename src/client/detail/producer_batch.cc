#include "client/detail/producer_batch.h"

#include <utility>

#include "record/crc32c.h"
#include "record/record_reader.h"

namespace sluice::client::detail {

std::int32_t sequence_after(std::int32_t sequence, std::int32_t count) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(sequence) + static_cast<std::uint32_t>(count)) &
                                   0x7FFFFFFFU);
}

ProducerBatch::ProducerBatch(std::uint64_t number, TopicPartition partition, Compression compression,
                             bool transactional, Times times)
    : number_(number), partition_(std::move(partition)), transactional_(transactional), times_(times) {
  builder_.emplace(buffer_, BatchOptions{.compression = compression, .transactional = transactional});
}

Result<bool> ProducerBatch::try_append(const NewRecord& record, std::size_t size_max, DeliveryReport& report) {
  if (closed_) return false;
  const std::size_t size = BatchBuilder::size_max(record);
  if (record_count_ > 0 && builder_->uncompressed_size() + size > size_max) return false;
  if (Result<void> appended = builder_->append(record); !appended)
    return sluice::fail(std::move(appended.error()));
  if (report) waiters_.push_back({record_count_, record.timestamp, std::exchange(report, {})});
  ++record_count_;
  uncompressed_size_ = builder_->uncompressed_size();
  charged_ += size;
  return true;
}

Result<void> ProducerBatch::close() {
  if (closed_) return {};
  closed_ = true;
  const Result<BatchView> finished = builder_->finish();
  builder_.reset();
  if (!finished) return sluice::fail(finished.error());
  return {};
}

void ProducerBatch::set_sequence(const ProducerIdentity& identity, std::int32_t base_sequence) {
  SLUICE_ASSERT(closed_);
  identity_ = identity;
  base_sequence_ = base_sequence;
  const MutableBytes batch = buffer_.bytes();
  store(batch, batch_field::kProducerId, identity.id.value);
  store(batch, batch_field::kProducerEpoch, identity.epoch.value);
  store(batch, batch_field::kBaseSequence, base_sequence);
  store(batch, batch_field::kCrc, crc32c(Bytes(batch).subspan(batch_field::kAttributes)));
}

Result<std::vector<std::shared_ptr<ProducerBatch>>> ProducerBatch::split(std::size_t size_max,
                                                                         Compression compression) {
  SLUICE_ASSERT(closed_ && !reported_);
  const Result<ConstBatchView> whole = ConstBatchView::parse(buffer_.bytes(), CrcCheck::skip);
  if (!whole) return sluice::fail(whole.error());
  std::vector<std::shared_ptr<ProducerBatch>> parts;
  Decompressor decompressor;
  RecordReader reader(*whole, decompressor);
  auto waiter = waiters_.begin();
  std::int32_t index = 0;
  while (std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return sluice::fail(record->error());
    const std::vector<HeaderView> headers((*record)->headers.begin(), (*record)->headers.end());
    const NewRecord copy{
        .timestamp = (*record)->timestamp, .key = (*record)->key, .value = (*record)->value, .headers = headers};
    DeliveryReport report;
    if (waiter != waiters_.end() && waiter->index == index) report = std::move((waiter++)->report);
    Result<bool> fits = parts.empty() ? Result<bool>(false) : parts.back()->try_append(copy, size_max, report);
    if (fits && !*fits) {
      parts.push_back(std::make_shared<ProducerBatch>(number_, partition_, compression, transactional_, times_));
      fits = parts.back()->try_append(copy, size_max, report);
    }
    if (!fits) return sluice::fail(std::move(fits.error()));
    ++index;
  }
  std::int32_t sequence = base_sequence_;
  for (const std::shared_ptr<ProducerBatch>& part : parts) {
    if (Result<void> closed = part->close(); !closed) return sluice::fail(std::move(closed.error()));
    part->attempts = attempts;
    if (!has_sequence()) continue;
    part->set_sequence(identity_, sequence);
    sequence = part->next_sequence();
  }
  waiters_.clear();
  reported_ = true;
  return parts;
}

void ProducerBatch::succeed(Offset base_offset, std::optional<WallTime> log_append_time) {
  if (std::exchange(reported_, true)) return;
  for (Waiter& waiter : std::exchange(waiters_, {})) {
    const Offset offset = base_offset.value < 0 ? base_offset : base_offset + waiter.index;
    waiter.report(Delivered{partition_, offset, log_append_time.value_or(waiter.timestamp)});
  }
}

void ProducerBatch::fail(const Failure& failure) {
  if (std::exchange(reported_, true)) return;
  for (Waiter& waiter : std::exchange(waiters_, {})) waiter.report(Outcome<Delivered>(std::unexpected(failure)));
}

}  // namespace sluice::client::detail
