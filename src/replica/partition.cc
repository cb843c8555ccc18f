#include "replica/partition.h"

#include <utility>

#include "replica/partition_change.h"

namespace sluice {
namespace {

ProduceRejection rejection(Error error) { return {.code = error.code, .message = std::move(error.what)}; }

}  // namespace

Partition::Partition(Loop& loop, LogName name, Uuid topic_id, std::unique_ptr<Log> log, LeaderEpoch epoch,
                     PartitionSettingsPointer settings)
    : loop_(loop),
      name_(std::move(name)),
      topic_id_(topic_id),
      log_(std::move(log)),
      epoch_(epoch),
      settings_(std::move(settings)),
      high_watermark_(log_->end()),
      changes_ended_(loop),
      move_changed_(loop),
      compaction_ended_(loop),
      swaps_(loop) {
  log_->high_watermark_moved(high_watermark_);
}

void Partition::configure(PartitionSettingsPointer settings) {
  settings_ = std::move(settings);
  log_->configure(settings_->log);
  if (future_) future_->configure(settings_->log);
}

Result<void> Partition::check_open() const {
  if (closed_) return fail(Errc::not_leader, "{} is not led by this broker any more", name_.text());
  return {};
}

Result<void> Partition::check_epoch(LeaderEpoch claimed) const {
  if (auto open = check_open(); !open) return open;
  if (claimed.value < 0 || claimed == epoch_) return {};
  if (claimed < epoch_)
    return fail(Errc::fenced_epoch, "{} is at leader epoch {}, not {}", name_.text(), epoch_.value, claimed.value);
  return fail(Errc::unknown_epoch, "{} is still at leader epoch {}, not {}", name_.text(), epoch_.value,
              claimed.value);
}

Task<Result<void>> Partition::lead(LeaderEpoch epoch) {
  if (!swaps_.idle()) co_await swaps_.turn();  // Behind those who came before, so that order is kept.
  const Change change(*this);
  if (closed_ || epoch <= epoch_) co_return Result<void>{};
  // First, so that whatever is appended from now on comes behind the epoch's start and carries it.
  epoch_ = epoch;
  co_return co_await log_->start_epoch(epoch);
}

Task<std::expected<Appended, ProduceRejection>> Partition::produce(MutableBytes set, std::int16_t api_version,
                                                                   Decompressor& decompressor, bool all_in_sync,
                                                                   std::optional<VerificationGuard> guard) {
  if (auto open = check_open(); !open) co_return std::unexpected(rejection(std::move(open.error())));
  if (all_in_sync && std::cmp_less(in_sync_replicas_, settings_->in_sync_replicas_min))
    co_return std::unexpected(ProduceRejection{
        .code = Errc::not_enough_replicas,
        .message = fmt::format("{} has {} replica(s) in sync; min.insync.replicas asks for {}", name_.text(),
                               in_sync_replicas_, settings_->in_sync_replicas_min)});
  const ProduceRules rules{.api_version = api_version,
                           .compression = settings_->compression,
                           .timestamp_type = settings_->log.timestamp_type,
                           .now = loop_.wall_now(),
                           .timestamp_before_max = settings_->timestamp_before_max,
                           .timestamp_after_max = settings_->timestamp_after_max,
                           .message_bytes_max = static_cast<std::size_t>(settings_->log.message_bytes_max),
                           .keys_required = settings_->log.cleanup_compact};
  auto validated = validate_produced(set, rules, decompressor);
  if (!validated) co_return std::unexpected(std::move(validated.error()));
  Result<Appended> appended = co_await append(validated->view(), AppendOrigin::client, guard);
  if (!appended) co_return std::unexpected(rejection(std::move(appended.error())));
  co_return std::move(*appended);
}

Task<Result<Appended>> Partition::append(BatchView batch, AppendOrigin origin,
                                         std::optional<VerificationGuard> guard) {
  if (!swaps_.idle()) co_await swaps_.turn();  // Behind those who came before, so that order is kept.
  const Change change(*this);
  const std::size_t size = batch.size();
  Result<Appended> appended = co_await log_->append_as_leader(batch, epoch_, origin, guard);
  if (appended && !appended->duplicate) committed(size);
  co_return appended;
}

void Partition::committed(std::size_t bytes) {
  // Where everything is synced, only what is durable is shown: others may be behind it, still waiting for theirs.
  const Offset end = settings_->log.flush_messages == 1 ? log_->recovery_point() : log_->end();
  high_watermark_ = std::max(high_watermark_, std::min(end, log_->end()));
  log_->high_watermark_moved(high_watermark_);
  std::erase_if(waiters_, [bytes](const std::shared_ptr<FetchWaiter>& waiter) {
    waiter->arrived(static_cast<std::int64_t>(bytes));
    return waiter->done();
  });
}

void Partition::add_waiter(std::shared_ptr<FetchWaiter> waiter, Offset seen_end) {
  if (closed_ || seen_end < log_->end()) {
    waiter->wake();
    return;
  }
  // Those who gave up are dropped here too, since nothing may ever be appended.
  std::erase_if(waiters_, [](const auto& other) { return other->done(); });
  waiters_.push_back(std::move(waiter));
}

Task<Result<Offset>> Partition::delete_records(Offset offset) {
  if (!swaps_.idle()) co_await swaps_.turn();  // Behind those who came before, so that order is kept.
  const Change change(*this);
  if (auto open = check_open(); !open) co_return fail(std::move(open.error()));
  const Offset start = offset.value == -1 ? high_watermark_ : offset;
  if (start < log_->start() || start > high_watermark_)
    co_return fail(Errc::out_of_range, "{} has offsets {} to {}; {} is not among them", name_.text(),
                   log_->start().value, high_watermark_.value, start.value);
  if (const auto moved = co_await log_->advance_start(start, high_watermark_); !moved)
    co_return fail(moved.error());
  co_return log_->start();
}

Task<Result<void>> Partition::maintain() {
  if (closed_) co_return Result<void>{};
  const std::shared_ptr<Log> log = log_;
  if (settings_->log.cleanup_delete || log->start().value > 0) {
    const Result<int> deleted = co_await log->delete_old_segments(high_watermark_);
    if (!deleted) co_return fail(deleted.error());
  }
  co_return co_await log->maintain();
}

void Partition::retire() {
  closed_ = true;
  for (const auto& waiter : waiters_) waiter->wake();
  waiters_.clear();
}

Task<Result<void>> Partition::close() {
  retire();
  co_await end_move();
  co_await compaction_ended();
  co_return co_await log_->close();
}

Task<Result<void>> Partition::discard(std::string renamed) {
  retire();
  co_await end_move();
  co_await compaction_ended();
  Result<void> outcome = co_await log_->rename_directory(std::move(renamed));
  co_await log_->abandon();
  co_return outcome;
}

}  // namespace sluice
