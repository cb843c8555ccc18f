#include "coordinator/transaction_metadata.h"

#include <array>
#include <limits>
#include <utility>

#include "wire/coordinator/transaction_log.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 8> kNames{"Empty",        "Ongoing",          "PrepareCommit",
                                                 "PrepareAbort", "CompleteCommit",   "CompleteAbort",
                                                 "Dead",         "PrepareEpochFence"};

std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

std::string_view name(TransactionState state) { return kNames[static_cast<std::size_t>(state)]; }

std::optional<TransactionState> parse_transaction_state(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<TransactionState>(i);
  return std::nullopt;
}

Result<CoordinatorRecord> transaction_record(std::string_view transactional_id,
                                             const TransactionMetadata& metadata,
                                             std::int16_t transaction_version) {
  wire::TransactionLogValue value;
  value.producer_id = metadata.producer_id;
  value.producer_epoch = metadata.epoch;
  value.transaction_timeout_ms = static_cast<std::int32_t>(metadata.timeout.count());
  value.transaction_status = static_cast<std::int8_t>(metadata.state);
  value.transaction_last_update_timestamp_ms = milliseconds(metadata.updated);
  value.transaction_start_timestamp_ms = metadata.started ? milliseconds(*metadata.started) : -1;
  value.transaction_partitions.reset();
  if (metadata.state != TransactionState::empty) {
    value.transaction_partitions.emplace();
    for (const auto& [topic, partitions] : metadata.partitions)
      value.transaction_partitions->push_back(
          {.topic = topic, .partition_ids = {partitions.begin(), partitions.end()}, .unknown_tags = {}});
  }
  const bool flexible = transaction_version >= kTransactionsFlexible;
  if (flexible) {
    value.previous_producer_id = metadata.previous_producer_id;
    value.next_producer_id = metadata.next_producer_id;
    value.client_transaction_version = metadata.client_version;
  }
  return coordinator_record(wire::TransactionLogKey{.transactional_id = transactional_id}, value,
                            flexible ? 1 : 0);
}

Result<CoordinatorRecord> transaction_tombstone(std::string_view transactional_id) {
  return coordinator_tombstone(wire::TransactionLogKey{.transactional_id = transactional_id});
}

Result<TransactionMetadata> parse_transaction(Bytes bytes) {
  const Result<wire::TransactionLogValue> value = decode_value<wire::TransactionLogValue>(bytes);
  if (!value) return fail(value.error());
  if (value->transaction_status < 0 || std::cmp_greater_equal(value->transaction_status, kNames.size()))
    return fail(Errc::corrupt, "there is no transaction state {}", value->transaction_status);
  const auto at = [](std::int64_t ms) { return WallTime{std::chrono::milliseconds(ms)}; };
  TransactionMetadata metadata;
  metadata.producer_id = value->producer_id;
  metadata.previous_producer_id = value->previous_producer_id;
  metadata.next_producer_id = value->next_producer_id;
  metadata.epoch = value->producer_epoch;
  metadata.timeout = std::chrono::milliseconds(value->transaction_timeout_ms);
  metadata.state = static_cast<TransactionState>(value->transaction_status);
  metadata.updated = at(value->transaction_last_update_timestamp_ms);
  if (value->transaction_start_timestamp_ms >= 0) metadata.started = at(value->transaction_start_timestamp_ms);
  metadata.client_version = value->client_transaction_version;
  if (metadata.state == TransactionState::empty || !value->transaction_partitions) return metadata;
  for (const auto& topic : *value->transaction_partitions) {
    // No topic is called so, and not every version of the record could say it again.
    if (std::cmp_greater(topic.topic.size(), std::numeric_limits<std::int16_t>::max()))
      return fail(Errc::corrupt, "a topic's name has {} bytes", topic.topic.size());
    metadata.partitions[std::string(topic.topic)].insert(topic.partition_ids.begin(), topic.partition_ids.end());
  }
  return metadata;
}

}  // namespace sluice
