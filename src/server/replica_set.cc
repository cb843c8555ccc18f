#include "server/replica_set.h"

#include <algorithm>
#include <array>

#include "base/crossing.h"
#include "base/logging.h"
#include "base/when_all.h"
#include "coordinator/internal_topics.h"
#include "server/partition_settings.h"
#include "storage/partition_metadata.h"

namespace sluice {
namespace {

/// How many logs are opened or closed at once: enough to keep the disk busy, few enough to bound open files.
constexpr std::size_t kOpeningsAtOnce = 64;

/// A log directory that has the right name and the wrong topic.
constexpr Errc kOfAnotherTopic = Errc::already_exists;

/// All that the owner needs to open a partition.
struct PartitionOpening {
  PartitionKey key;
  LogName name;
  LogOpening log;
  LeaderEpoch epoch;
  PartitionSettings settings;
};

void report(const LogName& name, const LogRecovery& recovery) {
  if (recovery.cut_bytes == 0) return;
  logging::warn("{}: {} bytes behind offset {} were torn or damaged ({}) and have been cut off", name.text(),
                recovery.cut_bytes, recovery.cut_at.value, recovery.damage);
}

/// Runs on the partition's shard.
Task<Result<void>> open_here(BrokerShard& shard, Disk& disk, PartitionOpening opening) {
  const std::string directory = opening.log.directory;
  const bool opening_was_clean = opening.log.clean;
  opening.log.open_files = shard.open_files();
  const Result<std::optional<Uuid>> known = co_await partition_metadata::read(disk, directory);
  if (known && *known && **known != opening.key.topic_id)
    co_return fail(kOfAnotherTopic, "{} is the log of another topic of that name, {}", directory,
                   (*known)->text());
  Result<std::unique_ptr<Log>> log = co_await Log::open(shard.loop(), disk, std::move(opening.log));
  if (!log) co_return fail(std::move(log.error()));
  report(opening.name, (*log)->recovery());
  if (!known || !*known) {
    const Result<void> written = co_await partition_metadata::write_with(**log, disk, opening.key.topic_id);
    if (!written) logging::error("{}", written.error().what);
  } else if (!opening_was_clean || (*log)->end().value == 0) {
    (*log)->sync_with_next_flush(std::string(partition_metadata::kFileName));
  }
  const Result<void> started = co_await (*log)->start_epoch(opening.epoch);
  if (!started) logging::debug("{}: {}", opening.name.text(), started.error().what);
  shard.partitions().put(
      opening.key, std::make_shared<Partition>(shard.loop(), opening.name, opening.key.topic_id, std::move(*log),
                                               opening.epoch, opening.settings));
  co_return Result<void>{};
}

Task<std::optional<LogName>> name_here(BrokerShard& shard, PartitionKey key) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  co_return partition ? std::optional(partition->name()) : std::nullopt;
}

/// Where a partition was that is no longer.
struct Removed {
  LogName name;
  std::string path;
  std::chrono::milliseconds delay;  ///< file.delete.delay.ms
};

/// Runs on the partition's shard: takes it out of service; its directory is renamed, its files remain open for
/// those who still read them.
Task<std::optional<Removed>> retire_here(BrokerShard& shard, PartitionKey key, std::string renamed) {
  const std::shared_ptr<Partition> partition = shard.partitions().take(key);
  if (!partition) co_return std::nullopt;
  const Result<void> outcome = co_await partition->discard(std::move(renamed));
  if (!outcome)
    logging::error("{} could not be renamed for deletion: {}", partition->name().text(), outcome.error().what);
  co_return Removed{.name = partition->name(),
                    .path = partition->log().directory(),
                    .delay = partition->settings().log.file_delete_delay};
}

struct LogOffsets {
  LogName name;
  std::string path;
  Offset recovery_point, start, high_watermark, cleaned_to;
};

Task<std::vector<LogOffsets>> offsets_here(BrokerShard& shard) {
  std::vector<LogOffsets> offsets;
  for (const auto& partition : shard.partitions().all()) {
    const Log& log = partition->log();
    offsets.push_back({.name = partition->name(),
                       .path = log.directory(),
                       .recovery_point = log.recovery_point(),
                       .start = log.start(),
                       .high_watermark = partition->high_watermark(),
                       .cleaned_to = log.cleaned_to()});
  }
  co_return offsets;
}

Task<bool> close_log(std::shared_ptr<Partition> partition) {
  const Result<void> closed = co_await partition->close();
  if (!closed) logging::error("{} could not be closed: {}", partition->name().text(), closed.error().what);
  co_return closed.has_value();
}

/// Runs on a shard: closes its logs, several at once. False if one could not be.
Task<bool> close_logs_here(BrokerShard& shard) {
  bool all = true;
  std::vector<Task<bool>> closings;
  const std::vector<std::shared_ptr<Partition>> partitions = shard.partitions().all();
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    closings.push_back(close_log(partitions[i]));
    if (closings.size() < kOpeningsAtOnce && i + 1 < partitions.size()) continue;
    for (const bool closed : co_await when_all(std::exchange(closings, {}))) all = all && closed;
  }
  co_return all;
}

Task<bool> configure_here(BrokerShard& shard, PartitionKey key, PartitionSettings settings) {
  if (const auto partition = shard.partitions().find(key)) partition->configure(std::move(settings));
  co_return true;
}

Task<bool> lead_here(BrokerShard& shard, PartitionKey key, LeaderEpoch epoch) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return false;
  const Result<void> led = co_await partition->lead(epoch);
  if (!led) logging::error("{} cannot be led: {}", partition->name().text(), led.error().what);
  co_return led.has_value();
}

}  // namespace

ReplicaSet::ReplicaSet(Loop& loop, Disk& disk, NodeId self, LogDirectories& directories,
                       const std::vector<std::unique_ptr<BrokerShard>>& shards, const BrokerLayers& layers)
    : loop_(loop),
      disk_(disk),
      self_(self),
      directories_(directories),
      shards_(shards),
      layers_(layers),
      opened_(loop),
      opening_(loop),
      checkpoint_writes_(loop),
      removals_(loop),
      move_ended_(loop),
      moving_(loop) {}

bool ReplicaSet::is_ours(const PartitionImage& partition) const {
  return std::ranges::find(partition.replicas, self_) != partition.replicas.end();
}

Task<bool> ReplicaSet::open_partition(const TopicImage& topic, PartitionIndex index, const MetadataImage& image,
                                      const Configuration& config) {
  const LogName name{topic.name(), index};
  LogDirectory& directory = directories_.directory_for(name);
  directories_.add(name, directory);
  Result<void> opened = co_await open_in(directory, topic, index, settings_of(topic, image, config));
  if (!opened && opened.error().code == kOfAnotherTopic) {
    opened = co_await set_aside(directory, name);
    if (opened) opened = co_await open_in(directory, topic, index, settings_of(topic, image, config));
  }
  if (opened) co_return true;
  logging::error("{} is not available: {}", name.text(), opened.error().what);
  all_could_be_opened_ = false;
  co_return false;
}

Task<Result<void>> ReplicaSet::open_in(LogDirectory& directory, const TopicImage& topic, PartitionIndex index,
                                       PartitionSettings settings) {
  const LogName name{topic.name(), index};
  PartitionOpening opening{.key = {topic.id(), index},
                           .name = name,
                           .log = directory.opening(name, settings.log),
                           .epoch = topic.partition(index)->leader_epoch,
                           .settings = std::move(settings)};
  BrokerShard& owner = owner_of(opening.key);
  auto open = [&owner, &disk = disk_, opening = std::move(opening)] { return open_here(owner, disk, opening); };
  co_return co_await on(owner.loop(), std::move(open));
}

/// After a power failure a topic's log may be back under its name although the topic was deleted since.
Task<Result<void>> ReplicaSet::set_aside(LogDirectory& directory, LogName name) {
  const std::string stray = directory.unused_path_of(name, LogDirectoryKind::stray);
  logging::warn("{} is the log of a topic that was deleted; it is kept as {}", directory.path_of(name), stray);
  const Result<void> renamed = co_await disk_.rename(directory.path_of(name), stray);
  if (!renamed) co_return renamed;
  co_await forget({std::move(name)});
  co_return Result<void>{};
}

Task<void> ReplicaSet::open_all(MetadataImagePointer latest) {
  image_ = latest;
  const MetadataImage& image = *latest;
  const Configuration& config = layers_.effective();
  const auto is_wanted = [this, &image](const FoundLog& log) {
    if (log.name.log.topic == "__cluster_metadata") return true;
    const TopicImage* topic = image.topic(log.name.log.topic);
    const PartitionImage* partition = topic == nullptr ? nullptr : topic->partition(log.name.log.partition);
    return partition != nullptr && is_ours(*partition);
  };
  co_await directories_.clear_out(is_wanted);
  std::vector<Task<bool>> openings;
  std::vector<Unopened> later;
  for (const TopicImage* topic : image.topics.sorted_by_name()) {
    for (std::size_t i = 0; i < topic->partition_count(); ++i) {
      if (!is_ours(*topic->partitions()[i])) continue;
      const PartitionIndex index{static_cast<std::int32_t>(i)};
      const bool was_closed = directories_.directory_for({topic->name(), index}).was_clean();
      if (!was_closed && !is_internal_topic(topic->name())) {
        later.push_back({.key = {topic->id(), index}, .name = {topic->name(), index}});
        continue;
      }
      openings.push_back(open_partition(*topic, index, image, config));
      if (openings.size() == kOpeningsAtOnce) co_await when_all(std::exchange(openings, {}));
    }
  }
  co_await when_all(std::move(openings));
  if (later.empty())
    co_await resume_moves(image, config);
  else
    co_await open_later(std::move(later));
}

Task<bool> ReplicaSet::lead_partition(PartitionKey key, LeaderEpoch epoch) {
  BrokerShard& owner = owner_of(key);
  auto lead = [&owner, key, epoch] { return lead_here(owner, key, epoch); };
  co_return co_await on(owner.loop(), lead);
}

Task<void> ReplicaSet::delete_partitions(std::vector<PartitionKey> keys) {
  std::vector<Task<std::optional<LogName>>> deletions;
  std::vector<LogName> deleted;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    deletions.push_back(delete_partition(keys[i]));
    if (deletions.size() < kOpeningsAtOnce && i + 1 < keys.size()) continue;
    for (auto& name : co_await when_all(std::exchange(deletions, {})))
      if (name) deleted.push_back(std::move(*name));
  }
  if (!deleted.empty()) co_await forget(std::move(deleted));
}

Task<std::optional<LogName>> ReplicaSet::delete_partition(PartitionKey key) {
  co_await opening_ended([key](const Unopened& one) { return one.key == key; });
  if (unopened_.contains(key)) co_return co_await delete_unopened(key);
  co_await end_move(key);
  BrokerShard& owner = owner_of(key);
  auto find_name = [&owner, key] { return name_here(owner, key); };
  const std::optional<LogName> name = co_await on(owner.loop(), find_name);
  if (!name) co_return std::nullopt;
  const std::string renamed = directories_.directory_for(*name).unused_path_of(*name, LogDirectoryKind::deleted);
  auto retire = [&owner, key, renamed] { return retire_here(owner, key, renamed); };
  const std::optional<Removed> removed = co_await on(owner.loop(), retire);
  directories_.remove(*name);
  if (removed) removals_.start(remove_later(removed->path, removed->name, removed->delay));
  co_return name;
}

Task<void> ReplicaSet::forget(std::vector<LogName> names) {
  const Turns::Turn turn = co_await checkpoint_writes_.turn();  // One under way may have seen the logs.
  for (const auto& directory : directories_.all()) {
    const Result<void> forgotten = co_await directory->forget(names);
    if (!forgotten)
      logging::error("a checkpoint of {} could not be written: {}", directory->path(), forgotten.error().what);
  }
}

Task<void> ReplicaSet::remove_later(std::string path, LogName name, std::chrono::milliseconds delay) {
  // Whoever still reads what was deleted has so long; at a stop the rest is left to the next start.
  constexpr std::chrono::milliseconds kDelayMax = std::chrono::hours(24 * 365);
  if (co_await removals_.sleep_until(loop_.now() + std::min(delay, kDelayMax))) co_return;
  co_await remove_now(std::move(path), std::move(name));
}

Task<void> ReplicaSet::remove_now(std::string path, LogName name) {
  const Result<void> removed = co_await directories_.remove_renamed(path);
  if (!removed) logging::warn("{}: {} could not be removed: {}", name.text(), path, removed.error().what);
}

Task<void> ReplicaSet::configure_topic(const TopicImage& topic, const MetadataImage& image,
                                       const Configuration& config) {
  const PartitionSettings settings = settings_of(topic, image, config);
  for (std::size_t i = 0; i < topic.partition_count(); ++i) {
    const PartitionKey key{topic.id(), {static_cast<std::int32_t>(i)}};
    BrokerShard& owner = owner_of(key);
    auto configure = [&owner, key, settings] { return configure_here(owner, key, settings); };
    co_await on(owner.loop(), configure);
  }
}

std::vector<PartitionKey> ReplicaSet::gone_with(const MetadataChanges& changes) const {
  std::vector<PartitionKey> gone;
  for (const TopicChange& change : changes.topics) {
    for (const PartitionIndex index : change.partitions()) {
      const PartitionImage* before = change.before ? change.before->partition(index) : nullptr;
      const PartitionImage* after = change.after ? change.after->partition(index) : nullptr;
      if (before != nullptr && is_ours(*before) && (after == nullptr || !is_ours(*after)))
        gone.push_back({change.id(), index});
    }
  }
  return gone;
}

Task<void> ReplicaSet::apply(MetadataImagePointer latest, const MetadataChanges& changes) {
  image_ = latest;
  const MetadataImage& image = *latest;
  const Configuration& config = layers_.effective();
  co_await delete_partitions(gone_with(changes));
  // Those that are yet to be opened will go by what is now: see open_some().
  std::vector<Task<bool>> openings;
  for (const TopicChange& change : changes.topics) {
    for (const PartitionIndex index : change.partitions()) {
      const PartitionImage* before = change.before ? change.before->partition(index) : nullptr;
      const PartitionImage* after = change.after ? change.after->partition(index) : nullptr;
      const bool had = before != nullptr && is_ours(*before);
      const bool has = after != nullptr && is_ours(*after);
      if (has && !had) openings.push_back(open_partition(*change.after, index, image, config));
      if (had && has && after->leader == self_ && after->leader_epoch != before->leader_epoch &&
          !unopened_.contains({change.id(), index}))
        openings.push_back(lead_partition({change.id(), index}, after->leader_epoch));
      if (openings.size() == kOpeningsAtOnce) co_await when_all(std::exchange(openings, {}));
    }
  }
  co_await when_all(std::move(openings));
  for (const ConfigResource& resource : changes.configs) {
    if (resource.type != ConfigResourceType::topic) continue;
    if (const TopicImage* topic = image.topic(resource.name)) co_await configure_topic(*topic, image, config);
  }
  const bool broker_config_changed = std::ranges::any_of(
      changes.configs, [](const ConfigResource& resource) { return resource.type == ConfigResourceType::broker; });
  if (broker_config_changed)
    for (const TopicImage* topic : image.topics.sorted_by_name()) co_await configure_topic(*topic, image, config);
}

Task<void> ReplicaSet::write_checkpoints() {
  const Turns::Turn turn = co_await checkpoint_writes_.turn();
  std::map<LogDirectory*, std::array<LogDirectory::Offsets, 4>> by_directory;
  // What was known of those that are not open yet stays so.
  for (const auto& [key, one] : unopened_) {
    LogDirectory& directory = directories_.directory_for(one.name);
    auto& kept = by_directory[&directory];
    const LogDirectory::Offsets* const known[] = {&directory.recovery_points(), &directory.start_offsets(),
                                                  &directory.high_watermarks(), &directory.cleaner_offsets()};
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (const auto offset = known[i]->find(one.name); offset != known[i]->end()) kept[i].insert(*offset);
  }
  for (const auto& shard : shards_) {
    auto gather = [&shard = *shard] { return offsets_here(shard); };
    const std::vector<LogOffsets> offsets = co_await on(shard->loop(), gather);
    for (const LogOffsets& log : offsets) {
      LogDirectory* directory = directories_.directory_of(log.path);
      if (directory == nullptr) continue;
      auto& [recovery_points, starts, high_watermarks, cleaner_offsets] = by_directory[directory];
      recovery_points[log.name] = log.recovery_point;
      if (log.start.value > 0) starts[log.name] = log.start;
      high_watermarks[log.name] = log.high_watermark;
      if (log.cleaned_to.value > 0) cleaner_offsets[log.name] = log.cleaned_to;
    }
  }
  for (const auto& directory : directories_.all()) {
    auto& [recovery_points, starts, high_watermarks, cleaner_offsets] = by_directory[directory.get()];
    const Result<void> outcomes[] = {co_await directory->write_recovery_points(std::move(recovery_points)),
                                     co_await directory->write_start_offsets(std::move(starts)),
                                     co_await directory->write_high_watermarks(std::move(high_watermarks)),
                                     co_await directory->write_cleaner_offsets(std::move(cleaner_offsets))};
    for (const Result<void>& written : outcomes)
      if (!written)
        logging::error("a checkpoint of {} could not be written: {}", directory->path(), written.error().what);
  }
}

Task<void> ReplicaSet::close(std::int64_t broker_epoch) {
  moving_.stop();
  co_await opening_.close();
  opened_.notify_all();
  co_await removals_.close();
  bool all_closed = unopened_.empty() && all_could_be_opened_;
  for (const auto& shard : shards_) {
    auto close_logs = [&shard = *shard] { return close_logs_here(shard); };
    const bool closed = co_await on(shard->loop(), close_logs);
    all_closed = all_closed && closed;
  }
  co_await moving_.close();
  co_await write_checkpoints();
  if (!all_closed) co_return;  // The next start then looks at the logs as after a crash.
  for (const auto& directory : directories_.all()) {
    const Result<void> marked = co_await directory->mark_clean(broker_epoch);
    if (!marked) logging::error("{}", marked.error().what);
  }
}

}  // namespace sluice
