#include "replica/partition.h"

namespace sluice {

Offset Partition::limit_of(Isolation isolation) const {
  return isolation == Isolation::read_committed ? last_stable_offset() : high_watermark_;
}

Task<PartitionReadResult> Partition::read(PartitionRead what) {
  PartitionReadResult result{.error = {},
                             .high_watermark = high_watermark_,
                             .last_stable_offset = last_stable_offset(),
                             .log_start = log_->start(),
                             .log_end = log_->end(),
                             .diverging = {},
                             .aborted = {},
                             .slice = {}};
  if (auto current = check_epoch(what.current_leader_epoch); !current) {
    result.error = std::move(current.error());
    co_return result;
  }
  if (what.last_fetched_epoch.value >= 0) {
    const EpochEnd end = log_->epochs().end_of(what.last_fetched_epoch, log_->end());
    if (end.epoch < what.last_fetched_epoch || end.end < what.from) {
      result.diverging = end;
      co_return result;
    }
  }

  const std::shared_ptr<Log> log = log_;
  const Offset limit = limit_of(what.isolation);
  Result<LogSlice> slice = co_await log->read({.from = what.from,
                                               .limit = limit,
                                               .bytes_max = what.bytes_max,
                                               .at_least_one_batch = what.at_least_one_batch});
  if (!slice) {
    result.error = std::move(slice.error());
    co_return result;
  }
  result.slice = std::move(*slice);
  if (what.isolation == Isolation::read_committed && !result.slice.empty()) {
    auto aborted = co_await log->aborted_transactions(result.slice, limit);
    if (!aborted)
      result.error = std::move(aborted.error());
    else
      result.aborted = std::move(*aborted);
  }
  co_return result;
}

Task<Result<ListedOffset>> Partition::list_offset(std::int64_t timestamp, Isolation isolation,
                                                  LeaderEpoch current_leader_epoch) {
  if (auto current = check_epoch(current_leader_epoch); !current) co_return fail(std::move(current.error()));
  const auto at = [this](Offset offset) {
    const LeaderEpoch epoch = log_->epochs().epoch_of(offset).value_or(LeaderEpoch{-1});
    return ListedOffset{.timestamp = -1, .offset = offset, .epoch = epoch};
  };
  switch (timestamp) {
    case list_offset::kLatest: {
      ListedOffset latest = at(limit_of(isolation));
      latest.epoch = epoch_;
      co_return latest;
    }
    case list_offset::kEarliest:
    case list_offset::kEarliestLocal: co_return at(log_->start());
    case list_offset::kLatestTiered:
    case list_offset::kEarliestPending: co_return ListedOffset{};  // Nothing is tiered.
    default: break;
  }
  if (timestamp < 0 && timestamp != list_offset::kMaxTimestamp)
    co_return fail(Errc::invalid_argument, "{} is no timestamp that ListOffsets knows", timestamp);

  const std::shared_ptr<Log> log = log_;
  const Result<std::optional<TimestampedOffset>> found =
      timestamp == list_offset::kMaxTimestamp
          ? co_await log->offset_of_max_time()
          : co_await log->offset_for_time(WallTime{std::chrono::milliseconds{timestamp}});
  if (!found) co_return fail(found.error());
  if (!*found || (*found)->offset >= limit_of(isolation)) co_return ListedOffset{};
  co_return ListedOffset{.timestamp = (*found)->timestamp.time_since_epoch().count(),
                         .offset = (*found)->offset,
                         .epoch = (*found)->epoch};
}

Result<EpochEnd> Partition::end_of_epoch(LeaderEpoch epoch, LeaderEpoch current_leader_epoch) const {
  if (auto current = check_epoch(current_leader_epoch); !current) return fail(std::move(current.error()));
  return log_->epochs().end_of(epoch, log_->end());
}

}  // namespace sluice
