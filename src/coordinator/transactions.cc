#include "coordinator/transactions.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "wire/coordinator/transaction_log.h"

namespace sluice {
namespace {

bool is_part_of(const TransactionPartitions& some, const TransactionPartitions& all) {
  return std::ranges::all_of(some, [&](const auto& topic) {
    const auto found = all.find(topic.first);
    return found != all.end() && std::ranges::includes(found->second, topic.second);
  });
}

/// The identity that a producer goes on with when the change is complete.
ProducerAnswer identity_after(const TransactionMetadata& metadata) {
  if (metadata.client_version >= kTransactionsEpochBump && metadata.next_producer_id.value >= 0)
    return {.producer_id = metadata.next_producer_id, .epoch = {0}};
  return {.producer_id = metadata.producer_id, .epoch = metadata.epoch};
}

EndedTransaction ended(std::string_view id, const TransactionMetadata& metadata) {
  return {.transactional_id = std::string(id),
          .producer_id = metadata.producer_id,
          .epoch = metadata.epoch,
          .commit = metadata.commits(),
          .version = metadata.client_version,
          .partitions = metadata.partitions};
}

ProducerEpoch next_epoch(ProducerEpoch epoch) {
  return {static_cast<std::int16_t>(std::min<int>(epoch.value + 1, TransactionMetadata::kEpochMax))};
}

/// What a producer that takes the id over finds: neither an open transaction nor partitions.
TransactionMetadata emptied(TransactionMetadata metadata, std::chrono::milliseconds timeout) {
  metadata.state = TransactionState::empty;
  metadata.partitions.clear();
  metadata.started.reset();
  metadata.timeout = timeout;
  metadata.next_producer_id = {-1};
  return metadata;
}

}  // namespace

TransactionMetadata* Transactions::find(std::string_view id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const TransactionMetadata* Transactions::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

bool Transactions::replay(const LoggedRecord& record) {
  const Result<std::int16_t> type = leading_number(record.key);
  if (!type) return false;
  // A newer version's record: whoever writes it can do without us knowing it.
  if (*type != wire::TransactionLogKey::kType) return true;
  const Result<wire::TransactionLogKey> key = decode_key<wire::TransactionLogKey>(record.key);
  if (!key) return false;
  if (!record.value) {
    if (const auto found = by_id_.find(key->transactional_id); found != by_id_.end()) by_id_.erase(found);
    return true;
  }
  Result<TransactionMetadata> metadata = parse_transaction(*record.value);
  if (!metadata) return false;
  by_id_.insert_or_assign(std::string(key->transactional_id), std::move(*metadata));
  return true;
}

void Transactions::resume(TransactionStep& step) {
  for (const auto& [id, metadata] : by_id_)
    if (metadata.is_ending()) step.effects.ended.push_back(ended(id, metadata));
}

void Transactions::change(TransactionStep& step, std::string_view id, TransactionMetadata next) {
  Result<CoordinatorRecord> record = transaction_record(id, next, step.options.version);
  // The id was checked when it came, the partitions when they were added.
  SLUICE_ASSERT(record.has_value());
  step.effects.records.push_back(std::move(*record));
  const auto found = by_id_.find(id);
  if (found == by_id_.end())
    by_id_.emplace(id, std::move(next));
  else
    found->second = std::move(next);
}

std::optional<ProducerAnswer> Transactions::init(TransactionStep& step, std::string_view id,
                                                 TransactionTimeout asked,
                                                 std::optional<TransactionProducer> known) {
  if (asked.two_phase_commit && !step.options.two_phase_commit)
    return ProducerAnswer::failed(ErrorCode::transactional_id_authorization_failed);
  if (asked.keep_prepared) return ProducerAnswer::failed(ErrorCode::unsupported_version);
  const bool is_valid = asked.time > std::chrono::milliseconds{0} && asked.time <= step.options.timeout_max;
  if (!asked.two_phase_commit && !is_valid) return ProducerAnswer::failed(ErrorCode::invalid_transaction_timeout);
  const std::chrono::milliseconds timeout =
      asked.two_phase_commit ? TransactionMetadata::kTimeoutNever : asked.time;
  const TransactionMetadata* metadata = find(id);
  if (metadata == nullptr) {
    // What the producer knows was forgotten with the id.
    if (!step.fresh) return std::nullopt;
    TransactionMetadata created = emptied({}, timeout);
    created.producer_id = created.previous_producer_id = *step.fresh;
    created.epoch = {0};
    created.updated = step.wall;
    change(step, id, created);
    return identity_after(created);
  }

  if (metadata->is_ending()) return ProducerAnswer::failed(ErrorCode::concurrent_transactions);
  // A producer that was locked out must not take the id back. One whose epochs ran out may not have heard of the
  // new producer id.
  const auto epoch_is_last = [](ProducerEpoch epoch) { return epoch.value >= TransactionMetadata::kEpochMax - 1; };
  if (known && known->id != metadata->producer_id &&
      !(known->id == metadata->previous_producer_id && epoch_is_last(known->epoch)))
    return ProducerAnswer::failed(ErrorCode::producer_fenced);
  if (metadata->state == TransactionState::ongoing) {
    fence(step, id, *metadata);
    return ProducerAnswer::failed(ErrorCode::concurrent_transactions);
  }

  const bool repeats = known && known->epoch != metadata->epoch;
  if (repeats && known->epoch != metadata->last_epoch) return ProducerAnswer::failed(ErrorCode::producer_fenced);
  TransactionMetadata next = emptied(*metadata, timeout);
  next.previous_producer_id = metadata->producer_id;
  next.updated = step.wall;
  if (!repeats) {
    if (metadata->epochs_exhausted() && !step.fresh) return std::nullopt;
    next.last_epoch = known ? metadata->epoch : ProducerEpoch{-1};
    next.epoch = next_epoch(metadata->epoch);
    if (metadata->epochs_exhausted()) {
      next.producer_id = *step.fresh;
      next.epoch = {0};
    }
  }
  change(step, id, next);
  return identity_after(next);
}

ErrorCode Transactions::add(TransactionStep& step, std::string_view id, TransactionProducer producer,
                            const TransactionPartitions& partitions, std::int16_t client_version) {
  const TransactionMetadata* metadata = find(id);
  if (metadata == nullptr) return ErrorCode::invalid_producer_id_mapping;
  // First: the producer may be using the id that counts only when the transaction is complete.
  if (metadata->is_ending()) return ErrorCode::concurrent_transactions;
  if (metadata->producer_id != producer.id) return ErrorCode::invalid_producer_id_mapping;
  if (metadata->epoch != producer.epoch) return ErrorCode::producer_fenced;
  const bool ongoing = metadata->state == TransactionState::ongoing;
  if (ongoing && is_part_of(partitions, metadata->partitions)) return ErrorCode::none;

  TransactionMetadata next = *metadata;
  next.previous_producer_id = metadata->producer_id;
  for (const auto& [topic, indexes] : partitions) next.partitions[topic].insert(indexes.begin(), indexes.end());
  if (!ongoing) next.started = step.wall;
  next.state = TransactionState::ongoing;
  next.updated = step.wall;
  next.client_version = client_version;
  const Result<CoordinatorRecord> record = transaction_record(id, next, step.options.version);
  // What cannot be written must not be decided. Some room is left for what the record is to say at the end.
  constexpr std::size_t kRoom = 64;
  if (!record || record->size() + kRoom > step.options.record_bytes_max) return ErrorCode::message_too_large;
  change(step, id, std::move(next));
  return ErrorCode::none;
}

ErrorCode Transactions::verify(std::string_view id, TransactionProducer producer, std::string_view topic,
                               PartitionIndex partition) const {
  const TransactionMetadata* metadata = find(id);
  if (metadata == nullptr || metadata->producer_id != producer.id) return ErrorCode::invalid_producer_id_mapping;
  if (metadata->epoch != producer.epoch) return ErrorCode::producer_fenced;
  if (metadata->is_ending()) return ErrorCode::concurrent_transactions;
  const auto found = metadata->partitions.find(topic);
  const bool has_it = found != metadata->partitions.end() && found->second.contains(partition);
  return has_it ? ErrorCode::none : ErrorCode::transaction_abortable;
}

void Transactions::decide(TransactionStep& step, std::string_view id, TransactionMetadata next, bool commit,
                          std::int16_t client_version) {
  next.previous_producer_id = next.producer_id;
  if (client_version >= kTransactionsEpochBump) {
    next.last_epoch = next.epoch;
    next.epoch = next_epoch(next.epoch);
  }
  next.state = commit ? TransactionState::prepare_commit : TransactionState::prepare_abort;
  next.client_version = client_version;
  next.updated = step.wall;
  step.effects.ended.push_back(ended(id, next));
  change(step, id, std::move(next));
}

void Transactions::fence(TransactionStep& step, std::string_view id, const TransactionMetadata& metadata) {
  TransactionMetadata next = metadata;
  // The last epoch is no producer's: whoever comes next gets another producer id.
  if (metadata.epochs_exhausted() || step.options.version < kTransactionsEpochBump) {
    next.epoch = next_epoch(metadata.epoch);
    next.last_epoch = {-1};
    decide(step, id, std::move(next), false, 0);
    return;
  }
  decide(step, id, std::move(next), false, step.options.version);
}

std::optional<ProducerAnswer> Transactions::end(TransactionStep& step, std::string_view id,
                                                TransactionProducer producer, bool commit,
                                                std::int16_t client_version) {
  const TransactionMetadata* metadata = find(id);
  if (metadata == nullptr) return ProducerAnswer::failed(ErrorCode::invalid_producer_id_mapping);
  return client_version >= kTransactionsEpochBump ? end_with_next_epoch(step, id, *metadata, producer, commit)
                                                  : end_with_same_epoch(step, id, *metadata, producer, commit);
}

// Until transaction.version 2: whoever repeats an EndTxn is told what the first one was.
std::optional<ProducerAnswer> Transactions::end_with_same_epoch(TransactionStep& step, std::string_view id,
                                                                const TransactionMetadata& metadata,
                                                                TransactionProducer producer, bool commit) {
  if (metadata.producer_id != producer.id) return ProducerAnswer::failed(ErrorCode::invalid_producer_id_mapping);
  if (metadata.epoch != producer.epoch) return ProducerAnswer::failed(ErrorCode::producer_fenced);
  const ProducerAnswer unchanged{.producer_id = metadata.producer_id, .epoch = metadata.epoch};
  switch (metadata.state) {
    case TransactionState::ongoing: decide(step, id, metadata, commit, 0); return unchanged;
    case TransactionState::prepare_commit:
    case TransactionState::prepare_abort: return ProducerAnswer::failed(ErrorCode::concurrent_transactions);
    case TransactionState::complete_commit:
      return commit ? unchanged : ProducerAnswer::failed(ErrorCode::invalid_txn_state);
    case TransactionState::complete_abort:
      return commit ? ProducerAnswer::failed(ErrorCode::invalid_txn_state) : unchanged;
    case TransactionState::empty:
    case TransactionState::dead:
    case TransactionState::prepare_epoch_fence: return ProducerAnswer::failed(ErrorCode::invalid_txn_state);
  }
  return ProducerAnswer::failed(ErrorCode::invalid_txn_state);
}

// From transaction.version 2 on: every end takes an epoch, so that an old epoch shows a repetition. A transaction
// may be aborted before anything is in it, since the coordinator may not have heard of it yet (KIP-890).
std::optional<ProducerAnswer> Transactions::end_with_next_epoch(TransactionStep& step, std::string_view id,
                                                                const TransactionMetadata& metadata,
                                                                TransactionProducer producer, bool commit) {
  // First: the producer may be using the id that counts only when the transaction is complete.
  if (metadata.is_ending()) return ProducerAnswer::failed(ErrorCode::concurrent_transactions);
  const bool is_complete =
      metadata.state == TransactionState::complete_commit || metadata.state == TransactionState::complete_abort;
  const bool overflowed = metadata.previous_producer_id == producer.id && metadata.producer_id != producer.id &&
                          producer.epoch.value == TransactionMetadata::kEpochMax - 1 && metadata.epoch.value == 0;
  // The largest epoch is nobody's: where it stands, the producer was locked out.
  const bool bumped =
      producer.epoch.value + 1 == metadata.epoch.value && metadata.epoch.value < TransactionMetadata::kEpochMax;
  const bool repeats = is_complete && (overflowed || bumped);
  if (metadata.producer_id != producer.id && !overflowed)
    return ProducerAnswer::failed(ErrorCode::invalid_producer_id_mapping);
  if (!repeats && producer.epoch != metadata.epoch) return ProducerAnswer::failed(ErrorCode::producer_fenced);
  if (repeats) {
    const bool committed = metadata.state == TransactionState::complete_commit;
    if (committed != commit) return ProducerAnswer::failed(ErrorCode::invalid_txn_state);
    return ProducerAnswer{.producer_id = metadata.producer_id, .epoch = metadata.epoch};
  }

  const bool ongoing = metadata.state == TransactionState::ongoing;
  if (!ongoing && commit) return ProducerAnswer::failed(ErrorCode::invalid_txn_state);
  TransactionMetadata next = metadata;
  if (metadata.epochs_exhausted()) {
    if (!step.fresh) return std::nullopt;
    next.next_producer_id = *step.fresh;
  }
  if (!ongoing) next.started = step.wall;
  decide(step, id, std::move(next), commit, kTransactionsEpochBump);
  return identity_after(*find(id));
}

void Transactions::complete(TransactionStep& step, const EndedTransaction& ended) {
  const TransactionMetadata* metadata = find(ended.transactional_id);
  if (metadata == nullptr || !metadata->is_ending() || metadata->producer_id != ended.producer_id ||
      metadata->epoch != ended.epoch)
    return;
  TransactionMetadata next = *metadata;
  next.state = metadata->commits() ? TransactionState::complete_commit : TransactionState::complete_abort;
  next.partitions.clear();
  next.updated = step.wall;
  const ProducerAnswer identity = identity_after(*metadata);
  next.previous_producer_id = metadata->producer_id;
  next.producer_id = identity.producer_id;
  next.epoch = identity.epoch;
  next.next_producer_id = {-1};
  change(step, ended.transactional_id, std::move(next));
}

DescribedTransaction Transactions::describe(std::string_view id) const {
  const TransactionMetadata* metadata = find(id);
  if (metadata == nullptr) return {.error = ErrorCode::transactional_id_not_found, .metadata = {}};
  return {.metadata = *metadata};
}

std::vector<ListedTransaction> Transactions::list(const TransactionFilter& filter, WallTime now) const {
  std::vector<ListedTransaction> listed;
  for (const auto& [id, metadata] : by_id_) {
    if (!filter.any_state && !filter.states.contains(metadata.state)) continue;
    if (!filter.producer_ids.empty() && !filter.producer_ids.contains(metadata.producer_id)) continue;
    if (filter.longer_than) {
      // A transaction that never began has been open since the beginning of time, as Kafka has it.
      const WallTime since = metadata.started.value_or(WallTime{std::chrono::milliseconds{-1}});
      if (now - since <= *filter.longer_than) continue;
    }
    listed.push_back({id, metadata.producer_id, metadata.state});
  }
  return listed;
}

void Transactions::abort_timed_out(TransactionStep& step) {
  for (const auto& [id, metadata] : by_id_) {
    if (metadata.state != TransactionState::ongoing || !metadata.started || !metadata.may_time_out()) continue;
    // The log may hold any time; what lies in the future has not timed out.
    if (*metadata.started <= step.wall && step.wall - *metadata.started > metadata.timeout)
      fence(step, id, metadata);
  }
}

void Transactions::expire_ids(TransactionStep& step) {
  for (auto at = by_id_.begin(); at != by_id_.end();) {
    const TransactionMetadata& metadata = at->second;
    const bool is_idle = !metadata.is_ending() && metadata.state != TransactionState::ongoing;
    const bool is_old =
        metadata.updated <= step.wall && step.wall - metadata.updated >= step.options.id_expiration;
    Result<CoordinatorRecord> tombstone = fail(Errc::invalid_argument, "not made");
    if (is_idle && is_old) tombstone = transaction_tombstone(at->first);
    if (!tombstone) {
      ++at;
      continue;
    }
    step.effects.records.push_back(std::move(*tombstone));
    at = by_id_.erase(at);
  }
}

}  // namespace sluice
