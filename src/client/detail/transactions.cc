#include "client/detail/transactions.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "client/detail/group_client.h"
#include "wire/api/add_offsets_to_txn.h"
#include "wire/api/add_partitions_to_txn.h"
#include "wire/api/end_txn.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/txn_offset_commit.h"

namespace sluice::client::detail {
namespace {

// The newest versions of the first transaction protocol. Later ones are those of the second (KIP-890), where
// brokers add partitions by themselves and every transaction has an epoch of its own.
constexpr std::int16_t kInitProducerIdMost = 5;
constexpr std::int16_t kAddPartitionsMost = 3;
constexpr std::int16_t kAddOffsetsMost = 4;
constexpr std::int16_t kOffsetCommitMost = 4;
constexpr std::int16_t kEndTxnMost = 4;

/// Whether the producer has been replaced by another, or may not do this at all.
bool is_fatal(ErrorCode code) {
  return code == ErrorCode::producer_fenced || code == ErrorCode::invalid_producer_epoch ||
         code == ErrorCode::transactional_id_authorization_failed ||
         code == ErrorCode::invalid_producer_id_mapping || code == ErrorCode::cluster_authorization_failed ||
         code == ErrorCode::unsupported_version || code == ErrorCode::invalid_txn_state;
}

}  // namespace

Transactions::Transactions(Cluster& cluster, const ProducerConfig& config, Accumulator& accumulator)
    : cluster_(cluster),
      config_(config),
      accumulator_(accumulator),
      tasks_(cluster.loop()),
      adding_ended_(cluster.loop()) {}

Outcome<void> Transactions::expect(State state, std::string_view what) const {
  if (state_ == State::fatal) return failed(*failure_);
  if (state_ != state) return failed(ErrorCode::invalid_txn_state, "{}", what);
  return {};
}

Outcome<void> Transactions::may_append() const {
  if (Outcome<void> open = expect(State::open, "records are sent between begin_transaction and its end"); !open)
    return open;
  if (failure_) return failed(*failure_);
  return {};
}

void Transactions::settle(const Failure& failure) {
  if (asks_for_coordinator(failure.code)) coordinator_.reset();
}

Task<Outcome<std::shared_ptr<Node>>> Transactions::coordinator(SteadyTime deadline) {
  if (coordinator_) {
    const std::shared_ptr<Node> known = coordinator_;
    const Outcome<void> connected = co_await known->connect(deadline);
    if (connected) co_return known;
    coordinator_.reset();
  }
  Outcome<std::shared_ptr<Node>> found =
      co_await cluster_.coordinator(CoordinatorType::transaction, *config_.transactional_id, deadline);
  if (found) coordinator_ = *found;
  co_return found;
}

Task<Outcome<void>> Transactions::insist(Attempt attempt, SteadyTime deadline) {
  Backoff backoff = cluster_.retry_backoff();
  while (true) {
    Outcome<void> done = co_await attempt();
    if (done) co_return done;
    settle(done.error());
    if (is_fatal(done.error().code)) identity_lost(done.error());
    // The coordinator may still be busy with the end of the last transaction.
    const bool passes = done.error().retriable() || done.error().code == ErrorCode::concurrent_transactions;
    if (!passes) co_return done;
    const bool more = co_await cluster_.pause(backoff, deadline);
    if (!more) co_return done;
  }
}

Task<Outcome<void>> Transactions::ask_identity(SteadyTime deadline) {
  Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(std::move(node.error()));
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::init_producer_id, kInitProducerIdMost);
  if (!version) co_return failed(version.error());
  wire::InitProducerIdRequest request;
  request.transactional_id = *config_.transactional_id;
  request.transaction_timeout_ms = static_cast<std::int32_t>(
      std::min<std::int64_t>(config_.transaction_timeout.count(), std::numeric_limits<std::int32_t>::max()));
  if (*version >= 3) {
    // Who names his id and epoch gets the next epoch, unless another has got it before (KIP-360).
    request.producer_id = sender_->identity().id;
    request.producer_epoch = sender_->identity().epoch;
  }
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(deadline));
  if (!answer) co_return failed(answer.error());
  Outcome<void> said =
      outcome_of((*answer)->error_code, "asking for the producer id of " + *config_.transactional_id);
  if (said) sender_->set_identity({(*answer)->producer_id, (*answer)->producer_epoch});
  co_return said;
}

Task<Outcome<void>> Transactions::initialize(SteadyTime deadline) {
  if (Outcome<void> may = expect(State::uninitialized, "transactions have been initialized already"); !may)
    co_return may;
  Outcome<void> done = co_await insist([this, deadline] { return ask_identity(deadline); }, deadline);
  if (done) state_ = State::ready;
  co_return done;
}

Outcome<void> Transactions::begin() {
  if (Outcome<void> may =
          expect(State::ready, "a transaction begins after init_transactions and the end of the last one");
      !may)
    return may;
  state_ = State::open;
  failure_.reset();
  added_.clear();
  to_add_.clear();
  started_ = false;
  return {};
}

bool Transactions::may_send(const TopicPartition& partition) {
  if (failure_) return false;
  if (added_.contains(partition)) return true;
  to_add_.insert(partition);
  if (!adding_ && !tasks_.stopping()) {
    adding_ = true;
    tasks_.start(add_partitions());
  }
  return false;
}

/// All that have asked by now, in one request.
Task<void> Transactions::add_partitions() {
  while (!to_add_.empty() && !failure_ && !tasks_.stopping()) {
    const std::set<TopicPartition> adding = std::exchange(to_add_, {});
    const SteadyTime deadline = cluster_.loop_now() + config_.delivery_timeout;
    const Outcome<void> done =
        co_await insist([this, &adding, deadline] { return ask_add_partitions(adding, deadline); }, deadline);
    if (done)
      added_.insert(adding.begin(), adding.end());
    else
      batch_failed(done.error());
  }
  adding_ = false;
  adding_ended_.notify_all();
  sender_->wake();
}

Task<Outcome<void>> Transactions::ask_add_partitions(std::set<TopicPartition> partitions, SteadyTime deadline) {
  wire::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = *config_.transactional_id;
  request.v3_and_below_producer_id = sender_->identity().id;
  request.v3_and_below_producer_epoch = sender_->identity().epoch;
  for (const TopicPartition& partition : partitions) {
    auto& topics = request.v3_and_below_topics;
    if (topics.empty() || topics.back().name != partition.topic) {
      topics.emplace_back();
      topics.back().name = partition.topic;
    }
    topics.back().partitions.push_back(partition.partition);
  }
  const Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(node.error());
  started_ = true;  // From here on the coordinator may know of it.
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(deadline), kAddPartitionsMost);
  if (!answer) co_return failed(answer.error());
  // One that is refused keeps the others from being added; the refusal tells more than that consequence.
  Outcome<void> said;
  for (const auto& topic : (*answer)->results_by_topic_v3_and_below) {
    for (const auto& result : topic.results_by_partition) {
      const ErrorCode code = result.partition_error_code;
      if (code == ErrorCode::none || (!said && code == ErrorCode::operation_not_attempted)) continue;
      said = outcome_of(code,
                        fmt::format("adding {}-{} to the transaction", topic.name, result.partition_index.value));
    }
  }
  co_return said;
}

Task<Outcome<void>> Transactions::ask_add_offsets(std::string group_id, SteadyTime deadline) {
  wire::AddOffsetsToTxnRequest request;
  request.transactional_id = *config_.transactional_id;
  request.producer_id = sender_->identity().id;
  request.producer_epoch = sender_->identity().epoch;
  request.group_id = group_id;
  const Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(node.error());
  started_ = true;
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(deadline), kAddOffsetsMost);
  if (!answer) co_return failed(answer.error());
  co_return outcome_of((*answer)->error_code,
                       fmt::format("adding the offsets of group {} to the transaction", group_id));
}

Task<Outcome<void>> Transactions::ask_commit_offsets(GroupClient& group, const Offsets& offsets,
                                                     const GroupMetadata& metadata, SteadyTime deadline) {
  const Outcome<std::shared_ptr<Node>> node = co_await group.coordinator(deadline);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::txn_offset_commit, kOffsetCommitMost);
  if (!version) co_return failed(version.error());
  wire::TxnOffsetCommitRequest request;
  request.transactional_id = *config_.transactional_id;
  request.group_id = metadata.group_id;
  request.producer_id = sender_->identity().id;
  request.producer_epoch = sender_->identity().epoch;
  if (*version >= 3) {
    request.generation_id_or_member_epoch = metadata.generation;
    request.member_id = metadata.member_id;
    if (metadata.instance_id) request.group_instance_id = *metadata.instance_id;
  }
  for (const auto& [partition, committed] : offsets) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().name = partition.topic;
    }
    auto& item = request.topics.back().partitions.emplace_back();
    item.partition_index = partition.partition;
    item.committed_offset = committed.offset;
    item.committed_leader_epoch = committed.leader_epoch;
    item.committed_metadata = committed.metadata;
  }
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(deadline));
  Outcome<void> said;
  if (!answer)
    said = failed(answer.error());
  else
    for (const auto& topic : (*answer)->topics)
      for (const auto& partition : topic.partitions)
        if (said)
          said = outcome_of(partition.error_code, fmt::format("committing {}-{} in the transaction", topic.name,
                                                              partition.partition_index.value));
  if (!said) group.note(said.error());
  co_return said;
}

Task<Outcome<void>> Transactions::add_offsets(Offsets offsets, GroupMetadata metadata, SteadyTime deadline) {
  if (Outcome<void> may = may_append(); !may) co_return may;
  if (offsets.empty()) co_return Outcome<void>{};
  GroupClient group(cluster_, metadata.group_id);
  Outcome<void> done = co_await insist(
      [this, &metadata, deadline] { return ask_add_offsets(metadata.group_id, deadline); }, deadline);
  if (done)
    done = co_await insist([&, deadline] { return ask_commit_offsets(group, offsets, metadata, deadline); },
                           deadline);
  if (!done) batch_failed(done.error());
  co_return done;
}

Task<Outcome<void>> Transactions::commit(SteadyTime deadline) {
  if (Outcome<void> may = expect(State::open, "no transaction is open"); !may) co_return may;
  accumulator_.hurry();
  sender_->wake();
  co_await accumulator_.wait_for_reports();
  accumulator_.relax();
  if (state_ == State::fatal || failure_) co_return failed(*failure_);
  co_return co_await end(true, deadline);
}

Task<Outcome<void>> Transactions::abort(SteadyTime deadline) {
  if (Outcome<void> may = expect(State::open, "no transaction is open"); !may) co_return may;
  // Before its end is asked for: a batch that arrived after that would begin a transaction of its own.
  const Failure aborted{ErrorCode::operation_not_attempted, "the transaction was aborted"};
  if (!failure_) failure_ = aborted;
  sender_->drop_waiting(aborted);
  while (adding_) co_await adding_ended_.wait();
  sender_->drop_waiting(aborted);
  co_await accumulator_.wait_for_reports();
  while (!accumulator_.empty()) co_await accumulator_.freed().wait();
  if (state_ == State::fatal) co_return failed(*failure_);
  co_return co_await end(false, deadline);
}

Task<Outcome<void>> Transactions::ask_end(bool committed, SteadyTime deadline) {
  wire::EndTxnRequest request;
  request.transactional_id = *config_.transactional_id;
  request.producer_id = sender_->identity().id;
  request.producer_epoch = sender_->identity().epoch;
  request.committed = committed;
  const Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(node.error());
  const auto answer = co_await (*node)->ask(request, cluster_.request_deadline(deadline), kEndTxnMost);
  if (!answer) co_return failed(answer.error());
  co_return outcome_of((*answer)->error_code,
                       committed ? "committing the transaction" : "aborting the transaction");
}

/// After a failure the same end may be asked for again, since nobody knows whether it came through.
Task<Outcome<void>> Transactions::end(bool committed, SteadyTime deadline) {
  state_ = State::ending;
  Outcome<void> done;
  if (started_) {
    done = co_await insist([this, committed, deadline] { return ask_end(committed, deadline); }, deadline);
  }
  // Numbers that were given to batches which are gone leave a gap; a new epoch begins again at 0.
  if (done && needs_new_epoch_) {
    done = co_await insist([this, deadline] { return ask_identity(deadline); }, deadline);
    if (done) needs_new_epoch_ = false;
  }
  if (state_ == State::fatal) co_return failed(*failure_);
  state_ = done ? State::ready : State::open;
  if (done) failure_.reset();
  co_return done;
}

void Transactions::batch_failed(const Failure& failure) {
  needs_new_epoch_ = true;
  if (failure_) return;
  failure_ = failure;
  // They would wait in vain: the transaction can only be aborted.
  sender_->drop_waiting(failure);
}

void Transactions::identity_lost(const Failure& failure) {
  state_ = State::fatal;
  failure_ = failure;
  sender_->fail_all(failure);
}

Task<void> Transactions::close() {
  tasks_.stop();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
