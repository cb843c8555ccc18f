// A fake cluster's transaction coordinator, and the producer ids that it gives out.
#include "client/fake_cluster.h"
#include "record/batch_builder.h"
#include "record/control_record.h"

namespace sluice::client {
namespace {

Buffer marker(ProducerId producer, ProducerEpoch epoch, ControlType type) {
  Buffer out;
  BatchBuilder builder(
      out, BatchOptions{.producer_id = producer, .producer_epoch = epoch, .transactional = true, .control = true});
  const auto key = control_key(type);
  const auto value = EndTxnMarker{}.encode();
  (void)builder.append(
      NewRecord{.timestamp = WallTime{std::chrono::milliseconds{1}}, .key = Bytes(key), .value = Bytes(value)});
  (void)builder.finish();
  return out;
}

}  // namespace

void FakeCluster::end_transaction(Transaction& transaction, bool committed) {
  for (const auto& [partition, first] : transaction.partitions) {
    FakeLog& target = log(partition);
    if (!committed) target.aborted.push_back({transaction.producer, first, target.end()});
    target.append_batch(
        marker(transaction.producer, transaction.epoch, committed ? ControlType::commit : ControlType::abort));
  }
  if (committed)
    for (auto& [group_id, offsets] : transaction.offsets)
      for (auto& [partition, offset] : offsets) group(group_id).offsets.insert_or_assign(partition, offset);
  transaction.partitions.clear();
  transaction.offsets.clear();
  appended_.notify_all();
}

ErrorCode FakeCluster::check(const Call& call, std::string_view id, ProducerId producer,
                             ProducerEpoch epoch) const {
  if (call.broker != coordinator) return ErrorCode::not_coordinator;
  if (call.error() != ErrorCode::none) return call.error();
  const auto found = transactions_.find(id);
  if (found == transactions_.end() || found->second.producer != producer)
    return ErrorCode::invalid_producer_id_mapping;
  return found->second.epoch == epoch ? ErrorCode::none : ErrorCode::producer_fenced;
}

Task<wire::InitProducerIdResponse> FakeCluster::reply(Call& call, const wire::InitProducerIdRequest& request) {
  wire::InitProducerIdResponse response;
  response.error_code = call.error();
  if (response.error_code != ErrorCode::none) co_return response;
  if (!request.transactional_id) {
    response.producer_id = ProducerId{next_producer_++};
    response.producer_epoch = ProducerEpoch{0};
    co_return response;
  }
  const std::string id(*request.transactional_id);
  const auto known = transactions_.find(id);
  if (known == transactions_.end()) {
    transactions_[id] = {ProducerId{next_producer_++}, ProducerEpoch{0}, {}, {}};
  } else {
    const bool mine = request.producer_id.value < 0 || (request.producer_id == known->second.producer &&
                                                        request.producer_epoch == known->second.epoch);
    if (!mine) {
      response.error_code = ErrorCode::producer_fenced;
      co_return response;
    }
    ++known->second.epoch.value;
    end_transaction(known->second, false);
  }
  response.producer_id = transactions_.at(id).producer;
  response.producer_epoch = transactions_.at(id).epoch;
  co_return response;
}

Task<wire::AddPartitionsToTxnResponse> FakeCluster::reply(Call& call,
                                                          const wire::AddPartitionsToTxnRequest& request) {
  wire::AddPartitionsToTxnResponse response;
  const ErrorCode error = check(call, request.v3_and_below_transactional_id, request.v3_and_below_producer_id,
                                request.v3_and_below_producer_epoch);
  for (const auto& topic : request.v3_and_below_topics) {
    auto& item = response.results_by_topic_v3_and_below.emplace_back();
    item.name = topic.name;
    for (const PartitionIndex partition : topic.partitions) {
      auto& result = item.results_by_partition.emplace_back();
      result.partition_index = partition;
      result.partition_error_code = error;
      if (error != ErrorCode::none) continue;
      const TopicPartition added{std::string(topic.name), partition};
      Transaction& transaction = transactions_.find(request.v3_and_below_transactional_id)->second;
      transaction.partitions.emplace(added, log(added).end());
    }
  }
  co_return response;
}

Task<wire::AddOffsetsToTxnResponse> FakeCluster::reply(Call& call, const wire::AddOffsetsToTxnRequest& request) {
  wire::AddOffsetsToTxnResponse response;
  response.error_code = check(call, request.transactional_id, request.producer_id, request.producer_epoch);
  co_return response;
}

Task<wire::TxnOffsetCommitResponse> FakeCluster::reply(Call& call, const wire::TxnOffsetCommitRequest& request) {
  wire::TxnOffsetCommitResponse response;
  const ErrorCode error = check(call, request.transactional_id, request.producer_id, request.producer_epoch);
  for (const auto& topic : request.topics) {
    auto& item = response.topics.emplace_back();
    item.name = topic.name;
    for (const auto& committed : topic.partitions) {
      item.partitions.push_back(
          {.partition_index = committed.partition_index, .error_code = error, .unknown_tags = {}});
      if (error != ErrorCode::none) continue;
      Transaction& transaction = transactions_.find(request.transactional_id)->second;
      transaction.offsets[std::string(request.group_id)][{std::string(topic.name), committed.partition_index}] = {
          committed.committed_offset, committed.committed_leader_epoch, {}};
    }
  }
  co_return response;
}

Task<wire::EndTxnResponse> FakeCluster::reply(Call& call, const wire::EndTxnRequest& request) {
  wire::EndTxnResponse response;
  response.error_code = check(call, request.transactional_id, request.producer_id, request.producer_epoch);
  if (response.error_code == ErrorCode::none)
    end_transaction(transactions_.find(request.transactional_id)->second, request.committed);
  co_return response;
}

}  // namespace sluice::client
