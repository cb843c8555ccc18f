// server/replica_moves.cc: partitions go from one log directory to another while they serve (KIP-113).
#include "base/crossing.h"
#include "base/logging.h"
#include "server/replica_set.h"
#include "storage/partition_metadata.h"

namespace sluice {

/// One partition's way, as the first shard knows it.
struct ReplicaSet::Move {
  PartitionKey key;
  LogName name;
  LogDirectory* target;
  LogConfig config;
  std::string future;   ///< Where the copy is made.
  std::string path;     ///< What it is called in the end.
  std::string renamed;  ///< What the old directory is called in the end.
  std::int64_t bytes_per_second;
};

namespace {

/// What the first shard must know of a partition to move it.
struct Located {
  LogName name;
  std::string path;
  LogConfig config;
};

Task<std::optional<Located>> locate_here(BrokerShard& shard, PartitionKey key) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return std::nullopt;
  co_return Located{
      .name = partition->name(), .path = partition->log().directory(), .config = partition->settings().log};
}

/// Runs on the partition's shard, until the partition has moved. Returns the directory that it left.
Task<Result<std::string>> move_here(BrokerShard& shard, Disk& disk, PartitionKey key, LogOpening future,
                                    LogMove move) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return fail(Errc::closed, "the partition has gone");
  const std::string directory = future.directory;
  future.open_files = shard.open_files();
  auto log = co_await Log::open(shard.loop(), disk, std::move(future));
  if (!log) co_return fail(std::move(log.error()));
  const Result<void> written = co_await partition_metadata::write(disk, directory, key.topic_id);
  if (!written) {
    co_await (*log)->abandon();
    co_return fail(written.error());
  }
  move.future = std::move(*log);
  co_return co_await partition->move_log(std::move(move));
}

Task<bool> end_move_here(BrokerShard& shard, PartitionKey key) {
  if (const auto partition = shard.partitions().find(key)) co_await partition->end_move();
  co_return true;
}

}  // namespace

Task<Result<void>> ReplicaSet::move_partition(PartitionKey key, std::string directory,
                                              const Configuration& config) {
  LogDirectory* const target = directories_.at(directory);
  if (target == nullptr) co_return fail(Errc::not_found, "{} is none of this broker's log directories", directory);
  if (directories_.is_cordoned(*target))
    co_return fail(Errc::refused, "{} is cordoned and takes no more partitions", directory);
  if (target->offline()) co_return fail(Errc::storage_offline, "{} has failed", directory);
  const auto under_way = moves_.find(key);
  if (under_way != moves_.end() && under_way->second == target) co_return Result<void>{};
  co_await end_move(key);
  BrokerShard& owner = owner_of(key);
  auto locate = [&owner, key] { return locate_here(owner, key); };
  const std::optional<Located> located = co_await on(owner.loop(), locate);
  LogDirectory* const source = located ? directories_.directory_of(located->path) : nullptr;
  if (source == nullptr) co_return fail(Errc::not_leader, "the partition is not on this broker");
  if (source == target || moves_.contains(key)) co_return Result<void>{};
  moves_.emplace(key, target);
  moving_.start(carry_out(
      {.key = key,
       .name = located->name,
       .target = target,
       .config = located->config,
       .future = target->unused_path_of(located->name, LogDirectoryKind::future),
       .path = target->path_of(located->name),
       .renamed = source->unused_path_of(located->name, LogDirectoryKind::deleted),
       .bytes_per_second = config.find_int64("replica.alter.log.dirs.io.max.bytes.per.second").value()}));
  co_return Result<void>{};
}

Task<void> ReplicaSet::carry_out(Move move) {
  BrokerShard& owner = owner_of(move.key);
  auto work = [this, &owner, &move] {
    return move_here(owner, disk_, move.key,
                     {.directory = move.future, .config = move.config, .health = move.target->health()},
                     {.future = nullptr,
                      .path = move.path,
                      .renamed = move.renamed,
                      .bytes_per_second = move.bytes_per_second});
  };
  Result<std::string> left = co_await on(owner.loop(), work);
  if (left) {
    directories_.add(move.name, *move.target);
    // Before the old directory goes, since until then its checkpoints are the ones that count.
    co_await write_checkpoints();
    logging::info("{} has moved to {}", move.name.text(), move.target->path());
    co_await remove_now(std::move(*left), move.name);
  } else if (left.error().code != Errc::closed) {
    logging::error("{} could not be moved to {}: {}", move.name.text(), move.target->path(), left.error().what);
  }
  // Where the broker stops, the copy stays as the mark of what to do at the next start.
  if (!left && !moving_.stopping()) co_await remove_now(move.future, move.name);
  moves_.erase(move.key);
  move_ended_.notify_all();
}

Task<void> ReplicaSet::end_move(PartitionKey key) {
  if (!moves_.contains(key)) co_return;
  BrokerShard& owner = owner_of(key);
  auto end = [&owner, key] { return end_move_here(owner, key); };
  co_await on(owner.loop(), end);
  while (moves_.contains(key)) co_await move_ended_.wait();
}

Task<void> ReplicaSet::resume_moves(const MetadataImage& image, const Configuration& config) {
  for (const auto& [log, target] : directories_.unfinished_moves()) {
    const LogName& name = log.name.log;
    co_await remove_now(log.path, name);
    const TopicImage* topic = image.topic(name.topic);
    if (topic == nullptr) continue;
    const Result<void> begun = co_await move_partition({topic->id(), name.partition}, target->path(), config);
    if (!begun) logging::warn("the move of {} is not resumed: {}", name.text(), begun.error().what);
  }
}

}  // namespace sluice
