// controller/node.h: a node with its controller on a simulated disk, and the verbs that tests of it are told in.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "controller/activation.h"
#include "controller/cluster.h"
#include "controller/controller.h"
#include "raft/format.h"
#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"
#include "wire/random_uuid.h"

namespace sluice::test {

/// Puts a directory of the fixture onto a disk.
inline void load_fixture(sim::SimDisk& disk, const std::string& name, const std::string& to) {
  const std::filesystem::path root = std::filesystem::path(SLUICE_FIXTURE_DIR) / name;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    disk.set_contents(to + "/" + entry.path().lexically_relative(root).string(), bytes);
  }
}

/// Node 1 with the log directory "data". The world must outlive its controller; stop() or abandon() ends it.
class Node {
 public:
  explicit Node(std::uint64_t seed = 1) : loop(seed) {
    options.node_id = {1};
    options.session_timeout = std::chrono::seconds(9);
    options.endpoints = {{.name = "CONTROLLER", .host = "localhost", .port = 9093, .security_protocol = 0}};
    options.publish = [this](MetadataUpdate update) { return take(this, std::move(update)); };
  }
  ~Node() { abandon(); }

  void format(MetadataVersion version = kMetadataVersionLatest) {
    raft::FormatOptions wanted;
    wanted.cluster_id = "cluster";
    wanted.node_id = {1};
    wanted.log_dirs = {"data"};
    wanted.metadata_log_dir = "data";
    wanted.initial_voters = {{.key = {.id = {1}, .directory_id = {}},
                              .endpoints = {{.listener = "CONTROLLER", .host = "localhost", .port = 9093}}}};
    const RecordList records = bootstrap_records(version);
    for (const Bytes record : records.values())
      wanted.bootstrap_records.emplace_back(record.begin(), record.end());
    const auto formatted = loop.run(raft::format(loop, disk, wanted));
    ASSERT_TRUE(formatted) << formatted.error().what;
  }

  Result<void> try_start() {
    abandon();
    const auto meta = loop.run(MetaProperties::read(disk, "data"));
    EXPECT_TRUE(meta && *meta);
    options.cluster_id = (*meta)->cluster_id.value_or("");
    options.incarnation_id = random_uuid(loop);
    options.log.log_dir = "data";
    options.log.local = {.id = {1}, .directory_id = (*meta)->directory_id.value_or(Uuid{})};
    directory_id = options.log.local.directory_id;
    options.log.log.health = std::make_shared<DirectoryHealth>();  // A new process trusts its disk again.
    published.clear();
    auto opened = loop.run(Controller::open(loop, disk, options));
    if (!opened) return fail(opened.error());
    controller = std::move(*opened);
    return {};
  }
  void start() {
    const auto started = try_start();
    ASSERT_TRUE(started) << started.error().what;
  }
  /// Registers the broker of the same process and lets it in.
  void start_broker(std::int64_t previous_epoch = -1) {
    LocalBroker broker{
        .incarnation_id = random_uuid(loop),
        .endpoints = {{.name = "PLAINTEXT", .host = "localhost", .port = 9092, .security_protocol = 0}},
        .rack = std::nullopt,
        .log_dirs = {directory_id},
        .previous_epoch = previous_epoch};
    const auto registered = loop.run(controller->register_local_broker(broker));
    ASSERT_TRUE(registered) << registered.error().what;
    epoch = *registered;
    const auto unfenced = loop.run(controller->unfence_local_broker());
    ASSERT_TRUE(unfenced) << unfenced.error().what;
  }
  void stop() {
    const auto closed = loop.run(controller->close());
    ASSERT_TRUE(closed) << closed.error().what;
    controller.reset();
  }
  /// The process dies; the machine goes on.
  void abandon() {
    if (!controller) return;
    [[maybe_unused]] const auto closed = loop.run(controller->close());
    controller.reset();
  }

  std::string create(std::string_view topic, std::int32_t partitions = 1) {
    wire::CreateTopicsRequest request;
    auto& item = request.topics.emplace_back();
    item.name = topic;
    item.num_partitions = partitions;
    item.replication_factor = 1;
    const auto answer = loop.run(controller->create_topics(request));
    return said(answer->topics.at(0));
  }
  std::string set(ConfigResourceType type, std::string_view name, std::string_view key, std::string_view value) {
    wire::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = static_cast<std::int8_t>(type);
    resource.resource_name = name;
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.value = value;
    const auto answer = loop.run(controller->incremental_alter_configs(request));
    return said(answer->responses.at(0));
  }
  const MetadataImage& image() const { return *controller->image(); }

  sim::SimLoop loop;
  sim::SimDisk disk{loop};
  ControllerOptions options;
  std::unique_ptr<Controller> controller;
  Uuid directory_id;
  std::int64_t epoch = -1;
  std::vector<MetadataUpdate> published;

 private:
  static Task<void> take(Node* node, MetadataUpdate update) {
    node->published.push_back(std::move(update));
    co_return;
  }
};

}  // namespace sluice::test
