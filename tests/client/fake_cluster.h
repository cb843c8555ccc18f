// client/fake_cluster.h: brokers in memory that answer clients with real frames, and fail as a test tells them to.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/admin_types.h"
#include "client/client_config.h"
#include "client/fake_group.h"
#include "client/fake_log.h"
#include "client/fake_share.h"
#include "client/topic_partition.h"
#include "net/frame_reader.h"
#include "simulation/sim_network.h"
#include "wire/api/add_offsets_to_txn.h"
#include "wire/api/add_partitions_to_txn.h"
#include "wire/api/alter_client_quotas.h"
#include "wire/api/alter_user_scram_credentials.h"
#include "wire/api/api_versions.h"
#include "wire/api/create_topics.h"
#include "wire/api/delete_records.h"
#include "wire/api/describe_client_quotas.h"
#include "wire/api/describe_user_scram_credentials.h"
#include "wire/api/end_txn.h"
#include "wire/api/fetch.h"
#include "wire/api/find_coordinator.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/list_offsets.h"
#include "wire/api/metadata.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_fetch.h"
#include "wire/api/offset_for_leader_epoch.h"
#include "wire/api/produce.h"
#include "wire/api/share_acknowledge.h"
#include "wire/api/share_fetch.h"
#include "wire/api/share_group_heartbeat.h"
#include "wire/api/txn_offset_commit.h"
#include "wire/api_table.h"
#include "wire/frame.h"

namespace sluice::client {

/// What happens to the next requests of an API instead of their being answered.
struct FakeFault {
  enum class Kind {
    error,            ///< Each partition (or the whole) gets `error`, and nothing is done.
    error_when_done,  ///< It is done, and then said to have failed.
    cut_before,       ///< The connection breaks, and nothing is done.
    cut_after,        ///< It is done, and the connection breaks.
    silence,          ///< Nothing is ever answered.
  };
  ApiKey api;
  Kind kind = Kind::error;
  ErrorCode error = ErrorCode::none;
  int times = 1;
  int skip = 0;  ///< So many requests are answered as ever before.
};

/// Nodes 1 to n listen on ports 9001 to 9000+n of a SimNetwork. They share one state, so there is no replication.
class FakeCluster {
 public:
  FakeCluster(sim::SimLoop& loop, sim::SimNetwork& network, int brokers);
  ~FakeCluster();

  /// A client's configuration with all brokers in bootstrap.servers.
  ClientConfig client_config() const;

  void create_topic(const std::string& name, int partitions);
  void delete_topic(const std::string& name);
  FakeLog& log(const TopicPartition& partition);
  FakeLog& log(const std::string& topic, int partition) { return log({topic, PartitionIndex{partition}}); }
  void move_leader(const TopicPartition& partition, NodeId to);
  FakeGroup& group(const std::string& id);
  FakeShare& share(const std::string& id) { return shares_[id]; }
  /// Somebody has written to a log, or given records back.
  void appended() { appended_.notify_all(); }

  void stop_broker(NodeId id);
  void start_broker(NodeId id);
  void inject(FakeFault fault) { faults_.push_back(fault); }
  void clear_faults() { faults_.clear(); }
  /// Offers only these versions from now on.
  void limit_versions(ApiKey api, wire::VersionRange versions) { versions_[api] = versions; }
  /// Whether topics are named by ids, as since Kafka 2.8.
  bool has_topic_ids = true;
  /// Larger batches are refused.
  std::size_t message_bytes_max = 1'048'588;

  /// Answers requests of one API as the test says. What the responses view must stay.
  template <class Request>
  void on(std::function<typename Request::Response(NodeId, const Request&)> answer) {
    scripted_[Request::kApiKey] = [answer = std::move(answer)](const Call& call) {
      const Result<Request> request = wire::decode<Request>(call.body, call.version);
      SLUICE_ASSERT(request.has_value());
      Result<wire::Frame> frame =
          wire::encode_response(answer(call.broker, *request), call.version, call.correlation_id);
      SLUICE_ASSERT(frame.has_value());
      return std::move(frame->bytes);
    };
  }

  int count(ApiKey api) const;
  /// Versions in which requests of the API came.
  std::vector<std::int16_t> versions_seen(ApiKey api) const;
  /// How many partitions each Fetch named, and whether it began a session.
  struct SeenFetch {
    std::size_t partitions = 0;
    std::size_t forgotten = 0;
    std::int32_t session_epoch = 0;
  };
  std::vector<SeenFetch> fetches;
  NodeId coordinator{1};
  std::map<QuotaEntity, Quotas> quotas;
  /// By user and mechanism.
  std::map<std::string, std::map<std::int8_t, SaltedPassword>> passwords;

  /// Stops all brokers and lets their tasks end.
  void close();

 private:
  struct Broker {
    Listener* listener = nullptr;
    std::set<Connection*> connections;
    bool running = false;
  };
  struct Call {
    NodeId broker;
    std::int16_t version;
    std::int32_t correlation_id;
    std::optional<FakeFault> fault;
    Bytes body;
    /// What answers view.
    std::deque<std::string> texts;
    std::deque<Buffer> buffers;
    ErrorCode error() const {
      return fault && fault->kind == FakeFault::Kind::error ? fault->error : ErrorCode::none;
    }
    std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
  };

  Task<void> listen(NodeId id);
  Task<void> serve(NodeId id, std::unique_ptr<Connection> connection);
  Task<std::optional<Buffer>> answer(NodeId id, Bytes frame);
  Task<Buffer> dispatch(ApiKey api, Call& call);
  std::optional<FakeFault> next_fault(ApiKey api);
  wire::VersionRange versions(ApiKey api) const;

  template <class Request>
  Task<Buffer> handle(Call& call);

  Task<wire::ApiVersionsResponse> reply(Call& call, const wire::ApiVersionsRequest& request);
  Task<wire::MetadataResponse> reply(Call& call, const wire::MetadataRequest& request);
  Task<wire::ProduceResponse> reply(Call& call, const wire::ProduceRequest& request);
  Task<wire::FetchResponse> reply(Call& call, const wire::FetchRequest& request);
  Task<wire::ListOffsetsResponse> reply(Call& call, const wire::ListOffsetsRequest& request);
  Task<wire::OffsetForLeaderEpochResponse> reply(Call& call, const wire::OffsetForLeaderEpochRequest& request);
  Task<wire::InitProducerIdResponse> reply(Call& call, const wire::InitProducerIdRequest& request);
  Task<wire::AddPartitionsToTxnResponse> reply(Call& call, const wire::AddPartitionsToTxnRequest& request);
  Task<wire::AddOffsetsToTxnResponse> reply(Call& call, const wire::AddOffsetsToTxnRequest& request);
  Task<wire::TxnOffsetCommitResponse> reply(Call& call, const wire::TxnOffsetCommitRequest& request);
  Task<wire::EndTxnResponse> reply(Call& call, const wire::EndTxnRequest& request);
  Task<wire::FindCoordinatorResponse> reply(Call& call, const wire::FindCoordinatorRequest& request);
  Task<wire::OffsetCommitResponse> reply(Call& call, const wire::OffsetCommitRequest& request);
  Task<wire::OffsetFetchResponse> reply(Call& call, const wire::OffsetFetchRequest& request);
  Task<wire::JoinGroupResponse> reply(Call& call, const wire::JoinGroupRequest& request);
  Task<wire::SyncGroupResponse> reply(Call& call, const wire::SyncGroupRequest& request);
  Task<wire::HeartbeatResponse> reply(Call& call, const wire::HeartbeatRequest& request);
  Task<wire::LeaveGroupResponse> reply(Call& call, const wire::LeaveGroupRequest& request);
  Task<wire::CreateTopicsResponse> reply(Call& call, const wire::CreateTopicsRequest& request);
  Task<wire::DeleteRecordsResponse> reply(Call& call, const wire::DeleteRecordsRequest& request);
  Task<wire::DescribeClientQuotasResponse> reply(Call& call, const wire::DescribeClientQuotasRequest& request);
  Task<wire::AlterClientQuotasResponse> reply(Call& call, const wire::AlterClientQuotasRequest& request);
  Task<wire::DescribeUserScramCredentialsResponse> reply(Call& call,
                                                         const wire::DescribeUserScramCredentialsRequest& request);
  Task<wire::AlterUserScramCredentialsResponse> reply(Call& call,
                                                      const wire::AlterUserScramCredentialsRequest& request);

  Task<wire::ShareGroupHeartbeatResponse> reply(Call& call, const wire::ShareGroupHeartbeatRequest& request);
  Task<wire::ShareFetchResponse> reply(Call& call, const wire::ShareFetchRequest& request);
  Task<wire::ShareAcknowledgeResponse> reply(Call& call, const wire::ShareAcknowledgeRequest& request);
  static FakeShare::Session* share_session(FakeShare& group, NodeId broker, std::string_view member,
                                           std::int32_t epoch, ErrorCode& error);
  template <class Batch>
  ErrorCode acknowledge(FakeShare& group, const TopicPartition& partition, const std::string& member,
                        const std::vector<Batch>& batches);
  void release_all(FakeShare& group, NodeId broker, const std::string& member);
  std::optional<wire::ShareFetchResponse::PartitionData> acquire(Call& call, FakeShare& group,
                                                                 const TopicPartition& partition,
                                                                 const std::string& member, std::int32_t& left);

  wire::FetchResponse::PartitionData read_partition(Call& call, const TopicPartition& partition, Offset from,
                                                    std::size_t size_max, bool committed);

  /// What a transactional.id has open.
  struct Transaction {
    ProducerId producer;
    ProducerEpoch epoch;
    std::map<TopicPartition, Offset> partitions;  ///< With where they ended when they were added.
    std::map<std::string, Offsets> offsets;
  };
  ErrorCode check(const Call& call, std::string_view id, ProducerId producer, ProducerEpoch epoch) const;
  void end_transaction(Transaction& transaction, bool committed);

  struct Topic {
    Uuid id;
    std::deque<FakeLog> partitions;
  };
  std::string name_of(const Uuid& id) const;

  sim::SimLoop& loop_;
  sim::SimNetwork& network_;
  TaskGroup tasks_;
  Event appended_;
  ReadScratch scratch_;
  MemoryBudget budget_;
  std::map<NodeId, Broker> brokers_;
  std::map<std::string, Topic> topics_;
  std::map<std::string, std::unique_ptr<FakeGroup>> groups_;
  std::map<std::string, FakeShare> shares_;
  std::deque<FakeFault> faults_;
  std::map<std::string, Transaction, std::less<>> transactions_;
  std::map<ApiKey, wire::VersionRange> versions_;
  std::map<ApiKey, std::function<Buffer(const Call&)>> scripted_;
  std::vector<std::pair<ApiKey, std::int16_t>> calls_;
  struct FetchState {
    std::int32_t epoch = 0;
    std::map<TopicPartition, std::pair<Offset, std::size_t>> partitions;
  };
  std::map<std::int32_t, FetchState> sessions_;
  std::int32_t next_session_ = 1;
  std::uint8_t next_topic_ = 1;
  std::int64_t next_producer_ = 1000;
};

}  // namespace sluice::client
