// server/replica_openings.cc: after a start that found logs not closed, partitions are recovered while the broker
// serves the others; those that are asked for come first.
#include <algorithm>
#include <map>

#include "base/crossing.h"
#include "base/logging.h"
#include "base/when_all.h"
#include "server/partition_settings.h"
#include "server/replica_set.h"

namespace sluice {
namespace {

/// Each reads and checks one log at a time.
constexpr int kRecoveriesAtOnce = 16;

Task<bool> expect_here(BrokerShard& shard, std::vector<PartitionKey> keys) {
  for (const PartitionKey key : keys) shard.partitions().expected().expect(key);
  co_return true;
}

Task<bool> settle_here(BrokerShard& shard, PartitionKey key) {
  shard.partitions().expected().settle(key);
  co_return true;
}

Task<bool> update_here(BrokerShard& shard, PartitionKey key, PartitionSettings settings, LeaderEpoch epoch) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return false;
  partition->configure(std::move(settings));
  const Result<void> led = co_await partition->lead(epoch);
  if (!led) logging::error("{} cannot be led: {}", partition->name().text(), led.error().what);
  co_return led.has_value();
}

Task<std::vector<PartitionKey>> wanted_here(BrokerShard& shard) {
  co_return shard.partitions().expected().take_wanted();
}

}  // namespace

Task<void> ReplicaSet::open_later(std::vector<Unopened> unopened) {
  if (unopened.empty()) co_return;
  logging::info(
      "{} partitions were not closed; they are recovered one after another, first those that are asked for",
      unopened.size());
  std::map<BrokerShard*, std::vector<PartitionKey>> by_owner;
  for (Unopened& one : unopened) {
    const PartitionKey key = one.key;
    openings_due_.push_back(key);
    by_owner[&owner_of(key)].push_back(key);
    unopened_.emplace(key, std::move(one));
  }
  for (const auto& shard : shards_) {
    auto expect = [&shard = *shard, &keys = by_owner[shard.get()]] { return expect_here(shard, std::move(keys)); };
    co_await on(shard->loop(), expect);
  }
  opening_.start(open_rest());
}

Task<void> ReplicaSet::open_rest() {
  const SteadyTime began = loop_.now();
  std::vector<Task<bool>> workers;
  for (int i = 0; i < kRecoveriesAtOnce; ++i) workers.push_back(open_some());
  co_await when_all(std::move(workers));
  if (opening_.stopping()) co_return;
  logging::info("all partitions are open, after {} ms",
                std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - began).count());
  co_await resume_moves(*image_, layers_.effective());
}

Task<bool> ReplicaSet::open_some() {
  while (const auto key = co_await next_opening()) {
    const auto found = unopened_.find(*key);
    const TopicImage* topic = image_->topic(found->second.name.topic);
    // Whoever deletes it finds it in `unopened_`.
    if (topic == nullptr || topic->id() != key->topic_id || topic->partition(key->partition) == nullptr) continue;
    found->second.being_opened = true;
    MetadataImagePointer image = image_;
    co_await open_partition(*topic, key->partition, *image, layers_.effective());
    while (image != image_) {  // Until nothing has changed meanwhile.
      image = image_;
      const TopicImage* now = image->topic(found->second.name.topic);
      if (now == nullptr || now->id() != key->topic_id || now->partition(key->partition) == nullptr) break;
      BrokerShard& owner = owner_of(*key);
      auto update = [&owner, key = *key, settings = settings_of(*now, *image, layers_.effective()),
                     epoch = now->partition(key->partition)->leader_epoch] {
        return update_here(owner, key, settings, epoch);
      };
      co_await on(owner.loop(), update);
    }
    co_await settle(*key);
  }
  co_return true;
}

/// The partition is open, or it turned out that it cannot be, or need not be.
Task<void> ReplicaSet::settle(PartitionKey key) {
  unopened_.erase(key);
  opened_.notify_all();
  BrokerShard& owner = owner_of(key);
  auto settle = [&owner, key] { return settle_here(owner, key); };
  co_await on(owner.loop(), settle);
}

Task<std::optional<PartitionKey>> ReplicaSet::next_opening() {
  for (const auto& shard : shards_) {
    auto take = [&shard = *shard] { return wanted_here(shard); };
    for (const PartitionKey& key : co_await on(shard->loop(), take)) openings_due_.push_front(key);
  }
  while (!openings_due_.empty() && !opening_.stopping()) {
    const PartitionKey key = openings_due_.front();
    openings_due_.pop_front();
    const auto found = unopened_.find(key);
    if (found != unopened_.end() && !found->second.being_opened) co_return key;
  }
  co_return std::nullopt;
}

Task<void> ReplicaSet::opening_ended(std::function<bool(const Unopened&)> concerned) {
  const auto is_under_way = [&concerned](const auto& one) {
    return one.second.being_opened && concerned(one.second);
  };
  while (std::ranges::any_of(unopened_, is_under_way)) co_await opened_.wait();
}

Task<void> ReplicaSet::all_opened() {
  while (!unopened_.empty() && !opening_.stopping()) co_await opened_.wait();
}

/// A partition that goes before it was ever opened.
Task<LogName> ReplicaSet::delete_unopened(PartitionKey key) {
  const LogName name = unopened_.at(key).name;
  co_await settle(key);
  LogDirectory& directory = directories_.directory_for(name);
  const std::string renamed = directory.unused_path_of(name, LogDirectoryKind::deleted);
  const Result<void> outcome = co_await disk_.rename(directory.path_of(name), renamed);
  if (!outcome) logging::error("{} could not be renamed for deletion: {}", name.text(), outcome.error().what);
  directories_.remove(name);
  const auto delay = layers_.effective().milliseconds("log.segment.delete.delay.ms");
  if (outcome) removals_.start(remove_later(renamed, name, delay));
  co_return name;
}

}  // namespace sluice
