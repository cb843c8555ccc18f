#include "coordinator/transaction_coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/java_hash.h"
#include "coordinator/internal_topics.h"

namespace sluice {
namespace {

// The log's keys are strings with a length of two bytes.
constexpr std::size_t kIdBytesMax = std::numeric_limits<std::int16_t>::max();

}  // namespace

TransactionCoordinator::TransactionCoordinator(Loop& loop, TransactionOptions options,
                                               TransactionSurroundings surroundings)
    : loop_(loop),
      options_(std::make_shared<TransactionOptions>(options)),
      surroundings_(surroundings),
      runtime_options_{.load_bytes = options.load_bytes},
      tasks_(loop) {}

void TransactionCoordinator::load(PartitionIndex partition, std::int32_t partition_count, std::int32_t epoch,
                                  std::unique_ptr<CoordinatorLog> log) {
  SLUICE_ASSERT(partition_count > 0 && !partitions_.contains(partition));
  partition_count_ = partition_count;
  const auto loading =
      std::make_shared<TransactionPartition>(loop_, fmt::format("{}-{}", kTransactionTopic, partition.value),
                                             std::move(log), epoch, options_, surroundings_, runtime_options_);
  partitions_.emplace(partition, loading);
  loading->start();
  if (tasks_.size() > 0) return;
  tasks_.start(abort_timed_out());
  tasks_.start(expire_ids());
}

Task<void> TransactionCoordinator::unload(PartitionIndex partition) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) co_return;
  const Partition unloaded = std::move(found->second);
  partitions_.erase(found);
  co_await unloaded->close();
}

Task<void> TransactionCoordinator::close() {
  tasks_.stop();
  while (!partitions_.empty()) {
    const PartitionIndex first = partitions_.begin()->first;
    co_await unload(first);
  }
  co_await tasks_.close();
}

TransactionCoordinator::Found TransactionCoordinator::partition_of(std::string_view id) const {
  if (id.empty() || id.size() > kIdBytesMax) return {.error = ErrorCode::invalid_request, .partition = nullptr};
  if (partition_count_ == 0) return {.error = ErrorCode::not_coordinator, .partition = nullptr};
  const auto found = partitions_.find(PartitionIndex{partition_for_id(id, partition_count_)});
  if (found == partitions_.end()) return {.error = ErrorCode::not_coordinator, .partition = nullptr};
  return {.partition = found->second};
}

Task<ProducerAnswer> TransactionCoordinator::init(std::string_view id, TransactionTimeout timeout,
                                                  std::optional<TransactionProducer> known) {
  const Found found = partition_of(id);
  if (!found.partition) co_return ProducerAnswer::failed(found.error);
  co_return co_await found.partition->init(id, timeout, known);
}

Task<ErrorCode> TransactionCoordinator::add(std::string_view id, TransactionProducer producer,
                                            const TransactionPartitions& partitions, std::int16_t client_version) {
  const Found found = partition_of(id);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->add(id, producer, partitions, client_version);
}

Task<ErrorCode> TransactionCoordinator::add_patiently(std::string_view id, TransactionProducer producer,
                                                      const TransactionPartitions& partitions,
                                                      std::int16_t client_version) {
  const Found found = partition_of(id);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->add_patiently(id, producer, partitions, client_version);
}

Task<ErrorCode> TransactionCoordinator::verify(std::string_view id, TransactionProducer producer,
                                               std::string_view topic, PartitionIndex partition) {
  const Found found = partition_of(id);
  if (!found.partition) co_return found.error;
  co_return co_await found.partition->verify(id, producer, topic, partition);
}

Task<ProducerAnswer> TransactionCoordinator::end(std::string_view id, TransactionProducer producer, bool commit,
                                                 std::int16_t client_version) {
  const Found found = partition_of(id);
  if (!found.partition) co_return ProducerAnswer::failed(found.error);
  co_return co_await found.partition->end(id, producer, commit, client_version);
}

Task<DescribedTransaction> TransactionCoordinator::describe(std::string_view id) {
  const Found found = partition_of(id);
  if (!found.partition) co_return DescribedTransaction{.error = found.error, .metadata = {}};
  co_return co_await found.partition->describe(id);
}

Task<TransactionListAnswer> TransactionCoordinator::list(const TransactionFilter& filter) {
  TransactionListAnswer all;
  const std::map<PartitionIndex, Partition> partitions = partitions_;  // They may change while one is waited for.
  for (const auto& [index, partition] : partitions) {
    TransactionListAnswer listed = co_await partition->list(filter);
    // What has gone elsewhere is told there.
    if (listed.error == ErrorCode::not_coordinator) continue;
    if (listed.error != ErrorCode::none) co_return listed;
    std::ranges::move(listed.transactions, std::back_inserter(all.transactions));
  }
  co_return all;
}

Task<void> TransactionCoordinator::abort_timed_out() {
  while (!tasks_.stopping()) {
    const SteadyTime next = loop_.now() + options_->abort_check_interval;
    if (co_await tasks_.sleep_until(next)) co_return;
    for (const auto& [index, partition] : partitions_) partition->abort_timed_out();
  }
}

Task<void> TransactionCoordinator::expire_ids() {
  while (!tasks_.stopping()) {
    const SteadyTime next = loop_.now() + options_->expiration_check_interval;
    if (co_await tasks_.sleep_until(next)) co_return;
    for (const auto& [index, partition] : partitions_) partition->expire_ids();
  }
}

}  // namespace sluice
