// server/handlers/produce.cc: Produce (API key 0). Each partition's records go to the shard that owns it; there
// they are checked and appended, once it is clear that what is transactional belongs to an open transaction. The
// answer leaves when all of them are as safe as `acks` asks.
#include "wire/api/produce.h"

#include "base/crossing.h"
#include "base/logging.h"
#include "base/when_all.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/handlers/transaction_admission.h"
#include "server/request_context.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::ProduceRequest;
using wire::ProduceResponse;
using PartitionAnswer = ProduceResponse::PartitionProduceResponse;

constexpr std::int16_t kAcksNone = 0;
constexpr std::int16_t kAcksAll = -1;

struct ProduceOptions {
  std::int16_t api_version;
  std::int16_t acks;
};

using Outcome = std::expected<Appended, ProduceRejection>;

ProduceRejection not_here() {
  return {.code = Errc::not_leader, .message = "the partition is not on this broker"};
}

/// Runs on the partition's shard. `records` are the origin's, which waits.
Task<Outcome> append_here(BrokerShard& shard, PartitionKey key, MutableBytes records, ProduceOptions options,
                          std::optional<VerificationGuard> guard) {
  if (shard.partitions().expected().contains(key)) co_await shard.partitions().expected().wait_for(key);
  // Held here: the partition may be deleted while this waits.
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return std::unexpected(not_here());
  co_return co_await partition->produce(records, options.api_version, shard.decompressor(),
                                        options.acks == kAcksAll, guard);
}

ErrorCode code_of(Errc code) {
  // Storage has its own words for what Produce calls otherwise.
  if (code == Errc::invalid_argument) return ErrorCode::invalid_txn_state;
  return wire_code(code);
}

void tell_rejection(RequestContext& context, const ProduceRejection& rejection, PartitionAnswer& answer) {
  answer.error_code = code_of(rejection.code);
  answer.base_offset = Offset{-1};
  answer.error_message = context.arena.copy(rejection.message);
  for (const RecordError& error : rejection.record_errors)
    answer.record_errors.push_back({.batch_index = error.batch_index,
                                    .batch_index_error_message = context.arena.copy(error.message),
                                    .unknown_tags = {}});
}

Task<PartitionAnswer> produce_partition(RequestContext& context, const TopicImage* topic,
                                        const ProduceRequest::PartitionProduceData& data, ProduceOptions options,
                                        Admission admission) {
  PartitionAnswer answer;
  answer.index = data.index;
  if (topic == nullptr || topic->partition(data.index) == nullptr) {
    answer.error_code = context.version >= 13 && topic == nullptr ? ErrorCode::unknown_topic_id
                                                                  : ErrorCode::unknown_topic_or_partition;
    answer.base_offset = Offset{-1};
    co_return answer;
  }
  if (admission.error != ErrorCode::none) {
    answer.error_code = admission.error;
    answer.base_offset = Offset{-1};
    co_return answer;
  }
  const PartitionKey key{topic->id(), data.index};
  BrokerShard& owner = context.broker.owner_of(key);
  const Bytes records = data.records ? data.records->bytes() : Bytes{};
  // The frame is this request's own, and batches are given their places in it.
  const MutableBytes set{const_cast<std::byte*>(records.data()), records.size()};
  auto append = [&owner, key, set, options, guard = admission.guard] {
    return append_here(owner, key, set, options, guard);
  };
  const Outcome outcome = co_await on(owner.loop(), append);
  if (!outcome) {
    tell_rejection(context, outcome.error(), answer);
    co_return answer;
  }
  answer.base_offset = outcome->base;
  answer.log_append_time_ms = outcome->append_time.time_since_epoch().count();
  answer.log_start_offset = outcome->log_start;
  co_return answer;
}

/// All partitions at once, in the order of the request: that is the order in which their appends begin.
/// `admissions` has one for each, or none where nothing is transactional.
Task<ProduceResponse> produce_all(RequestContext& context, const ProduceRequest& request,
                                  std::vector<Admission> admissions) {
  const ProduceOptions options{.api_version = context.version, .acks = request.acks};
  std::vector<Task<PartitionAnswer>> appends;
  ProduceResponse response;
  for (const auto& data : request.topic_data) {
    const TopicImage* topic = topic_of(context, data);
    for (const auto& partition : data.partition_data) {
      const Admission admission = admissions.empty() ? Admission{} : admissions[appends.size()];
      appends.push_back(produce_partition(context, topic, partition, options, admission));
    }
    response.responses.push_back(
        {.name = data.name, .topic_id = data.topic_id, .partition_responses = {}, .unknown_tags = {}});
  }
  std::vector<PartitionAnswer> answers = co_await when_all(std::move(appends));
  auto next = answers.begin();
  for (std::size_t i = 0; i < request.topic_data.size(); ++i) {
    const auto count = static_cast<std::ptrdiff_t>(request.topic_data[i].partition_data.size());
    response.responses[i].partition_responses.assign(std::move_iterator(next), std::move_iterator(next + count));
    next += count;
  }
  co_return response;
}

ProduceResponse refuse_all(const ProduceRequest& request, ErrorCode code) {
  ProduceResponse response;
  for (const auto& data : request.topic_data) {
    auto& topic = response.responses.emplace_back();
    topic.name = data.name;
    topic.topic_id = data.topic_id;
    for (const auto& partition : data.partition_data) {
      PartitionAnswer& answer = topic.partition_responses.emplace_back();
      answer.index = partition.index;
      answer.error_code = code;
      answer.base_offset = Offset{-1};
    }
  }
  return response;
}

Task<ProduceResponse> answer(RequestContext& context, const ProduceRequest& request) {
  const bool acks_known = request.acks >= kAcksAll && request.acks <= 1;
  if (!acks_known) co_return refuse_all(request, ErrorCode::invalid_required_acks);
  if (!has_transactional_batches(request)) co_return co_await produce_all(context, request, {});
  if (!request.transactional_id) co_return refuse_all(request, ErrorCode::transactional_id_authorization_failed);
  std::vector<Admission> admissions = co_await admit(context, request);
  co_return co_await produce_all(context, request, std::move(admissions));
}

bool any_failed(const ProduceResponse& response) {
  for (const auto& topic : response.responses)
    for (const PartitionAnswer& answer : topic.partition_responses)
      if (answer.error_code != ErrorCode::none) return true;
  return false;
}

}  // namespace

Task<Result<Reply>> produce(RequestContext& context) {
  wire::Reader in(context.body, wire::kRequestMemory);
  const Result<ProduceRequest> request = ProduceRequest::decode(in, context.version);
  if (!request) co_return fail(request.error());
  const ProduceResponse response = co_await answer(context, *request);
  // Who wants no answer learns of an error by the end of the connection, and looks for the leader anew.
  if (request->acks == kAcksNone) co_return Reply{.frame = {}, .sources = {}, .close = any_failed(response)};
  co_return make_reply(response, context.version, context.correlation_id);
}

}  // namespace sluice::handlers
