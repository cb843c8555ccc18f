#include "client/producer.h"

#include <algorithm>
#include <utility>

#include "client/detail/accumulator.h"
#include "client/detail/sender.h"
#include "client/detail/transactions.h"

namespace sluice::client {
namespace {

NewRecord new_record(const ProducerRecord& record, WallTime now) {
  return {.timestamp = record.timestamp.value_or(now),
          .key = record.key,
          .value = record.value,
          .headers = record.headers};
}

SteadyTime after(const Loop& loop, milliseconds wait) { return loop.now() + wait; }

}  // namespace

Producer::Producer(Loop& loop, Network& network, ProducerConfig config)
    : config_(std::move(config)),
      cluster_(loop, network, config_.client),
      partitioner_(loop, config_),
      accumulator_(std::make_unique<detail::Accumulator>(loop, config_)),
      transactions_(config_.transactional_id
                        ? std::make_unique<detail::Transactions>(cluster_, config_, *accumulator_)
                        : nullptr),
      sender_(std::make_unique<detail::Sender>(cluster_, config_, *accumulator_, transactions_.get())) {
  if (transactions_) transactions_->attach(*sender_);
  sender_->start();
}

Producer::~Producer() = default;

Task<Outcome<void>> Producer::send(ProducerRecord record, DeliveryReport report) {
  if (closing_) co_return failed(ErrorCode::operation_not_attempted, "the producer is closed");
  if (sender_->fatal()) co_return failed(*sender_->fatal());
  if (transactions_)
    if (Outcome<void> may = transactions_->may_append(); !may) co_return may;
  const SteadyTime deadline = after(cluster_.loop(), config_.max_block);

  const TopicInfo* topic = cluster_.view().find_topic(record.topic);
  const bool known = topic != nullptr && topic->error == ErrorCode::none && !topic->partitions.empty() &&
                     (!record.partition || topic->find(*record.partition) != nullptr);
  std::optional<TopicInfo> found;
  if (!known) {
    Outcome<TopicInfo> waited = co_await cluster_.topic(std::string(record.topic), deadline);
    if (!waited) co_return failed(std::move(waited.error()));
    found = std::move(*waited);
    topic = &*found;
  }
  const Outcome<PartitionIndex> partition = choose_partition(record, *topic);
  if (!partition) co_return failed(partition.error());

  const std::size_t size = BatchBuilder::size_max(new_record(record, {}));
  if (size + kBatchHeaderSize > config_.max_request_size || size > config_.buffer_memory)
    co_return failed(ErrorCode::message_too_large,
                     "a record of {} bytes is larger than max.request.size ({}) or buffer.memory ({})", size,
                     config_.max_request_size, config_.buffer_memory);
  if (!accumulator_->has_room(size)) {
    Outcome<void> room = co_await wait_for_room(size, deadline);
    if (!room) co_return room;
  }
  co_return append(record, *partition, std::move(report));
}

Outcome<PartitionIndex> Producer::choose_partition(const ProducerRecord& record, const TopicInfo& topic) {
  if (record.partition) {
    if (topic.find(*record.partition) != nullptr) return *record.partition;
    return failed(ErrorCode::unknown_topic_or_partition, "topic {} has {} partitions and no partition {}",
                  topic.name, topic.partitions.size(), record.partition->value);
  }
  const auto queued = [&](PartitionIndex partition) {
    return accumulator_->queued_bytes({topic.name, partition});
  };
  return partitioner_.choose(topic, record.key, queued);
}

Task<Outcome<void>> Producer::wait_for_room(std::size_t size, SteadyTime deadline) {
  accumulator_->wait_began();
  sender_->wake();
  bool in_time = true;
  while (in_time && !closing_ && !accumulator_->has_room(size))
    in_time = co_await accumulator_->freed().wait_until(deadline);
  accumulator_->wait_ended();
  if (closing_) co_return failed(ErrorCode::operation_not_attempted, "the producer is closed");
  if (!accumulator_->has_room(size))
    co_return failed(ErrorCode::request_timed_out, "no room for {} bytes in buffer.memory within max.block.ms",
                     size);
  co_return Outcome<void>{};
}

Outcome<void> Producer::append(const ProducerRecord& record, PartitionIndex partition, DeliveryReport report) {
  // Looked at again: the transaction may have ended while this waited.
  if (transactions_)
    if (Outcome<void> may = transactions_->may_append(); !may) return may;
  const TopicPartition target{std::string(record.topic), partition};
  const NewRecord fresh = new_record(record, cluster_.loop().wall_now());
  const Outcome<bool> news = accumulator_->append(target, fresh, report);
  if (!news) return failed(news.error());
  if (!record.partition && (!record.key || config_.partitioner_ignore_keys))
    partitioner_.sent(target.topic, BatchBuilder::size_max(fresh));
  if (*news || config_.linger.count() == 0) sender_->wake();
  return {};
}

Task<Outcome<Delivered>> Producer::deliver(ProducerRecord record) {
  std::optional<Outcome<Delivered>> result;
  Event done(cluster_.loop());
  const Outcome<void> sent = co_await send(record, [&](const Outcome<Delivered>& delivered) {
    result = delivered;
    done.notify_all();
  });
  if (!sent) co_return failed(sent.error());
  while (!result) co_await done.wait();
  co_return std::move(*result);
}

Task<void> Producer::flush() {
  accumulator_->hurry();
  sender_->wake();
  co_await accumulator_->wait_for_reports();
  accumulator_->relax();
}

Outcome<void> Producer::have_transactions() const {
  if (!transactions_) return failed(ErrorCode::invalid_txn_state, "transactions need a transactional.id");
  if (closing_) return failed(ErrorCode::operation_not_attempted, "the producer is closed");
  return {};
}

Task<Outcome<void>> Producer::init_transactions() {
  if (Outcome<void> have = have_transactions(); !have) co_return have;
  co_return co_await transactions_->initialize(after(cluster_.loop(), config_.max_block));
}

Outcome<void> Producer::begin_transaction() {
  if (Outcome<void> have = have_transactions(); !have) return have;
  return transactions_->begin();
}

Task<Outcome<void>> Producer::send_offsets_to_transaction(Offsets offsets, GroupMetadata group) {
  if (Outcome<void> have = have_transactions(); !have) co_return have;
  const SteadyTime deadline = after(cluster_.loop(), config_.max_block);
  co_return co_await transactions_->add_offsets(std::move(offsets), std::move(group), deadline);
}

Task<Outcome<void>> Producer::commit_transaction() {
  if (Outcome<void> have = have_transactions(); !have) co_return have;
  co_return co_await transactions_->commit(after(cluster_.loop(), config_.max_block));
}

Task<Outcome<void>> Producer::abort_transaction() {
  if (Outcome<void> have = have_transactions(); !have) co_return have;
  co_return co_await transactions_->abort(after(cluster_.loop(), config_.max_block));
}

Task<Outcome<std::vector<PartitionInfo>>> Producer::partitions_for(std::string topic) {
  Outcome<TopicInfo> found = co_await cluster_.topic(std::move(topic), after(cluster_.loop(), config_.max_block));
  if (!found) co_return failed(std::move(found.error()));
  co_return std::move(found->partitions);
}

Task<void> Producer::close(SteadyTime deadline) {
  closing_ = true;
  if (transactions_ && transactions_->is_open()) {
    const SteadyTime until = std::min(deadline, after(cluster_.loop(), config_.max_block));
    const Outcome<void> aborted = co_await transactions_->abort(until);
    if (!aborted) config_.client.warn("the open transaction was not aborted: " + aborted.error().what);
  }
  accumulator_->hurry();
  accumulator_->freed().notify_all();
  sender_->wake();
  // The delivery timeout bounds this, whatever the deadline.
  while (!accumulator_->empty() && cluster_.loop().now() < deadline) {
    const bool in_time = co_await accumulator_->freed().wait_until(deadline);
    if (!in_time) break;
  }
  cluster_.stop();
  co_await sender_->close();
  if (transactions_) co_await transactions_->close();
  co_await cluster_.close();
}

}  // namespace sluice::client
