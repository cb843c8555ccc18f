// server/sim_clients.cc: who is at work in a SimWorld.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "client/cluster.h"
#include "server/sim_world.h"
#include "wire/api/describe_cluster.h"
#include "wire/api/fetch.h"
#include "wire/api/list_groups.h"
#include "wire/api/list_offsets.h"
#include "wire/api/metadata.h"

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {

/// Longer than anything that a node at work takes to answer.
constexpr auto kAnswerWait = 90s;

}  // namespace

client::ClientConfig SimWorld::client_config(std::string id) {
  client::ClientConfig config;
  config.bootstrap_servers = {node_->endpoint()};
  config.client_id = std::move(id);
  config.request_timeout = 10s;
  config.default_api_timeout = 30s;
  config.metadata_max_age = 5s;
  config.allow_auto_create_topics = false;
  config.on_warning = [this, client = config.client_id](std::string_view warning) {
    tell(fmt::format("{} warns: {}", client, warning));
  };
  return config;
}

// --- Producers.

struct SimWorld::Sender {
  int id;
  std::unique_ptr<client::Producer> producer;
  std::int64_t number = 0;
};

client::ProducerConfig SimWorld::producer_config(int id) {
  client::ProducerConfig config;
  config.client = client_config(fmt::format("producer-{}", id));
  const client::Acks acks[] = {client::Acks::none, client::Acks::leader, client::Acks::all, client::Acks::all};
  config.acks = acks[below(std::size(acks))];
  if (config.acks != client::Acks::all || one_in(3)) {
    config.enable_idempotence = false;
    config.max_in_flight_requests_per_connection = 1;
  } else if (one_in(2)) {
    config.max_in_flight_requests_per_connection = 1;
  }
  const Codec codecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};
  config.compression = {.codec = codecs[below(std::size(codecs))]};
  config.linger = some_ms(20);
  config.batch_size = 200 + below(6'000);
  config.max_block = 8s;
  config.delivery_timeout = 20s;
  config.client.request_timeout = 5s;
  return config;
}

Task<void> SimWorld::produce(int) {
  while (!troubled_.stopping()) {
    Sender sender{.id = producers_++, .producer = {}};
    const client::ProducerConfig config = producer_config(sender.id);
    SLUICE_ASSERT(config.check().has_value());
    // Of several batches on their way, a node that starts again from a snapshot knows only the last: Kafka's
    // format has no room for more, and the others are taken for new when they are sent again.
    const bool known_again = gentle_ || config.max_in_flight_requests_per_connection == 1;
    // Without acknowledgements nothing is sent twice, but a request of a connection that has broken may come in
    // behind those of the next one.
    ledger_.producer(sender.id, {.once = (config.idempotent() && known_again) || config.acks == client::Acks::none,
                                 .ordered = config.acks != client::Acks::none});
    tell(fmt::format("producer-{} comes: acks {}, idempotent {}, {} on their way", sender.id,
                     static_cast<int>(config.acks), config.idempotent(),
                     config.max_in_flight_requests_per_connection));
    sender.producer = std::make_unique<client::Producer>(loop_, network_, config);
    do co_await send_some(&sender);
    while (co_await sleep(some_ms(400)) && !one_in(12));
    co_await sender.producer->close(one_in(2) ? loop_.now() + some_ms(2'000) : SteadyTime::max());
  }
}

Task<void> SimWorld::send_some(Sender* sender) {
  const TopicPartition partition = one_in(8) ? TopicPartition{"shaky", {0}} : any_partition();
  for (auto left = below(12); left > 0; --left) {
    const Value value{sender->id, sender->number++};
    const std::string text = value.text();
    auto report = [this, value](const client::Outcome<client::Delivered>& outcome) {
      if (outcome) {
        spdlog::debug("{}.{} is at {} of {}", value.producer, value.number, outcome->offset.value,
                      to_string(outcome->partition));
        ledger_.acknowledged(outcome->partition, outcome->offset, value);
      } else {
        tell(fmt::format("{}.{} fails: {}", value.producer, value.number, outcome.error().what));
      }
    };
    const bool acknowledges = sender->producer->config().acks != client::Acks::none;
    const auto sent = co_await sender->producer->send(
        {.topic = partition.topic, .partition = partition.partition, .value = as_bytes(text)},
        acknowledges ? client::DeliveryReport(report) : client::DeliveryReport{});
    if (!sent) ledger_.refused(value);
  }
  if (one_in(4)) co_await sender->producer->flush();
}

// --- Members of groups.

struct SimWorld::Member {
  std::string group;
  std::unique_ptr<client::Consumer> consumer;
  /// Where each assigned partition is read next; none until the first record of an assignment.
  std::map<TopicPartition, Offset> next;

  static Task<void> forget(SimWorld* world, Member* member, std::set<TopicPartition> partitions) {
    std::string names;
    for (const TopicPartition& partition : partitions) names += " " + to_string(partition);
    world->tell(fmt::format("{} of {}: assignment changes by{}", member->consumer->config().client.client_id,
                            member->group, names));
    for (const TopicPartition& partition : partitions) member->next.erase(partition);
    co_return;
  }
};

Task<void> SimWorld::be_member(int number) {
  while (!troubled_.stopping()) {
    Member member{.group = fmt::format("group-{}", number % 2), .consumer = {}, .next = {}};
    client::ConsumerConfig config;
    config.client = client_config(fmt::format("member-{}", number));
    config.group_id = member.group;
    config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
    config.enable_auto_commit = false;
    config.session_timeout = 6s;
    config.heartbeat_interval = 1s;
    config.max_poll_interval = 20s;
    config.fetch_max_wait = some_ms(1'000);
    config.max_poll_records = 1 + below(50);
    config.partition_assignment_strategy = {number < 2 ? "range" : "roundrobin", "range"};
    if (number == 1) config.partition_assignment_strategy = {"cooperative-sticky", "range"};
    SLUICE_ASSERT(config.check().has_value());
    member.consumer = std::make_unique<client::Consumer>(loop_, network_, config);
    auto forget = [this, &member](std::set<TopicPartition> partitions) {
      return Member::forget(this, &member, std::move(partitions));
    };
    std::set<std::string> topics;
    for (const auto& [topic, partitions] : topics_) topics.insert(topic);
    SLUICE_ASSERT(
        member.consumer->subscribe(topics, {.assigned = forget, .revoked = forget, .lost = forget}).has_value());
    do {
      const auto polled = co_await member.consumer->poll(some_ms(500));
      if (polled) co_await take_records(&member, &*polled);
      if (!member.next.empty() && one_in(4)) co_await commit(&member);
    } while (co_await sleep(some_ms(200)) && !one_in(60));
    co_await member.consumer->close(5s);
  }
}

Task<void> SimWorld::take_records(Member* member, const client::ConsumedRecords* records) {
  for (const client::PartitionRecords& of : records->partitions()) {
    tell(fmt::format("{} of {} reads {} to {} of {}", member->consumer->config().client.client_id, member->group,
                     of.records.front().offset.value, of.records.back().offset.value, to_string(of.partition)));
    const auto before = member->next.find(of.partition);
    Offset next = before == member->next.end() ? of.records.front().offset : before->second;
    for (const client::ConsumedRecord& record : of.records) {
      // Whoever finds himself before the log's start begins at it anew; and a start that was moved may be back
      // after a crash, since it is checkpointed only now and then.
      const bool skipped = record.offset > next && !ledger_.start_may_be(of.partition, record.offset);
      const bool went_back = record.offset < next && !ledger_.start_may_be(of.partition, next);
      if ((skipped || went_back) && !ledger_.end_may_have_moved(of.partition))
        ledger_.violated(fmt::format("{} ({}) reads {} of {} where {} is next", member->group,
                                     member->consumer->config().client.client_id, record.offset.value,
                                     to_string(of.partition), next.value));
      next = record.offset + 1;
      const auto value = record.value ? Value::parse(as_text(*record.value)) : std::nullopt;
      if (value)
        ledger_.read(of.partition, record.offset, *value);
      else
        ledger_.violated(
            fmt::format("{} at {} is no record that was sent", to_string(of.partition), record.offset.value));
    }
    member->next[of.partition] = next;
  }
  co_return;
}

Task<void> SimWorld::commit(Member* member) {
  client::Offsets offsets;
  std::map<TopicPartition, Ledger::Commit> begun;
  for (const auto& [partition, next] : member->next) {
    offsets[partition] = {.offset = next};
    begun[partition] = ledger_.commit_begins(member->group, partition, next);
  }
  const auto committed = co_await member->consumer->commit(std::move(offsets));
  std::string wanted;
  for (const auto& [partition, next] : member->next)
    wanted += fmt::format(" {}@{}", to_string(partition), next.value);
  tell(fmt::format("{} of {} commits{}: {}", member->consumer->config().client.client_id, member->group, wanted,
                   committed ? "done" : committed.error().what));
  if (!committed) co_return;
  for (const auto& [partition, commit] : begun) ledger_.commit_acknowledged(member->group, partition, commit);
}

// --- The admin.

Task<void> SimWorld::administrate() {
  client::Admin admin(loop_, network_, client_config("admin"));
  while (co_await sleep(some_ms(2'500))) {
    switch (below(5)) {
      case 0: co_await change_config(&admin); break;
      case 1: co_await delete_some_records(&admin); break;
      case 2: co_await recreate_topic(&admin); break;
      case 3: co_await grow_topic(&admin); break;
      default: co_await audit_metadata(&admin, "while at work"); break;
    }
  }
  co_await admin.close();
}

Task<void> SimWorld::change_config(client::Admin* admin) {
  const std::string topic = any_partition().topic;
  const char* keys[] = {"max.message.bytes", "index.interval.bytes", "segment.ms"};
  const std::string key = keys[below(std::size(keys))];
  const std::string value = std::to_string(key == "segment.ms" ? 1'000 + below(20'000) : 4'000 + below(100'000));
  std::set<std::string>& known = configs_[{topic, key}];
  known.insert(value);
  const client::ConfigResource resource{client::ConfigResourceType::topic, topic};
  std::map<client::ConfigResource, std::vector<client::AlterConfig>> changes;
  changes[resource] = {{.name = key, .value = value}};
  const auto altered = co_await admin->alter_configs(std::move(changes));
  if (altered.at(resource)) known = {value};
}

Task<void> SimWorld::delete_some_records(client::Admin* admin) {
  const TopicPartition partition = any_partition();
  const auto ends = co_await admin->list_offsets({{partition, client::offset_at::kLatest}});
  if (!ends.at(partition)) co_return;
  const Offset end = ends.at(partition)->offset;
  if (end.value == 0) co_return;
  const Offset before{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(end.value)))};
  ledger_.start_may_move_to(partition, before);
  (void)co_await admin->delete_records({{partition, before}});
}

Task<void> SimWorld::recreate_topic(client::Admin* admin) {
  (void)co_await admin->delete_topics({"shaky"});
  (void)co_await sleep(some_ms(300));
  (void)co_await admin->create_topics({{.name = "shaky", .partitions = 1 + static_cast<int>(below(3))}});
}

Task<void> SimWorld::grow_topic(client::Admin* admin) {
  const std::string topic = any_partition().topic;
  const int wanted = topics_[topic] + 1;
  if (wanted > 4) co_return;
  const auto grown = co_await admin->create_partitions({{topic, {.total = wanted, .assignment = {}}}});
  if (grown.at(topic)) topics_[topic] = std::max(topics_[topic], wanted);
}

// --- Whoever asks this and that, and must be answered.

Task<void> SimWorld::ask_all_sorts() {
  client::Cluster cluster(loop_, network_, client_config("curious"));
  while (co_await sleep(some_ms(600))) {
    const auto node = co_await cluster.any_node(loop_.now() + 2s);
    if (!node) continue;
    const TopicPartition about = any_partition();
    const SteadyTime began = loop_.now();
    const SteadyTime deadline = began + kAnswerWait;
    std::optional<client::Failure> failure;
    const auto note = [&failure](const auto& answer) {
      if (!answer) failure = answer.error();
    };
    switch (below(5)) {
      case 0: note(co_await (*node)->ask(wire::MetadataRequest{}, deadline)); break;
      case 1: note(co_await (*node)->ask(wire::DescribeClusterRequest{}, deadline)); break;
      case 2: note(co_await (*node)->ask(wire::ListGroupsRequest{}, deadline)); break;
      case 3: {
        wire::ListOffsetsRequest request;
        request.replica_id = NodeId{-1};
        auto& topic = request.topics.emplace_back();
        topic.name = about.topic;
        topic.partitions.push_back(
            {.partition_index = about.partition, .timestamp = -static_cast<int>(1 + below(3))});
        note(co_await (*node)->ask(request, deadline));
        break;
      }
      default: {
        wire::FetchRequest request;
        request.max_wait_ms = static_cast<std::int32_t>(below(20'000));
        request.min_bytes = 1;
        auto& topic = request.topics.emplace_back();
        topic.topic = about.topic;
        topic.partitions.push_back({.partition = about.partition,
                                    .fetch_offset = {static_cast<std::int64_t>(below(50))},
                                    .partition_max_bytes = 1 << 16});
        note(co_await (*node)->ask(request, deadline, 12));
        break;
      }
    }
    if (failure && failure->code == ErrorCode::request_timed_out && loop_.now() >= deadline)
      ledger_.violated(fmt::format("a request was neither answered nor its connection closed: {}", failure->what));
  }
  co_await cluster.close();
}

}  // namespace sluice::sim
