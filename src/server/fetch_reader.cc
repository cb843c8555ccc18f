#include "server/fetch_reader.h"

#include "base/crossing.h"
#include "base/when_all.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/wire_code.h"

namespace sluice {
namespace {

/// What one shard is asked for, and where the answer belongs.
struct ShardPart {
  BrokerShard* shard = nullptr;
  std::vector<PartitionKey> keys;
  std::vector<PartitionRead> reads;
  std::vector<std::size_t> places;  // In the list of targets.
};

/// From version 10 on clients know zstd.
constexpr std::int16_t kZstdFrom = 10;

PartitionReadResult refuse(Errc code, std::string what) {
  PartitionReadResult result;
  result.error = Error{code, std::move(what)};
  return result;
}

/// An answer keeps the files open that it is sent from. With so many of them, the rest is left to the next fetch.
constexpr std::size_t kFilesMax = 200;

/// Runs on the partitions' shard. The part is the origin's, which waits.
Task<std::vector<PartitionReadResult>> read_here(const ShardPart& part, FetchOptions options) {
  std::vector<PartitionReadResult> results;
  results.reserve(part.keys.size());
  std::size_t left = options.bytes_max;
  std::size_t files = 0;
  for (std::size_t i = 0; i < part.keys.size(); ++i) {
    const std::shared_ptr<Partition> partition = part.shard->partitions().find(part.keys[i]);
    if (!partition) {
      results.push_back(refuse(Errc::not_leader, "the partition is not on this broker"));
      continue;
    }
    const auto& compression = partition->settings().compression;
    if (options.api_version < kZstdFrom && compression && compression->codec == Codec::zstd) {
      results.push_back(refuse(Errc::unsupported_codec, "the client does not know zstd"));
      continue;
    }
    PartitionRead what = part.reads[i];
    what.bytes_max = std::min(what.bytes_max, left);
    what.at_least_one_batch = files == 0;
    results.push_back(co_await partition->read(what));
    const std::size_t size = results.back().slice.size;
    left -= std::min(left, size);
    if (size > 0 && ++files == kFilesMax) left = 0;
  }
  co_return results;
}

/// Runs on the partitions' shard.
Task<bool> subscribe_here(const ShardPart& part, std::vector<Offset> seen_ends,
                          std::shared_ptr<FetchWaiter> waiter) {
  for (std::size_t i = 0; i < part.keys.size(); ++i) {
    const std::shared_ptr<Partition> partition = part.shard->partitions().find(part.keys[i]);
    if (partition)
      partition->add_waiter(waiter, seen_ends[i]);
    else
      waiter->wake();
  }
  co_return true;
}

const TopicImage* topic_of(const RequestContext& context, const FetchTarget& target) {
  return context.version >= 13 ? context.image->topic(target.topic_id) : context.image->topic(target.topic);
}

class FetchReader {
 public:
  FetchReader(RequestContext& context, std::vector<FetchTarget> targets, FetchOptions options)
      : context_(context), options_(options) {
    fetched_.reserve(targets.size());
    for (FetchTarget& target : targets) fetched_.push_back({.target = target, .error = {}, .read = {}});
    for (std::size_t i = 0; i < fetched_.size(); ++i) place(i);
  }

  Task<std::vector<FetchedTarget>> run() {
    while (true) {
      co_await read_once();
      const bool enough = worth_telling_ || bytes_ >= options_.bytes_min || parts_.empty();
      if (enough || Loop::current().now() >= options_.deadline) co_return std::move(fetched_);
      co_await wait_for_more();
    }
  }

 private:
  /// Finds the shard of one target, or what is wrong with it.
  void place(std::size_t at) {
    FetchedTarget& fetched = fetched_[at];
    const FetchTarget& target = fetched.target;
    const TopicImage* topic = topic_of(context_, target);
    if (topic == nullptr || topic->partition(target.partition) == nullptr) {
      fetched.error = topic == nullptr && context_.version >= 13 ? ErrorCode::unknown_topic_id
                                                                 : ErrorCode::unknown_topic_or_partition;
      return;
    }
    const PartitionKey key{topic->id(), target.partition};
    ShardPart& part = part_of(context_.broker.owner_of(key));
    part.keys.push_back(key);
    part.places.push_back(at);
    part.reads.push_back({.from = target.fetch_offset,
                          .bytes_max = static_cast<std::size_t>(std::max(target.bytes_max, 0)),
                          .isolation = options_.isolation,
                          .current_leader_epoch = target.current_leader_epoch,
                          .last_fetched_epoch = target.last_fetched_epoch});
  }

  ShardPart& part_of(BrokerShard& shard) {
    for (ShardPart& part : parts_)
      if (part.shard == &shard) return part;
    parts_.push_back({.shard = &shard, .keys = {}, .reads = {}, .places = {}});
    return parts_.back();
  }

  Task<void> read_once() {
    std::vector<Task<std::vector<PartitionReadResult>>> reads;
    for (const ShardPart& part : parts_) {
      auto read = [&part, options = options_] { return read_here(part, options); };
      reads.push_back(on(part.shard->loop(), read));
    }
    std::vector<std::vector<PartitionReadResult>> results = co_await when_all(std::move(reads));
    for (std::size_t i = 0; i < parts_.size(); ++i)
      for (std::size_t j = 0; j < results[i].size(); ++j)
        fetched_[parts_[i].places[j]].read = std::move(results[i][j]);
    tally();
  }

  /// Counts what was found; cuts what the shards together found beyond the limit, which each of them kept to
  /// alone.
  void tally() {
    bytes_ = 0;
    worth_telling_ = false;
    std::size_t files = 0;
    for (FetchedTarget& fetched : fetched_) {
      PartitionReadResult& read = fetched.read;
      if (read.error) fetched.error = wire_code(read.error->code);
      if (fetched.error != ErrorCode::none || read.diverging) worth_telling_ = true;
      const std::size_t left = options_.bytes_max - std::min(bytes_, options_.bytes_max);
      // A piece of one batch is nothing to a client: it takes the batch for one that no fetch can bring.
      if (bytes_ > 0 && read.slice.size > left) read.slice.size = read.slice.first_batch_size <= left ? left : 0;
      bytes_ += read.slice.size;
      files += read.slice.empty() ? 0 : 1;
    }
    if (files >= kFilesMax) worth_telling_ = true;  // It will not get fuller by waiting.
  }

  Task<void> wait_for_more() {
    auto waiter =
        std::make_shared<FetchWaiter>(Loop::current(), static_cast<std::int64_t>(options_.bytes_min - bytes_));
    std::vector<Task<bool>> subscriptions;
    for (const ShardPart& part : parts_) {
      std::vector<Offset> seen_ends;
      for (const std::size_t at : part.places) seen_ends.push_back(fetched_[at].read.log_end);
      auto subscribe = [&part, seen_ends = std::move(seen_ends), waiter] {
        return subscribe_here(part, seen_ends, waiter);
      };
      subscriptions.push_back(on(part.shard->loop(), std::move(subscribe)));
    }
    co_await when_all(std::move(subscriptions));
    co_await waiter->wait_until(options_.deadline);
  }

  RequestContext& context_;
  FetchOptions options_;
  std::vector<FetchedTarget> fetched_;
  std::vector<ShardPart> parts_;
  std::size_t bytes_ = 0;
  bool worth_telling_ = false;  // An error, or that the client's log diverges.
};

}  // namespace

Task<std::vector<FetchedTarget>> read_targets(RequestContext& context, std::vector<FetchTarget> targets,
                                              FetchOptions options) {
  FetchReader reader(context, std::move(targets), options);
  co_return co_await reader.run();
}

}  // namespace sluice
