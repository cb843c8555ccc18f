// server/share_member.h: members of a share group that speak to a simulated node on connections of their own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/admin.h"
#include "client/node.h"
#include "client/producer.h"
#include "record/record_reader.h"
#include "server/sim_node.h"
#include "wire/api/alter_share_group_offsets.h"
#include "wire/api/delete_groups.h"
#include "wire/api/delete_share_group_offsets.h"
#include "wire/api/describe_share_group_offsets.h"
#include "wire/api/find_coordinator.h"
#include "wire/api/initialize_share_group_state.h"
#include "wire/api/read_share_group_state_summary.h"
#include "wire/api/share_acknowledge.h"
#include "wire/api/share_fetch.h"
#include "wire/api/share_group_describe.h"
#include "wire/api/share_group_heartbeat.h"

namespace sluice::sim {

using namespace std::chrono_literals;

using OffsetRange = std::pair<std::int64_t, std::int64_t>;

/// What a fetch has brought of the one partition that there is.
struct ShareFetched {
  ErrorCode error = ErrorCode::none;
  ErrorCode partition_error = ErrorCode::none;
  ErrorCode acknowledge_error = ErrorCode::none;
  std::vector<OffsetRange> acquired;
  std::vector<int> delivery_counts;
  std::vector<std::string> values;   ///< Of the records that were acquired.
  std::vector<std::string> headers;  ///< Likewise, "key=value".
};

/// A member on a connection of its own.
class ShareMember {
 public:
  ShareMember(SimLoop& loop, SimNetwork& network, const SimNode& node, std::string id, Uuid topic)
      : loop_(loop), surroundings_(loop, network, config_), id_(std::move(id)), topic_(topic) {
    node_ = std::make_unique<client::Node>(surroundings_, NodeId{-1}, node.endpoint());
  }
  ~ShareMember() { leave_rudely(); }

  /// Breaks the connection.
  void leave_rudely() {
    if (node_) loop_.run(node_->close());
    node_.reset();
  }

  ShareFetched fetch(std::chrono::milliseconds wait = 0ms, int records = 100,
                     std::vector<OffsetRange> accepted = {}) {
    wire::ShareFetchRequest request;
    request.group_id = "workers";
    request.member_id = id_;
    request.share_session_epoch = epoch_;
    request.max_wait_ms = static_cast<std::int32_t>(wait.count());
    request.max_records = records;
    request.batch_size = records;
    auto& topic = request.topics.emplace_back();
    topic.topic_id = topic_;
    topic.partitions.emplace_back();
    for (const auto& [first, last] : accepted)
      topic.partitions.back().acknowledgement_batches.push_back(
          {.first_offset = {first}, .last_offset = {last}, .acknowledge_types = {1}, .unknown_tags = {}});
    const auto answer = loop_.run(node_->ask(request, loop_.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return {};
    if ((*answer)->error_code == ErrorCode::none) epoch_ = epoch_ + 1;
    return read(**answer);
  }

  /// Joins the group, or tells that it is still there. Returns how many partitions the answer assigns.
  std::size_t beat() {
    wire::ShareGroupHeartbeatRequest request;
    request.group_id = "workers";
    request.member_id = id_;
    request.member_epoch = member_epoch_;
    if (member_epoch_ == 0) request.subscribed_topic_names = {"orders"};
    const auto answer = loop_.run(node_->ask(request, loop_.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return 0;
    EXPECT_EQ((*answer)->error_code, ErrorCode::none) << (*answer)->error_message.value_or("");
    member_epoch_ = (*answer)->member_epoch;
    std::size_t partitions = 0;
    if ((*answer)->assignment)
      for (const auto& topic : (*answer)->assignment->topic_partitions) partitions += topic.partitions.size();
    return partitions;
  }

  void leave() {
    member_epoch_ = -1;
    beat();
    member_epoch_ = 0;
  }

  ErrorCode acknowledge(OffsetRange range, std::int8_t word, bool last = false) {
    wire::ShareAcknowledgeRequest request;
    request.group_id = "workers";
    request.member_id = id_;
    request.share_session_epoch = last ? -1 : epoch_;
    request.is_renew_ack = word == 4;
    auto& topic = request.topics.emplace_back();
    topic.topic_id = topic_;
    auto& partition = topic.partitions.emplace_back();
    partition.acknowledgement_batches.push_back({.first_offset = {range.first},
                                                 .last_offset = {range.second},
                                                 .acknowledge_types = {word},
                                                 .unknown_tags = {}});
    const auto answer = loop_.run(node_->ask(request, loop_.now() + 1min));
    EXPECT_TRUE(answer) << answer.error().what;
    if (!answer) return ErrorCode::unknown_server_error;
    if ((*answer)->error_code != ErrorCode::none) return (*answer)->error_code;
    if (!last) epoch_ = epoch_ + 1;
    EXPECT_EQ((*answer)->responses.size(), 1U);
    return (*answer)->responses.at(0).partitions.at(0).error_code;
  }

  void begin_again() { epoch_ = 0; }

  /// Whatever the answer, and whether there is one.
  Task<void> wait_for_records() {
    wire::ShareFetchRequest request;
    request.group_id = "workers";
    request.member_id = id_;
    request.share_session_epoch = epoch_;
    request.max_wait_ms = 60'000;
    request.max_records = request.batch_size = 100;
    (void)co_await node_->ask(request, loop_.now() + 2min);
  }

 private:
  static ShareFetched read(const wire::ShareFetchResponse& response) {
    ShareFetched fetched{.error = response.error_code,
                         .partition_error = {},
                         .acknowledge_error = {},
                         .acquired = {},
                         .delivery_counts = {},
                         .values = {},
                         .headers = {}};
    for (const auto& topic : response.responses)
      for (const auto& partition : topic.partitions) {
        fetched.partition_error = partition.error_code;
        fetched.acknowledge_error = partition.acknowledge_error_code;
        for (const auto& range : partition.acquired_records) {
          fetched.acquired.emplace_back(range.first_offset.value, range.last_offset.value);
          fetched.delivery_counts.push_back(range.delivery_count);
        }
        if (partition.records) read_records(partition.records->bytes(), fetched);
      }
    return fetched;
  }
  static void note(const RecordView& record, ShareFetched& fetched) {
    fetched.values.emplace_back(record.value ? as_text(*record.value) : "nothing");
    for (const HeaderView& header : record.headers)
      fetched.headers.push_back(fmt::format("{}={}", header.key, as_text(*header.value)));
  }
  static void read_records(Bytes bytes, ShareFetched& fetched) {
    Decompressor decompressor;
    ConstBatchWalk walk(bytes);
    for (auto batch = walk.next(); batch; batch = walk.next()) {
      ASSERT_TRUE(*batch);
      RecordReader reader(**batch, decompressor);
      for (auto record = reader.next(); record; record = reader.next()) {
        ASSERT_TRUE(*record);
        const std::int64_t offset = (*record)->offset.value;
        for (const auto& [first, last] : fetched.acquired)
          if (offset >= first && offset <= last) note(**record, fetched);
      }
    }
  }

  SimLoop& loop_;
  client::ClientConfig config_;
  client::Surroundings surroundings_;
  std::string id_;
  Uuid topic_;
  std::unique_ptr<client::Node> node_;
  std::int32_t epoch_ = 0;
  std::int32_t member_epoch_ = 0;
};

class ShareOnNode : public testing::TestWithParam<int> {
 protected:
  ShareOnNode() : node(loop, network, GetParam()) {
    network.set_latency(1ms);
    start();
    client::ClientConfig config;
    config.bootstrap_servers = {node.endpoint()};
    client::Admin admin(loop, network, config);
    const auto created = loop.run(admin.create_topics({{.name = "orders", .partitions = 1, .configs = {}}}));
    EXPECT_TRUE(created.at("orders")) << created.at("orders").error().what;
    loop.run(admin.close());
    topic = id_of("orders");
  }
  ~ShareOnNode() override { loop.run(node.end(NodeEnd::stop)); }

  Uuid id_of(std::string_view name) {
    for (const auto& partition : node.partitions())
      if (partition->name().topic == name) return partition->topic_id();
    return {};
  }
  void configure_group(const std::string& key, const std::string& value) {
    client::ClientConfig config;
    config.bootstrap_servers = {node.endpoint()};
    client::Admin admin(loop, network, config);
    const client::ConfigResource group{client::ConfigResourceType::group, "workers"};
    const auto altered = loop.run(admin.alter_configs({{group, {{.name = key, .value = value}}}}));
    EXPECT_TRUE(altered.at(group)) << altered.at(group).error().what;
    loop.run(admin.close());
  }

  void start() {
    const auto started = loop.run(node.start());
    ASSERT_TRUE(started) << started.error().what;
  }
  void restart(NodeEnd how) {
    loop.run(node.end(how));
    start();
  }

  void send(int count, std::string_view key = {}) {
    client::ProducerConfig config;
    config.client.bootstrap_servers = {node.endpoint()};
    client::Producer producer(loop, network, config);
    for (int i = 0; i < count; ++i) {
      const std::string value = fmt::format("v{}", sent++);
      EXPECT_TRUE(loop.run(producer.deliver({.topic = "orders",
                                             .partition = PartitionIndex{0},
                                             .key = key.empty() ? std::nullopt : std::optional(as_bytes(key)),
                                             .value = as_bytes(value)})));
    }
    loop.run(producer.close(loop.now() + 10s));
  }

  /// What the group's coordinator does when the group takes the topic up.
  void initialize(std::int64_t start_offset = 0) {
    client::ClientConfig config;
    client::Surroundings surroundings(loop, network, config);
    client::Node asked(surroundings, NodeId{-1}, node.endpoint());
    wire::FindCoordinatorRequest find;
    find.key_type = 2;
    const std::string key = fmt::format("workers:{}:0", topic.text());
    find.coordinator_keys.push_back(key);
    const auto found = loop.run(asked.ask(find, loop.now() + 1min));
    ASSERT_TRUE(found);
    ASSERT_EQ((*found)->coordinators.at(0).error_code, ErrorCode::none);
    wire::InitializeShareGroupStateRequest request;
    request.group_id = "workers";
    auto& one = request.topics.emplace_back();
    one.topic_id = topic;
    auto& partition = one.partitions.emplace_back();
    partition.state_epoch = 1;
    partition.start_offset = {start_offset};
    const auto answer = loop.run(asked.ask(request, loop.now() + 1min));
    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)->results.at(0).partitions.at(0).error_code, ErrorCode::none);
    loop.run(asked.close());
  }

  /// Asks as an administrator does.
  template <class Request>
  auto ask(const Request& request) {
    client::ClientConfig config;
    client::Surroundings surroundings(loop, network, config);
    client::Node asked(surroundings, NodeId{-1}, node.endpoint());
    auto answer = loop.run(asked.ask(request, loop.now() + 1min));
    loop.run(asked.close());
    EXPECT_TRUE(answer) << answer.error().what;
    return std::move(*answer);
  }

  /// Of the one partition: its offset and the group's lag. No value: nothing is told of it.
  std::optional<std::pair<std::int64_t, std::int64_t>> offset_of_group() {
    wire::DescribeShareGroupOffsetsRequest request;
    auto& group = request.groups.emplace_back();
    group.group_id = "workers";
    group.topics.reset();
    const auto answer = ask(request);
    EXPECT_EQ(answer->groups.at(0).error_code, ErrorCode::none);
    if (answer->groups.at(0).topics.empty()) return std::nullopt;
    const auto& partition = answer->groups.at(0).topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error_code, ErrorCode::none);
    return std::pair(partition.start_offset.value, partition.lag);
  }

  std::pair<ErrorCode, ErrorCode> alter(std::int64_t offset, std::string_view name = "orders", int partition = 0) {
    wire::AlterShareGroupOffsetsRequest request;
    request.group_id = "workers";
    auto& altered = request.topics.emplace_back();
    altered.topic_name = name;
    altered.partitions.emplace_back().partition_index = {partition};
    altered.partitions.back().start_offset = {offset};
    const auto answer = ask(request);
    if (answer->responses.empty()) return {answer->error_code, ErrorCode::none};
    return {answer->error_code, answer->responses.at(0).partitions.at(0).error_code};
  }

  std::pair<ErrorCode, ErrorCode> delete_offsets(std::string_view name = "orders") {
    wire::DeleteShareGroupOffsetsRequest request;
    request.group_id = "workers";
    request.topics.emplace_back().topic_name = name;
    const auto answer = ask(request);
    if (answer->responses.empty()) return {answer->error_code, ErrorCode::none};
    return {answer->error_code, answer->responses.at(0).error_code};
  }

  std::unique_ptr<ShareMember> member(std::string id) {
    return std::make_unique<ShareMember>(loop, network, node, std::move(id), topic);
  }

  SimLoop loop;
  SimNetwork network{loop};
  SimNode node;
  Uuid topic;
  int sent = 0;
};

}  // namespace sluice::sim
