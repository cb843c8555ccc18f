#include "coordinator/transaction_partition.h"

#include <utility>

#include "base/logging.h"
#include "coordinator/coordinator_error.h"

namespace sluice {

TransactionPartition::TransactionPartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                                           std::int32_t coordinator_epoch,
                                           std::shared_ptr<const TransactionOptions> options,
                                           TransactionSurroundings surroundings,
                                           CoordinatorRuntimeOptions runtime_options)
    : loop_(loop),
      name_(name),
      coordinator_epoch_(coordinator_epoch),
      options_(std::move(options)),
      surroundings_(surroundings),
      completed_(loop),
      tasks_(loop),
      runtime_(loop, std::move(name), std::move(log), *this, runtime_options) {}

Task<void> TransactionPartition::close() {
  tasks_.stop();
  // First: what waits for the log ends with it.
  co_await runtime_.close();
  co_await tasks_.close();
}

void TransactionPartition::reset() {
  ++loads_;
  transactions_.reset();
  passed_over_ = 0;
}

void TransactionPartition::replay(const LoggedRecord& record) {
  if (!transactions_.replay(record)) ++passed_over_;
}

void TransactionPartition::loaded() {
  if (passed_over_ > 0)
    logging::error("{} has {} records that could not be read; the transactional ids that they hold are missing",
                   name_, passed_over_);
  TransactionEffects effects;
  TransactionStep resuming = step(effects);
  transactions_.resume(resuming);
  apply(std::move(effects));
}

void TransactionPartition::suspended(ErrorCode) {
  ++loads_;
  completed_.notify_all();
}

CoordinatorRuntime::Write TransactionPartition::apply(TransactionEffects effects) {
  CoordinatorRuntime::Write write = runtime_.write(effects.records);
  for (EndedTransaction& ended : effects.ended) tasks_.start(finish(std::move(ended), write, loads_));
  return write;
}

Task<void> TransactionPartition::finish(EndedTransaction ended, CoordinatorRuntime::Write decided,
                                        std::uint64_t load) {
  // What fails here is taken up again when the log is replayed.
  const Result<void> committed = co_await runtime_.committed(std::move(decided), SteadyTime::max());
  const TransactionMarker marker{.producer_id = ended.producer_id,
                                 .epoch = ended.epoch,
                                 .commit = ended.commit,
                                 .coordinator_epoch = coordinator_epoch_,
                                 .version = ended.version};
  TransactionPartitions left = ended.partitions;
  while (committed && !left.empty() && load == loads_ && !tasks_.stopping()) {
    left = co_await surroundings_.markers.write(marker, std::move(left));
    if (left.empty()) break;
    const SteadyTime again = loop_.now() + options_->marker_retry_delay;
    co_await tasks_.sleep_until(again);
  }
  if (!committed || load != loads_ || tasks_.stopping() || unavailable() != ErrorCode::none) co_return;
  TransactionEffects effects;
  TransactionStep completing = step(effects);
  transactions_.complete(completing, ended);
  apply(std::move(effects));
  completed_.notify_all();
}

Task<ErrorCode> TransactionPartition::settled(CoordinatorRuntime::Write write) {
  if (!write) co_return ErrorCode::none;
  const Result<void> committed =
      co_await runtime_.committed(std::move(write), loop_.now() + options_->commit_timeout);
  co_return committed ? ErrorCode::none : coordinator_error(committed.error().code);
}

template <class Decide>
Task<ProducerAnswer> TransactionPartition::decide_identity(Decide decide) {
  std::optional<ProducerId> fresh;
  while (true) {
    if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return ProducerAnswer::failed(error);
    TransactionEffects effects;
    TransactionStep deciding = step(effects);
    deciding.fresh = fresh;
    const std::optional<ProducerAnswer> answer = decide(deciding);
    if (answer) {
      const ErrorCode error = co_await settled(apply(std::move(effects)));
      co_return error != ErrorCode::none ? ProducerAnswer::failed(error) : *answer;
    }
    const Result<ProducerId> id = co_await surroundings_.producer_ids.next();
    if (!id) co_return ProducerAnswer::failed(ErrorCode::coordinator_not_available);
    fresh = *id;
  }
}

Task<ProducerAnswer> TransactionPartition::init(std::string_view id, TransactionTimeout timeout,
                                                std::optional<TransactionProducer> known) {
  auto decide = [&](TransactionStep& step) { return transactions_.init(step, id, timeout, known); };
  co_return co_await decide_identity(decide);
}

Task<ProducerAnswer> TransactionPartition::end(std::string_view id, TransactionProducer producer, bool commit,
                                               std::int16_t client_version) {
  auto decide = [&](TransactionStep& step) {
    return transactions_.end(step, id, producer, commit, client_version);
  };
  co_return co_await decide_identity(decide);
}

Task<ErrorCode> TransactionPartition::add(std::string_view id, TransactionProducer producer,
                                          const TransactionPartitions& partitions, std::int16_t client_version) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return error;
  TransactionEffects effects;
  TransactionStep adding = step(effects);
  const ErrorCode answer = transactions_.add(adding, id, producer, partitions, client_version);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  co_return error != ErrorCode::none ? error : answer;
}

Task<ErrorCode> TransactionPartition::add_patiently(std::string_view id, TransactionProducer producer,
                                                    const TransactionPartitions& partitions,
                                                    std::int16_t client_version) {
  const SteadyTime deadline = loop_.now() + options_->add_patience;
  while (true) {
    const ErrorCode answer = co_await add(id, producer, partitions, client_version);
    if (answer != ErrorCode::concurrent_transactions || loop_.now() >= deadline) co_return answer;
    const bool notified = co_await completed_.wait_until(deadline);
    if (!notified) co_return answer;
  }
}

Task<ErrorCode> TransactionPartition::verify(std::string_view id, TransactionProducer producer,
                                             std::string_view topic, PartitionIndex partition) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return error;
  const ErrorCode answer = transactions_.verify(id, producer, topic, partition);
  const ErrorCode error = co_await settled(runtime_.last_write());
  co_return error != ErrorCode::none ? error : answer;
}

Task<DescribedTransaction> TransactionPartition::describe(std::string_view id) {
  ErrorCode error = unavailable();
  if (error != ErrorCode::none) co_return DescribedTransaction{.error = error, .metadata = {}};
  DescribedTransaction answer = transactions_.describe(id);
  error = co_await settled(runtime_.last_write());
  if (error != ErrorCode::none) co_return DescribedTransaction{.error = error, .metadata = {}};
  co_return answer;
}

Task<TransactionListAnswer> TransactionPartition::list(const TransactionFilter& filter) {
  ErrorCode error = unavailable();
  if (error != ErrorCode::none) co_return TransactionListAnswer{error, {}};
  TransactionListAnswer answer{.transactions = transactions_.list(filter, loop_.wall_now())};
  error = co_await settled(runtime_.last_write());
  if (error != ErrorCode::none) co_return TransactionListAnswer{error, {}};
  co_return answer;
}

void TransactionPartition::abort_timed_out() {
  if (unavailable() != ErrorCode::none) return;
  TransactionEffects effects;
  TransactionStep aborting = step(effects);
  transactions_.abort_timed_out(aborting);
  apply(std::move(effects));
}

void TransactionPartition::expire_ids() {
  if (unavailable() != ErrorCode::none) return;
  TransactionEffects effects;
  TransactionStep expiring = step(effects);
  transactions_.expire_ids(expiring);
  apply(std::move(effects));
}

}  // namespace sluice
