// Compacting a partition's log while it serves (cleanup.policy=compact).
#include "replica/partition.h"

namespace sluice {

Task<Result<std::optional<Dirtiness>>> Partition::measure_dirt(Compaction& compaction) {
  // A log on its way to another directory is left as it is, so that the copy is a copy.
  if (closed_ || future_ || uncleanable_ || !settings_->log.cleanup_compact) co_return std::nullopt;
  const std::shared_ptr<Log> log = log_;
  const auto dirt = co_await compaction.measure(*log, last_stable_offset());
  if (!dirt) co_return fail(dirt.error());
  if (!Compaction::is_due(*dirt, log->config())) co_return std::nullopt;
  co_return *dirt;
}

Task<Result<Compacted>> Partition::compact(Compaction& compaction, Dirtiness dirt) {
  if (closed_ || future_ || compacting_) co_return fail(Errc::closed, "{} is not to be compacted", name_.text());
  compacting_ = true;
  const std::shared_ptr<Log> log = log_;
  auto compacted = co_await compaction.run(*log, dirt, [this] { return !closed_ && !future_; });
  compacting_ = false;
  compaction_ended_.notify_all();
  if (!compacted && compacted.error().code != Errc::closed && compacted.error().code != Errc::no_space)
    uncleanable_ = true;
  co_return compacted;
}

Task<void> Partition::compaction_ended() {
  while (compacting_) co_await compaction_ended_.wait();
}

}  // namespace sluice
