#include "tools/bench/target.h"

#include "client/admin.h"
#include "client/sync.h"

namespace sluice::tools::bench {
namespace {

using client::Admin;

constexpr std::chrono::seconds kPatience{60};

/// The target, once every partition has a leader; nothing before.
std::optional<Target> located(const client::TopicInfo& topic, const client::ClusterView& view,
                              std::int32_t partitions) {
  if (std::cmp_less(topic.partitions.size(), partitions)) return std::nullopt;
  Target target{
      .topic = topic.name, .topic_id = topic.id, .partitions = {}, .brokers = {}, .starts = {}, .ends = {}};
  for (const client::PartitionInfo& partition : topic.partitions) {
    const client::BrokerInfo* leader = view.find_broker(partition.leader);
    if (leader == nullptr) return std::nullopt;
    target.partitions[leader->id.value].push_back(partition.partition);
    target.brokers[leader->id.value] = leader->endpoint;
  }
  return target;
}

using Offsets = std::map<PartitionIndex, Offset>;

Task<Result<Offsets>> offsets_at(Admin& admin, const Target& target, std::int64_t where) {
  std::map<client::TopicPartition, std::int64_t> wanted;
  for (const auto& [broker, partitions] : target.partitions)
    for (const PartitionIndex partition : partitions) wanted[{target.topic, partition}] = where;
  const auto listed = co_await admin.list_offsets(std::move(wanted));
  Offsets offsets;
  for (const auto& [partition, outcome] : listed) {
    if (!outcome) co_return fail(Errc::io, "{}", outcome.error().what);
    offsets[partition.partition] = outcome->offset;
  }
  co_return offsets;
}

Task<Result<Target>> with_offsets(Admin& admin, Target target) {
  auto starts = co_await offsets_at(admin, target, client::offset_at::kEarliest);
  if (!starts) co_return fail(starts.error());
  auto ends = co_await offsets_at(admin, target, client::offset_at::kLatest);
  if (!ends) co_return fail(ends.error());
  target.starts = std::move(*starts);
  target.ends = std::move(*ends);
  co_return target;
}

Task<Result<Target>> prepare(Admin& admin, TargetOptions options) {
  std::vector<client::NewTopic> wanted;
  wanted.push_back({.name = options.topic,
                    .partitions = options.partitions,
                    .replication_factor = {},
                    .assignment = {},
                    .configs = options.configs});
  auto created = co_await admin.create_topics(std::move(wanted));
  const auto& outcome = created.at(options.topic);
  if (!outcome && outcome.error().code != ErrorCode::topic_already_exists)
    co_return fail(Errc::io, "creating topic {}: {}", options.topic, outcome.error().what);

  client::Cluster& cluster = admin.cluster();
  const SteadyTime deadline = cluster.loop_now() + kPatience;
  client::Backoff backoff = cluster.retry_backoff();
  do {
    auto topic = co_await cluster.topic(options.topic, deadline);
    if (topic) {
      auto target = located(*topic, cluster.view(), options.partitions);
      if (target) co_return co_await with_offsets(admin, std::move(*target));
    }
    if (auto updated = co_await cluster.update(deadline); !updated)
      co_return fail(Errc::io, "{}", updated.error().what);
  } while (co_await cluster.pause(backoff, deadline));
  co_return fail(Errc::timed_out, "not every partition of {} has found a leader, or it has fewer than {}",
                 options.topic, options.partitions);
}

Task<Result<std::vector<Endpoint>>> coordinators(Admin& admin, client::CoordinatorType type,
                                                 const std::vector<std::string>& keys) {
  std::vector<Endpoint> found;
  const SteadyTime deadline = admin.cluster().loop_now() + kPatience;
  for (const std::string& key : keys) {
    const auto node = co_await admin.cluster().coordinator(type, key, deadline);
    if (!node) co_return fail(Errc::io, "the coordinator of {}: {}", key, node.error().what);
    found.push_back((*node)->endpoint());
  }
  co_return found;
}

}  // namespace

std::vector<Target::Share> Target::shares(std::size_t connections) const {
  std::vector<Share> shares(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    // Brokers take turns, and each broker's partitions take turns among its connections.
    const auto broker = std::next(partitions.begin(), static_cast<std::ptrdiff_t>(i % partitions.size()));
    const std::vector<PartitionIndex>& led = broker->second;
    const std::size_t number = i / partitions.size();
    const std::size_t siblings = (connections - i % partitions.size() - 1) / partitions.size() + 1;
    shares[i].broker = brokers.at(broker->first);
    for (std::size_t p = number % led.size(); p < led.size(); p += siblings)
      shares[i].partitions.push_back(led[p]);
  }
  return shares;
}

Result<Target> prepare_target(const client::ClientConfig& cluster, TargetOptions options) {
  client::ClientThread thread;
  client::Sync<Admin> admin(thread, cluster);
  return admin([&options](Admin& client) { return prepare(client, options); });
}

Result<std::vector<Endpoint>> find_coordinators(const client::ClientConfig& cluster, client::CoordinatorType type,
                                                const std::vector<std::string>& keys) {
  client::ClientThread thread;
  client::Sync<Admin> admin(thread, cluster);
  return admin([&](Admin& client) { return coordinators(client, type, keys); });
}

}  // namespace sluice::tools::bench
