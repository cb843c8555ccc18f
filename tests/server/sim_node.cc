#include "server/sim_node.h"

#include <algorithm>

#include "base/crossing.h"
#include "config/broker_config.h"

namespace sluice::sim {
namespace {

/// What makes a node small enough to be started a thousand times a minute.
const SimNode::Settings kSmall = {
    {"node.id", "1"},
    {"log.dirs", "data"},
    {"listeners", "PLAINTEXT://node:9092"},
    {"offsets.topic.num.partitions", "3"},
    {"share.coordinator.state.topic.num.partitions", "3"},
    {"group.initial.rebalance.delay.ms", "0"},
    {"log.index.size.max.bytes", "4096"},
};

struct Plan {
  BrokerStart start;
  BrokerConfig config;
};

Result<Plan> make_plan(const SimNode::Settings& settings) {
  std::vector<std::string> overrides;
  for (const auto& [key, value] : settings) overrides.push_back(key + "=" + value);
  auto start = read_broker_sources({.file_name = "", .file_text = {}, .environment = {}, .overrides = overrides});
  if (!start) return fail(std::move(start.error()));
  auto config = read_broker_config(start->configuration, {.hostname = "node", .data_dir = "data"});
  if (!config) return fail(std::move(config.error()));
  return Plan{.start = std::move(*start), .config = std::move(*config)};
}

}  // namespace

SimNode::SimNode(SimLoop& world, SimNetwork& network, int shards, Settings settings)
    : network_(network), disk_(world), settings_(std::move(settings)), turns_(world) {
  settings_.insert(kSmall.begin(), kSmall.end());
  for (int i = 0; i < shards; ++i) loops_.push_back(std::make_unique<SimLoop>(world));
}

SimNode::~SimNode() { SLUICE_ASSERT(!broker_); }

Task<Result<void>> SimNode::start(Readiness readiness) {
  Result<void> started;
  {
    const Turns::Turn turn = co_await turns_.turn();
    SLUICE_ASSERT(!broker_);
    auto plan = make_plan(settings_);
    if (!plan) co_return fail(std::move(plan.error()));
    std::vector<Loop*> loops;
    for (const auto& loop : loops_) loops.push_back(loop.get());
    ++lives_;
    broker_ = std::make_unique<Broker>(Environment{.loops = std::move(loops), .disk = disk_, .network = network_},
                                       std::move(plan->start), std::move(plan->config));
    auto start_there = [broker = broker_.get()] { return broker->start(); };
    started = co_await on(*loops_.front(), start_there);
    running_ = started.has_value();
    auto wait_there = [broker = broker_.get()] { return broker->replicas().all_opened(); };
    if (started && readiness == Readiness::all_open) co_await on(*loops_.front(), wait_there);
  }
  if (!started) co_await end(NodeEnd::stop);
  co_return started;
}

Task<void> SimNode::end(NodeEnd how) {
  const bool dies = how != NodeEnd::stop;
  if (dies) {
    // At once, whatever it is about.
    if (how == NodeEnd::power)
      disk_.lose_power();
    else
      disk_.detach();
    network_.take_down();
  }
  const Turns::Turn turn = co_await turns_.turn();
  running_ = false;
  if (broker_) {
    // A dead node comes to its end too, so that its memory is given back; but nobody can see it do so.
    auto stop_there = [broker = broker_.get()] { return broker->stop(); };
    co_await on(*loops_.front(), stop_there);
    broker_.reset();
  }
  if (dies) {
    if (how == NodeEnd::power)
      disk_.restore_power();
    else
      disk_.attach();
  }
}

std::vector<std::shared_ptr<Partition>> SimNode::partitions() const {
  std::vector<std::shared_ptr<Partition>> all;
  if (!running_) return all;
  for (const auto& shard : broker_->shards())
    for (auto& partition : shard->partitions().all()) all.push_back(std::move(partition));
  std::ranges::sort(all, {}, [](const auto& partition) -> const LogName& { return partition->name(); });
  return all;
}

std::size_t SimNode::connection_count() const {
  std::size_t count = 0;
  if (running_)
    for (const auto& shard : broker_->shards()) count += shard->connection_count();
  return count;
}

}  // namespace sluice::sim
