#include "server/handlers/transaction_admission.h"

#include <map>

#include "base/crossing.h"
#include "base/when_all.h"
#include "record/batch_view.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/transaction_check.h"

namespace sluice::handlers {
namespace {

using wire::ProduceRequest;

constexpr std::int16_t kTopicIdsFrom = 13;
constexpr std::int16_t kAbortableFrom = 11;
constexpr std::int16_t kAddsFrom = 12;

/// A transactional batch on its way.
struct Entrant {
  std::size_t part;  ///< Of the request.
  std::string_view topic;
  PartitionKey key;
  TransactionProducer producer;
  std::int32_t sequence;
};

/// The batch at the front, if it is of a transaction. It was not checked yet: whether it is whole shows when it is
/// appended.
std::optional<ConstBatchView> transactional_batch(const ProduceRequest::PartitionProduceData& data) {
  if (!data.records) return std::nullopt;
  const Bytes bytes = data.records->bytes();
  // Nearly all batches are told by these two fields.
  if (bytes.size() < kBatchHeaderSize || load<std::int8_t>(bytes, batch_field::kMagic) != 2) return std::nullopt;
  if (!Attributes{load<std::int16_t>(bytes, batch_field::kAttributes)}.is_transactional()) return std::nullopt;
  const Result<ConstBatchView> batch = ConstBatchView::parse(bytes, CrcCheck::skip);
  if (!batch || !batch->has_producer()) return std::nullopt;
  return *batch;
}

TransactionSupport support_of(std::int16_t version) {
  if (version >= kAddsFrom) return TransactionSupport::adds_partitions;
  return version >= kAbortableFrom ? TransactionSupport::abortable : TransactionSupport::early;
}

/// Runs on the partition's shard. Nothing if the partition is not here: the append will say so.
Task<VerificationGuard> begin_here(BrokerShard& shard, const Entrant& entrant, bool epoch_bump) {
  if (shard.partitions().expected().contains(entrant.key))
    co_await shard.partitions().expected().wait_for(entrant.key);
  const std::shared_ptr<Partition> partition = shard.partitions().find(entrant.key);
  if (!partition) co_return VerificationGuard{};
  co_return partition->begin_verification(entrant.producer.id, entrant.producer.epoch, entrant.sequence,
                                          epoch_bump);
}

Task<VerificationGuard> begin(Broker& broker, const Entrant& entrant, bool epoch_bump) {
  BrokerShard& owner = broker.owner_of(entrant.key);
  auto there = [&owner, &entrant, epoch_bump] { return begin_here(owner, entrant, epoch_bump); };
  co_return co_await on(owner.loop(), there);
}

/// What producers take for what it is: something to try again.
ErrorCode known_in(std::int16_t version, ErrorCode error) {
  switch (error) {
    case ErrorCode::coordinator_load_in_progress:
    case ErrorCode::coordinator_not_available:
    case ErrorCode::not_coordinator: return ErrorCode::not_enough_replicas;
    case ErrorCode::concurrent_transactions: return version < kAddsFrom ? ErrorCode::not_enough_replicas : error;
    default: return error;
  }
}

std::vector<Entrant> entrants_of(const RequestContext& context, const ProduceRequest& request) {
  std::vector<Entrant> entrants;
  std::size_t part = 0;
  for (const auto& data : request.topic_data) {
    const TopicImage* topic = topic_of(context, data);
    for (const auto& partition : data.partition_data) {
      const std::size_t index = part++;
      const std::optional<ConstBatchView> batch = transactional_batch(partition);
      if (topic == nullptr || topic->partition(partition.index) == nullptr || !batch) continue;
      entrants.push_back({.part = index,
                          .topic = topic->name(),
                          .key = {topic->id(), partition.index},
                          .producer = {batch->producer_id(), batch->producer_epoch()},
                          .sequence = batch->base_sequence()});
    }
  }
  return entrants;
}

}  // namespace

const TopicImage* topic_of(const RequestContext& context, const ProduceRequest::TopicProduceData& data) {
  return context.version >= kTopicIdsFrom ? context.image->topic(data.topic_id) : context.image->topic(data.name);
}

bool has_transactional_batches(const ProduceRequest& request) {
  for (const auto& topic : request.topic_data)
    for (const auto& partition : topic.partition_data)
      if (transactional_batch(partition)) return true;
  return false;
}

Task<std::vector<Admission>> admit(RequestContext& context, const ProduceRequest& request) {
  std::size_t parts = 0;
  for (const auto& data : request.topic_data) parts += data.partition_data.size();
  std::vector<Admission> admissions(parts);
  const TransactionSupport support = support_of(context.version);
  const bool adds = support == TransactionSupport::adds_partitions;
  if (!adds && !context.shard.verifies_transactions()) co_return admissions;

  const std::vector<Entrant> entrants = entrants_of(context, request);
  std::vector<Task<VerificationGuard>> begun;
  for (const Entrant& entrant : entrants) begun.push_back(begin(context.broker, entrant, adds));
  const std::vector<VerificationGuard> guards = co_await when_all(std::move(begun));

  // One request has one producer, unless somebody makes requests by hand.
  std::map<std::pair<ProducerId, ProducerEpoch>, TransactionPartitions> to_check;
  for (std::size_t i = 0; i < entrants.size(); ++i) {
    const Entrant& entrant = entrants[i];
    admissions[entrant.part].guard = guards[i];
    if (guards[i].value != 0)
      to_check[{entrant.producer.id, entrant.producer.epoch}][std::string(entrant.topic)].insert(
          entrant.key.partition);
  }
  for (const auto& [producer, partitions] : to_check) {
    const TransactionClaim claim{.transactional_id = *request.transactional_id,
                                 .producer = {producer.first, producer.second},
                                 .support = support};
    const ErrorCode error =
        known_in(context.version, co_await check_transaction(context.broker, claim, partitions));
    for (std::size_t i = 0; i < entrants.size(); ++i) {
      const bool is_claimed =
          entrants[i].producer.id == producer.first && entrants[i].producer.epoch == producer.second;
      if (is_claimed && guards[i].value != 0) admissions[entrants[i].part].error = error;
    }
  }
  co_return admissions;
}

}  // namespace sluice::handlers
