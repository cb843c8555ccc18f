#include "server/share_leaders.h"

#include <utility>
#include <vector>

#include "config/iso_duration.h"

namespace sluice {
namespace {

constexpr std::string_view kByDuration = "by_duration:";

DeliverySettings settings_of(const ShareGroupConfig& config) {
  return {.delivery_count_max = static_cast<std::int16_t>(config.delivery_count_limit),
          .record_locks_max = config.partition_record_locks_max,
          .lock_duration = config.record_lock_duration,
          .backoff = config.redelivery_backoff,
          .backoff_max = config.redelivery_backoff_max,
          .ordered_by_key = config.ordered_by_key,
          .dead_letters = !config.dead_letter_topic.empty()};
}

/// Where a group begins that has no offset: share.auto.offset.reset.
Task<Result<Offset>> find_start(std::shared_ptr<Partition> partition, std::string reset, Isolation isolation,
                                WallTime now) {
  if (reset == "earliest") co_return partition->log().start();
  std::int64_t timestamp = list_offset::kLatest;
  if (reset.starts_with(kByDuration)) {
    // Anything else was refused when it was set.
    const auto ago = parse_iso_duration(std::string_view(reset).substr(kByDuration.size()))
                         .value_or(std::chrono::nanoseconds{});
    const auto from = now.time_since_epoch() - std::chrono::duration_cast<std::chrono::milliseconds>(ago);
    timestamp = std::max<std::int64_t>(from.count(), 0);
  }
  Result<ListedOffset> listed = co_await partition->list_offset(timestamp, isolation, LeaderEpoch{-1});
  // Nothing as young as that.
  if (listed && listed->offset.value < 0)
    listed = co_await partition->list_offset(list_offset::kLatest, isolation, LeaderEpoch{-1});
  if (!listed) co_return fail(listed.error());
  co_return listed->offset;
}

Task<void> close_and_drop(std::shared_ptr<SharePartitionLeader> leader) { co_await leader->close(); }

}  // namespace

ShareLeaders::ShareLeaders(Loop& loop, SharePersister& persister, DeadLetters& dead_letters)
    : loop_(loop), persister_(persister), dead_letters_(dead_letters), tasks_(loop) {}

std::shared_ptr<SharePartitionLeader> ShareLeaders::leader_of(std::string_view group, const PartitionKey& key,
                                                              std::shared_ptr<Partition> partition,
                                                              const ShareGroupConfig& config) {
  // Requests are still at work while the node stops, and what it closes wakes those that wait.
  if (tasks_.stopping()) return nullptr;
  Id id{std::string(group), key};
  const auto found = leaders_.find(id);
  if (found != leaders_.end()) {
    const std::shared_ptr<SharePartitionLeader>& known = found->second;
    if (!known->closed() && known->epoch() == partition->epoch()) {
      known->configure(settings_of(config));
      return known;
    }
    retire(std::move(found->second));
    leaders_.erase(found);
  }
  const LeaderEpoch epoch = partition->epoch();
  const Isolation isolation = config.read_committed ? Isolation::read_committed : Isolation::read_uncommitted;
  auto start = [this, partition = std::move(partition), reset = config.auto_offset_reset, isolation] {
    return find_start(partition, reset, isolation, loop_.wall_now());
  };
  auto leader = std::make_shared<SharePartitionLeader>(
      loop_, SharePartitionKey{std::string(group), key.topic_id, key.partition}, epoch, persister_,
      settings_of(config), std::move(start), &dead_letters_);
  leaders_.emplace(std::move(id), leader);
  return leader;
}

std::shared_ptr<SharePartitionLeader> ShareLeaders::find(std::string_view group, const PartitionKey& key) const {
  const auto found = leaders_.find(Id{std::string(group), key});
  return found == leaders_.end() ? nullptr : found->second;
}

void ShareLeaders::retire(std::shared_ptr<SharePartitionLeader> leader) {
  tasks_.start(close_and_drop(std::move(leader)));
}

void ShareLeaders::forget(const std::set<Uuid>& topics) {
  std::erase_if(leaders_, [&](auto& entry) {
    if (!topics.contains(entry.first.second.topic_id)) return false;
    retire(std::move(entry.second));
    return true;
  });
}

void ShareLeaders::forget(std::string_view group, const PartitionKey& key) {
  const auto found = leaders_.find(Id{std::string(group), key});
  if (found == leaders_.end()) return;
  retire(std::move(found->second));
  leaders_.erase(found);
}

Task<void> ShareLeaders::release(std::string group, std::string member) {
  std::vector<std::shared_ptr<SharePartitionLeader>> of_group;
  for (auto at = leaders_.lower_bound(Id{group, {}}); at != leaders_.end() && at->first.first == group; ++at)
    of_group.push_back(at->second);
  for (const auto& leader : of_group) co_await leader->release(member);
}

Task<void> ShareLeaders::close() {
  for (auto& [id, leader] : std::exchange(leaders_, {})) retire(std::move(leader));
  co_await tasks_.close();
}

}  // namespace sluice
