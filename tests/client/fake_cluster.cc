#include "client/fake_cluster.h"

#include <algorithm>

namespace sluice::client {

using namespace std::chrono_literals;

namespace {

constexpr int kFirstPort = 9000;

Endpoint endpoint_of(NodeId id) { return {"fake", static_cast<std::uint16_t>(kFirstPort + id.value)}; }

/// As Kafka does: a connection's requests are answered one after the other.
constexpr std::size_t kFrameMax = 100'000'000;

}  // namespace

FakeCluster::FakeCluster(sim::SimLoop& loop, sim::SimNetwork& network, int brokers)
    : loop_(loop), network_(network), tasks_(loop), appended_(loop), budget_(loop, std::size_t{1} << 40) {
  for (int id = 1; id <= brokers; ++id) start_broker(NodeId{id});
  loop_.run_until_idle();
}

FakeCluster::~FakeCluster() { close(); }

void FakeCluster::close() {
  tasks_.stop();
  for (auto& [id, broker] : brokers_) stop_broker(id);
  for (auto& [id, group] : groups_) group->stop();
  appended_.notify_all();
  loop_.run(tasks_.close());
}

ClientConfig FakeCluster::client_config() const {
  ClientConfig config;
  for (const auto& [id, broker] : brokers_) config.bootstrap_servers.push_back(endpoint_of(id));
  config.client_id = "test";
  return config;
}

void FakeCluster::create_topic(const std::string& name, int partitions) {
  Topic& topic = topics_[name];
  if (has_topic_ids) topic.id.bytes[15] = static_cast<std::byte>(next_topic_++);
  for (int i = 0; i < partitions; ++i) {
    if (std::cmp_less(i, topic.partitions.size())) continue;
    topic.partitions.emplace_back().leader = NodeId{1 + i % static_cast<int>(brokers_.size())};
  }
}

void FakeCluster::delete_topic(const std::string& name) { topics_.erase(name); }

FakeLog& FakeCluster::log(const TopicPartition& partition) {
  return topics_.at(partition.topic).partitions.at(static_cast<std::size_t>(partition.partition.value));
}

void FakeCluster::move_leader(const TopicPartition& partition, NodeId to) {
  FakeLog& moved = log(partition);
  moved.leader = to;
  ++moved.epoch.value;
  appended_.notify_all();
}

FakeGroup& FakeCluster::group(const std::string& id) {
  std::unique_ptr<FakeGroup>& group = groups_[id];
  if (!group) group = std::make_unique<FakeGroup>(loop_);
  return *group;
}

std::string FakeCluster::name_of(const Uuid& id) const {
  for (const auto& [name, topic] : topics_)
    if (topic.id == id) return name;
  return {};
}

void FakeCluster::stop_broker(NodeId id) {
  Broker& broker = brokers_[id];
  broker.running = false;
  if (broker.listener != nullptr) broker.listener->close();
  for (Connection* connection : broker.connections) connection->close();
}

void FakeCluster::start_broker(NodeId id) {
  brokers_[id].running = true;
  tasks_.start(listen(id));
}

Task<void> FakeCluster::listen(NodeId id) {
  Broker& broker = brokers_[id];
  auto listener = co_await network_.listen(endpoint_of(id), {});
  SLUICE_ASSERT(listener.has_value());
  broker.listener = listener->get();
  while (broker.running) {
    auto accepted = co_await (*listener)->accept();
    if (!accepted) break;
    auto connection = network_.adopt(std::move(*accepted), {});
    tasks_.start(serve(id, std::move(*connection)));
  }
  if (broker.listener == listener->get()) broker.listener = nullptr;
}

Task<void> FakeCluster::serve(NodeId id, std::unique_ptr<Connection> connection) {
  brokers_[id].connections.insert(connection.get());
  FrameReader reader(*connection, scratch_, budget_);
  while (true) {
    Result<Frame> frame = co_await reader.next(kFrameMax);
    if (!frame) break;
    std::optional<Buffer> response = co_await answer(id, frame->bytes.bytes());
    if (!response) break;
    if (response->empty()) continue;
    const Bytes parts[] = {response->bytes()};
    const Result<void> written = co_await connection->write(parts, More::no);
    if (!written) break;
  }
  brokers_[id].connections.erase(connection.get());
  connection->close();
}

std::optional<FakeFault> FakeCluster::next_fault(ApiKey api) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->api != api) continue;
    if (fault->skip > 0) {
      --fault->skip;
      return std::nullopt;
    }
    const FakeFault found = *fault;
    if (--fault->times == 0) faults_.erase(fault);
    return found;
  }
  return std::nullopt;
}

wire::VersionRange FakeCluster::versions(ApiKey api) const {
  const auto limited = versions_.find(api);
  return limited != versions_.end() ? limited->second : wire::api_info(api).current;
}

int FakeCluster::count(ApiKey api) const {
  return static_cast<int>(std::ranges::count(calls_, api, &std::pair<ApiKey, std::int16_t>::first));
}

std::vector<std::int16_t> FakeCluster::versions_seen(ApiKey api) const {
  std::vector<std::int16_t> seen;
  for (const auto& [key, version] : calls_)
    if (key == api) seen.push_back(version);
  return seen;
}

Task<std::optional<Buffer>> FakeCluster::answer(NodeId id, Bytes frame) {
  const Result<wire::OpenedRequest> opened = wire::open_request(frame);
  SLUICE_ASSERT(opened.has_value());
  const ApiKey api = opened->header.request_api_key;
  calls_.emplace_back(api, opened->header.request_api_version);
  Call call{.broker = id,
            .version = opened->header.request_api_version,
            .correlation_id = opened->header.correlation_id,
            .fault = next_fault(api),
            .body = opened->body,
            .texts = {},
            .buffers = {}};
  using Kind = FakeFault::Kind;
  if (call.fault && call.fault->kind == Kind::cut_before) co_return std::nullopt;
  if (call.fault && call.fault->kind == Kind::silence) {
    (void)co_await tasks_.sleep_until(SteadyTime::max());
    co_return std::nullopt;
  }
  Buffer response = co_await dispatch(api, call);
  if (call.fault && call.fault->kind == Kind::cut_after) co_return std::nullopt;
  co_return std::move(response);
}

template <class Request>
Task<Buffer> FakeCluster::handle(Call& call) {
  using Response = typename Request::Response;
  const Result<Request> request = wire::decode<Request>(call.body, call.version);
  SLUICE_ASSERT(request.has_value());
  const Response response = co_await reply(call, *request);
  if constexpr (std::same_as<Request, wire::ProduceRequest>) {
    if (request->acks == 0) co_return Buffer();
  }
  Result<wire::Frame> frame = wire::encode_response(response, call.version, call.correlation_id);
  SLUICE_ASSERT(frame.has_value());
  co_return std::move(frame->bytes);
}

Task<Buffer> FakeCluster::dispatch(ApiKey api, Call& call) {
  if (const auto scripted = scripted_.find(api); scripted != scripted_.end()) co_return scripted->second(call);
  switch (api) {
    case ApiKey::api_versions: {
      if (versions(api).contains(call.version)) co_return co_await handle<wire::ApiVersionsRequest>(call);
      // As brokers do: an answer of version 0 that says which versions there are.
      wire::ApiVersionsResponse refusal;
      refusal.error_code = ErrorCode::unsupported_version;
      refusal.api_keys.push_back({.api_key = api,
                                  .min_version = versions(api).low,
                                  .max_version = versions(api).high,
                                  .unknown_tags = {}});
      Result<wire::Frame> frame = wire::encode_response(refusal, 0, call.correlation_id);
      co_return std::move(frame->bytes);
    }
    case ApiKey::metadata: co_return co_await handle<wire::MetadataRequest>(call);
    case ApiKey::produce: co_return co_await handle<wire::ProduceRequest>(call);
    case ApiKey::fetch: co_return co_await handle<wire::FetchRequest>(call);
    case ApiKey::list_offsets: co_return co_await handle<wire::ListOffsetsRequest>(call);
    case ApiKey::offset_for_leader_epoch: co_return co_await handle<wire::OffsetForLeaderEpochRequest>(call);
    case ApiKey::init_producer_id: co_return co_await handle<wire::InitProducerIdRequest>(call);
    case ApiKey::add_partitions_to_txn: co_return co_await handle<wire::AddPartitionsToTxnRequest>(call);
    case ApiKey::add_offsets_to_txn: co_return co_await handle<wire::AddOffsetsToTxnRequest>(call);
    case ApiKey::txn_offset_commit: co_return co_await handle<wire::TxnOffsetCommitRequest>(call);
    case ApiKey::end_txn: co_return co_await handle<wire::EndTxnRequest>(call);
    case ApiKey::find_coordinator: co_return co_await handle<wire::FindCoordinatorRequest>(call);
    case ApiKey::offset_commit: co_return co_await handle<wire::OffsetCommitRequest>(call);
    case ApiKey::offset_fetch: co_return co_await handle<wire::OffsetFetchRequest>(call);
    case ApiKey::join_group: co_return co_await handle<wire::JoinGroupRequest>(call);
    case ApiKey::sync_group: co_return co_await handle<wire::SyncGroupRequest>(call);
    case ApiKey::heartbeat: co_return co_await handle<wire::HeartbeatRequest>(call);
    case ApiKey::leave_group: co_return co_await handle<wire::LeaveGroupRequest>(call);
    case ApiKey::create_topics: co_return co_await handle<wire::CreateTopicsRequest>(call);
    case ApiKey::delete_records: co_return co_await handle<wire::DeleteRecordsRequest>(call);
    case ApiKey::share_group_heartbeat: co_return co_await handle<wire::ShareGroupHeartbeatRequest>(call);
    case ApiKey::share_fetch: co_return co_await handle<wire::ShareFetchRequest>(call);
    case ApiKey::share_acknowledge: co_return co_await handle<wire::ShareAcknowledgeRequest>(call);
    case ApiKey::describe_client_quotas: co_return co_await handle<wire::DescribeClientQuotasRequest>(call);
    case ApiKey::alter_client_quotas: co_return co_await handle<wire::AlterClientQuotasRequest>(call);
    case ApiKey::describe_user_scram_credentials:
      co_return co_await handle<wire::DescribeUserScramCredentialsRequest>(call);
    case ApiKey::alter_user_scram_credentials:
      co_return co_await handle<wire::AlterUserScramCredentialsRequest>(call);
    default: SLUICE_ASSERT(false);
  }
  co_return Buffer();
}

}  // namespace sluice::client
