// server/sim_audit.cc: what a SimWorld looks for when all is quiet.
#include <fmt/format.h>

#include "server/sim_world.h"

namespace sluice::sim {

using namespace std::chrono_literals;

Task<void> SimWorld::audit(std::string when) {
  const std::size_t before = ledger_.violations().size();
  client::Admin admin(loop_, network_, client_config("auditor"));
  co_await audit_metadata(&admin, when);
  for (const char* group : {"group-0", "group-1"}) {
    const auto committed = co_await admin.list_group_offsets(group);
    if (!committed) {
      ledger_.violated(fmt::format("the offsets of {} cannot be had: {}", group, committed.error().what));
      continue;
    }
    std::map<TopicPartition, Offset> offsets;
    for (const auto& [partition, offset] : *committed) offsets[partition] = offset.offset;
    ledger_.audit_committed(group, offsets);
  }
  co_await admin.close();
  co_await audit_records(when);
  co_await audit_tables(when);
  co_await audit_shares(when);
  if (ledger_.violations().size() > before) ledger_.violated(fmt::format("so it is {}", when));
}

/// Topics and settings that were acknowledged are there.
Task<void> SimWorld::audit_metadata(client::Admin* admin, std::string when) {
  std::vector<std::string> names;
  std::map<std::string, int> expected = topics_;
  const auto settings = configs_;
  for (const auto& [topic, partitions] : expected) names.push_back(topic);
  const auto described = co_await admin->describe_topics(names);
  for (const auto& [topic, partitions] : expected) {
    const auto& found = described.at(topic);
    // A node that is down or whose disk is broken need not answer.
    if (!found && found.error().code != ErrorCode::unknown_topic_or_partition) continue;
    if (!found)
      ledger_.violated(fmt::format("{}: {} is gone", when, topic));
    else if (std::cmp_less(found->partitions.size(), partitions))
      ledger_.violated(
          fmt::format("{}: {} has {} partitions, not {}", when, topic, found->partitions.size(), partitions));
  }
  std::vector<client::ConfigResource> resources;
  for (const std::string& name : names) resources.push_back({client::ConfigResourceType::topic, name});
  const auto configs = co_await admin->describe_configs(resources);
  for (const auto& [resource, entries] : configs) {
    if (!entries) continue;
    for (const client::ConfigEntry& entry : *entries) {
      const auto known = settings.find({resource.name, entry.name});
      if (known == settings.end() || known->second.size() != 1 || configs_.at(known->first) != known->second)
        continue;
      if (known->second.contains(entry.value.value_or("")) || entry.source != client::ConfigSource::topic)
        continue;
      ledger_.violated(fmt::format("{}: {} of {} is {}, not {}", when, entry.name, resource.name,
                                   entry.value.value_or("nothing"), *known->second.begin()));
    }
  }
}

/// Reads everything, from the start of each log to its end.
Task<void> SimWorld::audit_records(std::string when) {
  client::ConsumerConfig config;
  config.client = client_config("auditor");
  config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
  client::Consumer consumer(loop_, network_, config);
  std::set<TopicPartition> all;
  for (const auto& [topic, count] : topics_)
    for (int i = 0; i < count; ++i) all.insert({topic, {i}});
  SLUICE_ASSERT(consumer.assign(all).has_value());
  std::map<TopicPartition, Ledger::Contents> contents;
  std::map<TopicPartition, Offset> starts, ends;
  for (const auto& partition : node_->partitions()) {
    const TopicPartition at{partition->name().topic, partition->name().partition};
    if (!all.contains(at)) continue;
    starts[at] = partition->log().start();
    ends[at] = partition->log().end();
  }
  for (const TopicPartition& partition : all)
    if (!ends.contains(partition)) ledger_.violated(fmt::format("{}: {} is not open", when, to_string(partition)));

  const SteadyTime deadline = loop_.now() + 60s;
  auto left = ends;
  std::erase_if(left, [&starts](const auto& at) { return starts[at.first] == at.second; });
  while (!left.empty() && loop_.now() < deadline) {
    const auto polled = co_await consumer.poll(500ms);
    if (!polled) {
      ledger_.violated(fmt::format("{}: reading fails: {}", when, polled.error().what));
      break;
    }
    for (const client::PartitionRecords& of : polled->partitions()) {
      for (const client::ConsumedRecord& record : of.records) {
        const auto value = record.value ? Value::parse(as_text(*record.value)) : std::nullopt;
        if (value)
          contents[of.partition][record.offset] = *value;
        else
          ledger_.violated(fmt::format("{}: {} at {} is no record that was sent", when, to_string(of.partition),
                                       record.offset.value));
      }
      if (!of.records.empty() && left.contains(of.partition) && of.records.back().offset + 1 >= left[of.partition])
        left.erase(of.partition);
    }
  }
  co_await consumer.close();
  // Retention may have moved a start while it was read.
  for (const auto& partition : node_->partitions()) {
    const TopicPartition at{partition->name().topic, partition->name().partition};
    if (!all.contains(at)) continue;
    Ledger::Contents& found = contents[at];
    const Offset start = partition->log().start();
    found.erase(found.begin(), found.lower_bound(start));
    ledger_.audit(at, start, ends[at], found);
  }
}

/// The newest file of records of a topic's first partition.
std::string SimWorld::some_log(const std::string& topic) {
  const std::string directory = fmt::format("data/{}-0", topic);
  std::string newest;
  for (const std::string& file : node_->disk().files(directory))
    if (file.ends_with(".log")) newest = directory + "/" + file;
  return newest;
}

Task<void> SimWorld::plant_on_disk() {
  if (options_.bug == PlantedBug::disk_drops_write)
    node_->disk().inject(
        {.call = DiskCall::write, .path_contains = some_log("orders"), .error_number = 0, .times = 1});
  if (options_.bug == PlantedBug::start_moves) {
    client::Admin admin(loop_, network_, client_config("vandal"));
    (void)co_await admin.delete_records({{{"orders", {0}}, Offset{-1}}});
    co_await admin.close();
  }
}

Task<void> SimWorld::plant_on_stopped_node() {
  using enum PlantedBug;
  const PlantedBug bug = options_.bug;
  if (bug != disk_rots && bug != log_loses_tail && bug != group_forgets_commits && bug != table_loses_key &&
      bug != share_forgets_states)
    co_return;
  co_await end_node(NodeEnd::stop);
  SimDisk& disk = node_->disk();
  const std::string orders = some_log("orders");
  if (bug == disk_rots) disk.flip_bit(orders, disk.contents(orders).size() - 1);
  if (bug == log_loses_tail) disk.cut(orders, 0);
  if (bug == table_loses_key) disk.cut(some_log("tables"), 0);
  if (bug == group_forgets_commits)
    for (const std::string& file : disk.files("data"))
      if (file.starts_with("__consumer_offsets") && file.ends_with(".log")) disk.cut("data/" + file, 0);
  if (bug == share_forgets_states)
    for (const std::string& file : disk.files("data"))
      if (file.starts_with("__share_group_state")) disk.erase("data/" + file);
  co_await start_node();
}

}  // namespace sluice::sim
