#include "server/share_acquirer.h"

#include <memory>
#include <utility>

#include "base/crossing.h"
#include "replica/fetch_waiter.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/share_batches.h"
#include "server/wire_code.h"

namespace sluice {
namespace {

/// Of one partition, for one pass.
struct Attempt {
  PartitionKey key;
  const ShareFetchOptions& options;
  AcquireLimits limits;
  std::size_t bytes_max;
  bool at_least_one_batch;
  std::shared_ptr<FetchWaiter> waiter;  ///< To be woken where there is nothing now.
};

/// What was found of one partition, before anything of it is acquired.
struct Found {
  FetchedBatches batches;
  std::vector<RecordKey> keys;
};

/// The headers tell what may be acquired; the records go from the file to the member. Only where keys matter those
/// are read, of as many batches as may be answered with: who finds that others are before it in all of them looks
/// again behind them.
Task<Result<Found>> look(const PartitionReadResult& read, Offset enough, Decompressor* for_keys) {
  Found found;
  Result<FetchedBatches> batches = co_await look_at_slice(read.slice, read.aborted, enough);
  if (!batches) co_return fail(batches.error());
  found.batches = std::move(*batches);
  if (for_keys == nullptr) co_return found;
  Result<std::vector<RecordKey>> keys = co_await read_keys(read.slice, found.batches, *for_keys);
  if (!keys) co_return fail(keys.error());
  found.keys = std::move(*keys);
  co_return found;
}

/// Acquires of what is found from `from` on. Nothing where the log ends there.
Task<Result<std::optional<AcquiredRecords>>> read_and_acquire(Partition& partition, SharePartitionLeader& leader,
                                                              const Attempt& attempt, Offset from,
                                                              Offset& seen_end, Decompressor& decompressor) {
  const ShareFetchOptions& options = attempt.options;
  PartitionReadResult read = co_await partition.read(
      {.from = from,
       .bytes_max = attempt.bytes_max,
       .at_least_one_batch = attempt.at_least_one_batch,
       .isolation = options.config.read_committed ? Isolation::read_committed : Isolation::read_uncommitted});
  seen_end = read.log_end;
  if (read.error) co_return fail(std::move(*read.error));
  if (read.slice.empty()) co_return std::nullopt;
  const Offset enough = from + (std::max<std::int64_t>(attempt.limits.records_max, 1) - 1);
  Decompressor* for_keys = options.config.ordered_by_key ? &decompressor : nullptr;
  const Result<Found> found = co_await look(read, enough, for_keys);
  if (!found) co_return fail(found.error());
  const FetchedBatches& batches = found->batches;
  if (batches.all.empty()) co_return std::nullopt;
  // Another leader may have begun while the records were read; it has them all.
  if (leader.closed()) co_return fail(Errc::not_leader, "{} is not led here any more", text_of(leader.key()));
  AcquiredRecords acquired{.key = attempt.key, .error = {}, .acquired = {}, .records = {}};
  acquired.acquired = leader.acquire(options.member, from, batches.all, attempt.limits, found->keys);
  acquired.acquired = leader.exclude(std::move(acquired.acquired), batches.excluded);
  if (acquired.acquired.empty()) co_return acquired;
  const ByteSpan span = bytes_of(batches, acquired.acquired);
  acquired.bytes = span.end - span.begin;
  acquired.records =
      FileRange{.file = read.slice.file, .position = read.slice.position + span.begin, .size = acquired.bytes};
  co_return acquired;
}

/// Runs on the partition's shard.
Task<AcquiredRecords> acquire_here(BrokerShard& shard, const Attempt& attempt) {
  AcquiredRecords nothing{.key = attempt.key, .error = {}, .acquired = {}, .records = {}};
  const ShareFetchOptions& options = attempt.options;
  const std::shared_ptr<Partition> partition = shard.partitions().find(attempt.key);
  if (!partition) {
    nothing.error = ErrorCode::not_leader_or_follower;
    co_return nothing;
  }
  const std::shared_ptr<SharePartitionLeader> leader =
      shard.share_leaders().leader_of(options.group, attempt.key, partition, options.config);
  if (!leader) {
    nothing.error = ErrorCode::not_leader_or_follower;
    co_return nothing;
  }
  nothing.error = co_await leader->ready();
  if (nothing.error != ErrorCode::none) co_return nothing;
  Offset seen_end = partition->log().end();
  while (true) {
    leader->log_started_at(partition->log().start());
    const std::optional<Offset> from = leader->next_to_fetch(options.member);
    if (!from) break;
    Result<std::optional<AcquiredRecords>> found =
        co_await read_and_acquire(*partition, *leader, attempt, *from, seen_end, shard.decompressor());
    if (!found && found.error().code == Errc::out_of_range && *from >= seen_end) break;
    if (!found) {
      nothing.error = wire_code(found.error().code);
      co_return nothing;
    }
    if (*found && !(*found)->acquired.empty()) co_return std::move(**found);
    // What was read was acquired by another meanwhile, or holds no record; what comes next may be free.
    if (!*found || leader->next_to_fetch(options.member) == from) break;
  }
  partition->add_waiter(attempt.waiter, seen_end);
  leader->add_waiter(attempt.waiter);
  co_return nothing;
}

class ShareAcquirer {
 public:
  ShareAcquirer(RequestContext& context, std::vector<PartitionKey> keys, ShareFetchOptions options)
      : context_(context), keys_(std::move(keys)), options_(std::move(options)) {}

  Task<std::vector<AcquiredRecords>> run() {
    while (true) {
      const auto waiter = std::make_shared<FetchWaiter>(Loop::current(), 1);
      co_await try_once(waiter);
      if (!found_.empty() || keys_.empty() || Loop::current().now() >= options_.deadline)
        co_return std::move(found_);
      co_await waiter->wait_until(options_.deadline);
    }
  }

 private:
  Task<void> try_once(std::shared_ptr<FetchWaiter> waiter) {
    std::int64_t records_left = options_.limits.records_max;
    std::size_t bytes_left = options_.bytes_max;
    for (const PartitionKey& key : keys_) {
      Attempt attempt{.key = key,
                      .options = options_,
                      .limits = options_.limits,
                      .bytes_max = bytes_left,
                      .at_least_one_batch = bytes_left == options_.bytes_max,
                      .waiter = waiter};
      attempt.limits.records_max = records_left;
      BrokerShard& owner = context_.broker.owner_of(key);
      auto acquire = [&owner, &attempt] { return acquire_here(owner, attempt); };
      AcquiredRecords acquired = co_await on(owner.loop(), acquire);
      for (const AcquiredRange& range : acquired.acquired) records_left -= range.last - range.first + 1;
      bytes_left -= std::min(bytes_left, acquired.bytes);
      if (acquired.error != ErrorCode::none || !acquired.acquired.empty()) found_.push_back(std::move(acquired));
      if (records_left <= 0 || bytes_left == 0) co_return;
    }
  }

  RequestContext& context_;
  std::vector<PartitionKey> keys_;
  ShareFetchOptions options_;
  std::vector<AcquiredRecords> found_;
};

}  // namespace

Task<std::vector<AcquiredRecords>> acquire_records(RequestContext& context, std::vector<PartitionKey> keys,
                                                   ShareFetchOptions options) {
  ShareAcquirer acquirer(context, std::move(keys), std::move(options));
  co_return co_await acquirer.run();
}

}  // namespace sluice
