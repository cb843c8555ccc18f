#include "server/sim_world.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {

/// How long the healed world may take for each thing that it must get done.
constexpr auto kHealedWait = 60s;

}  // namespace

SimWorld::SimWorld(WorldOptions options)
    : options_(options),
      loop_(options.seed),
      network_(loop_),
      keeps_deletions_(one_in(2)),
      tables_(keeps_deletions_),
      shares_([this](std::string what) { ledger_.violated("share group: " + what); }),
      troubled_(loop_) {
  gentle_ = options.bug == PlantedBug::none && one_in(5);
  all_flushed_ = options.bug == PlantedBug::disk_ignores_sync || one_in(2);
  SimNode::Settings settings{
      {"metadata.log.max.record.bytes.between.snapshots", std::to_string(500 + below(20'000))},
      {"log.segment.ms", std::to_string(2'000 + below(20'000))},
      {"fetch.max.bytes", std::to_string(1'024 + below(100'000))},
      {"file.delete.delay.ms", std::to_string(below(3'000))},
      {"log.retention.check.interval.ms", "3000"},
      {"log.cleaner.backoff.ms", std::to_string(below(2'000))},
      {"log.cleaner.min.cleanable.ratio", "0.01"},
  };
  if (all_flushed_) settings["log.flush.interval.messages"] = "1";
  shares_.promise(share_promise_ = share_promise(&settings));
  node_ = std::make_unique<SimNode>(loop_, network_, 1 + static_cast<int>(below(3)), std::move(settings));
  node_->disk().set_latency(std::chrono::microseconds(1 + below(2'000)));
  network_.set_latency(std::chrono::microseconds(1 + below(4'000)));
  if (options.bug == PlantedBug::disk_ignores_sync) node_->disk().ignore_syncs();
  loop_.watch([this] { look_at_logs(); });
}

SimWorld::~SimWorld() = default;

WorldOutcome SimWorld::run() {
  loop_.run(live());
  return {.violations = ledger_.violations(),
          .trace = loop_.trace().hash(),
          .events = loop_.trace().events(),
          .acknowledged = ledger_.acknowledged_count(),
          .node_lives = node_->lives(),
          .settled = shares_.settled_count(),
          .compacted = compacted_};
}

void SimWorld::tell(std::string_view what) const {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(loop_.now().time_since_epoch());
  spdlog::info("------ {} us: {}", now.count() - 3'600'000'000, what);
}

Task<bool> SimWorld::sleep(std::chrono::milliseconds time) {
  const bool stopping = co_await troubled_.sleep_until(loop_.now() + time);
  co_return !stopping;
}

SimWorld::TopicPartition SimWorld::any_partition() {
  auto topic = topics_.begin();
  std::advance(topic, static_cast<std::ptrdiff_t>(below(topics_.size())));
  return {topic->first, {static_cast<std::int32_t>(below(static_cast<std::uint64_t>(topic->second)))}};
}

Task<void> SimWorld::live() {
  co_await start_node();
  co_await make_topics();
  TaskGroup clients(loop_);
  for (int i = 0; i < 3; ++i) clients.start(produce(i));
  for (int i = 0; i < 3; ++i) clients.start(be_member(i));
  for (int i = 0; i < 3; ++i) clients.start(share(i));
  clients.start(keep_tables());
  clients.start(administrate());
  clients.start(ask_all_sorts());
  troubled_.start(stir_up());
  TaskGroup clock(loop_);
  (void)co_await clock.sleep_until(loop_.now() + options_.troubled);

  co_await troubled_.close();
  co_await heal();
  co_await clients.close();
  co_await must_accept_everywhere();
  co_await plant_on_stopped_node();
  co_await audit("as it is");
  for (const auto& [how, when] : {std::pair{NodeEnd::stop, "after a clean stop"},
                                  {NodeEnd::kill, "after a kill"},
                                  {NodeEnd::power, "after a power failure"}}) {
    co_await end_node(how);
    co_await start_node();
    co_await audit(when);
  }
  (void)co_await clock.sleep_until(loop_.now() + 1s);
  if (const std::size_t left = node_->connection_count(); left > 0)
    ledger_.violated(fmt::format("{} connections are left whose clients are gone", left));
  co_await end_node(NodeEnd::stop);
}

Task<void> SimWorld::make_topics() {
  client::Admin admin(loop_, network_, client_config("maker"));
  std::vector<client::NewTopic> topics;
  for (const char* name : {"orders", "clicks", "shaky"}) {
    const bool flushed = all_flushed_ || one_in(2);
    const TopicPromise promise{.flushed = flushed,
                               .keeps_all = name != std::string_view("clicks"),
                               .may_vanish = name == std::string_view("shaky")};
    ledger_.promise(name, promise);
    client::NewTopic topic{.name = name, .partitions = 1 + static_cast<int>(below(3))};
    if (flushed && !all_flushed_) topic.configs["flush.messages"] = "1";
    if (!promise.keeps_all) topic.configs["retention.ms"] = std::to_string(3'000 + below(10'000));
    topics.push_back(std::move(topic));
  }
  topics.push_back({.name = "tables",
                    .partitions = 1,
                    .configs = {{"cleanup.policy", "compact"},
                                {"flush.messages", "1"},
                                {"internal.segment.bytes", std::to_string(600 + below(4'000))},
                                {"delete.retention.ms", keeps_deletions_ ? "3600000" : "1000"},
                                {"min.compaction.lag.ms", one_in(4) ? "2000" : "0"}}});
  const auto created = co_await admin.create_topics(topics);
  for (const client::NewTopic& topic : topics) {
    if (const auto& outcome = created.at(topic.name); !outcome)
      ledger_.violated(fmt::format("{} cannot be created: {}", topic.name, outcome.error().what));
    if (topic.name != "shaky" && topic.name != "tables") topics_[topic.name] = *topic.partitions;
  }
  const client::ConfigResource group{client::ConfigResourceType::group, kShareGroup};
  std::map<client::ConfigResource, std::vector<client::AlterConfig>> changes;
  changes[group] = {{.name = "share.auto.offset.reset", .value = "earliest"}};
  const auto altered = co_await admin.alter_configs(std::move(changes));
  if (!altered.at(group))
    ledger_.violated(fmt::format("{} cannot be configured: {}", kShareGroup, altered.at(group).error().what));
  co_await admin.close();
}

Task<void> SimWorld::start_node() {
  tell("start");
  Result<void> started = co_await node_->start();
  tell("started");
  if (!started) {
    // So that the world can come to an end: as if there had never been anything.
    ledger_.violated(fmt::format("the node does not start: {}", started.error().what));
    for (const std::string& file : node_->disk().files("data")) node_->disk().erase("data/" + file);
    started = co_await node_->start();
    SLUICE_ASSERT(started);
  }
  if (!std::exchange(power_failed_, false)) co_return;
  for (const TopicPartition& partition : ledger_.partitions())
    if (!back_.contains(partition)) {
      ledger_.power_failed(partition, {0});
      if (ledger_.end_may_have_moved(partition)) shares_.log_was_cut(partition, {0});
    }
  if (!all_flushed_) ledger_.commits_may_be_lost();
}

Task<void> SimWorld::end_node(NodeEnd how) {
  if (how == NodeEnd::power) {
    power_failed_ = true;
    back_.clear();
    sync_failed_ = false;
  }
  shares_.disturbed(loop_.now());
  if (how == NodeEnd::power) shares_.power_failed(loop_.now());
  tell(how == NodeEnd::stop ? "stop" : how == NodeEnd::kill ? "kill" : "lose power");
  co_await node_->end(how);
  tell("ended");
}

Task<void> SimWorld::stir_up() {
  while (co_await sleep(some_ms(3'000))) {
    switch (gentle_ ? below(4) : below(12)) {
      case 0:
      case 1:
        shares_.disturbed(loop_.now());
        network_.break_one();
        break;
      case 2:
        tell("all connections break");
        shares_.disturbed(loop_.now());
        network_.break_connections();
        break;
      case 4: co_await fail_disk(); break;
      case 5: co_await fill_disk(); break;
      case 3: loop_.set_wall(loop_.wall_now() + some_ms(120'000) - some_ms(120'000)); break;
      case 6: co_await crash_while_starting(); break;
      default: co_await restart_somehow(); break;
    }
  }
}

Task<void> SimWorld::restart_somehow() {
  const NodeEnd ends[] = {NodeEnd::stop, NodeEnd::kill, NodeEnd::power};
  // Pages that a failed sync has lost must not be built upon: the machine starts anew, as its operator would do.
  co_await end_node(sync_failed_ ? NodeEnd::power : ends[below(3)]);
  (void)co_await sleep(some_ms(1'500));
  co_await start_node();
}

Task<void> SimWorld::crash_while_starting() {
  co_await end_node(one_in(2) ? NodeEnd::kill : NodeEnd::stop);
  TaskGroup starting(loop_);
  struct Start {
    static Task<void> run(SimNode* node) { (void)co_await node->start(); }
  };
  starting.start(Start::run(node_.get()));
  (void)co_await sleep(some_ms(60));
  tell("kill while starting");
  co_await node_->end(NodeEnd::kill);
  co_await starting.close();
  co_await start_node();
}

Task<void> SimWorld::fail_disk() {
  using enum DiskCall;
  const DiskCall calls[] = {write, write, sync, open, rename, truncate, allocate, sync_directory, read};
  const char* paths[] = {
      "", "", ".log", "orders", "clicks", "__consumer_offsets", "checkpoint", "__cluster_metadata"};
  const DiskCall call = calls[below(std::size(calls))];
  node_->disk().inject({.call = call,
                        .path_contains = paths[below(std::size(paths))],
                        .error_number = EIO,
                        .skip = static_cast<int>(below(10)),
                        .times = 1});
  tell(fmt::format("disk call {} will fail", static_cast<int>(call)));
  if (call == sync || call == sync_directory) sync_failed_ = true;
  (void)co_await sleep(some_ms(2'000));
  node_->disk().heal();
  co_await restart_somehow();
}

Task<void> SimWorld::fill_disk() {
  tell("the disk is nearly full");
  node_->disk().set_capacity(node_->disk().used() + below(30'000));
  (void)co_await sleep(some_ms(3'000));
  tell("the disk has room");
  node_->disk().set_capacity(std::numeric_limits<std::uint64_t>::max());
}

/// Before anything is appended to it, what a log has kept is known.
void SimWorld::look_what_power_left() {
  for (const auto& partition : node_->partitions()) {
    const TopicPartition name{partition->name().topic, partition->name().partition};
    if (!back_.insert(name).second) continue;
    ledger_.power_failed(name, partition->log().end());
    if (ledger_.end_may_have_moved(name)) shares_.log_was_cut(name, partition->log().end());
  }
}

/// What must hold of every log at every moment.
void SimWorld::look_at_logs() {
  if (power_failed_) look_what_power_left();
  if (loop_.now() == looked_ || !node_->running()) return;
  looked_ = loop_.now();
  if (std::exchange(looked_life_, node_->lives()) != node_->lives()) last_looks_.clear();
  for (const auto& partition : node_->partitions()) {
    const Log& log = partition->log();
    const std::string name = partition->name().text();
    const Offset start = log.start(), mark = partition->high_watermark(), end = log.end();
    shares_.log_starts_at({partition->name().topic, partition->name().partition}, start);
    if (start > mark || mark > end)
      ledger_.violated(
          fmt::format("{}: start {}, high watermark {}, end {}", name, start.value, mark.value, end.value));
    if (log.recovery_point() > end)
      ledger_.violated(
          fmt::format("{}: recovery point {} beyond the end {}", name, log.recovery_point().value, end.value));
    if (!ledger_.start_may_be({partition->name().topic, partition->name().partition}, start))
      ledger_.violated(fmt::format("{} starts at {}, where nobody has moved it", name, start.value));
    auto& last = last_looks_[name + partition->topic_id().text()];
    if (start.value < last[0] || mark.value < last[1] || partition->epoch().value < last[2])
      ledger_.violated(fmt::format("{}: start, high watermark or epoch went back: {} {} {} after {} {} {}", name,
                                   start.value, mark.value, partition->epoch().value, last[0], last[1], last[2]));
    last = {start.value, mark.value, partition->epoch().value};
  }
}

Task<void> SimWorld::heal() {
  node_->disk().heal();
  if (!sync_failed_) co_return;
  co_await end_node(NodeEnd::power);
  co_await start_node();
}

/// With the faults gone the node does all it is for, before long.
Task<void> SimWorld::must_accept_everywhere() {
  co_await plant_on_disk();
  co_await send_to_all("the healed node");
}

/// A record into every partition.
Task<void> SimWorld::send_to_all(std::string who) {
  const int id = producers_++;
  ledger_.producer(id, {.once = true, .ordered = true});
  client::ProducerConfig config;
  config.client = client_config("last");
  config.max_block = kHealedWait;
  config.delivery_timeout = kHealedWait;
  client::Producer producer(loop_, network_, config);
  std::int64_t number = 0;
  for (const auto& [topic, count] : topics_) {
    for (int i = 0; i < count; ++i) {
      const Value value{id, number++};
      const std::string text = value.text();
      const auto delivered =
          co_await producer.deliver({.topic = topic, .partition = PartitionIndex{i}, .value = as_bytes(text)});
      if (!delivered)
        ledger_.violated(fmt::format("{} takes no record in {}-{}: {}", who, topic, i, delivered.error().what));
      else
        ledger_.acknowledged(delivered->partition, delivered->offset, value);
    }
  }
  co_await producer.close(loop_.now() + kHealedWait);
}

}  // namespace sluice::sim
