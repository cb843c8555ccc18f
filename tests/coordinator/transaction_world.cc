#include "coordinator/transaction_world.h"

#include <gtest/gtest.h>

#include <iterator>

namespace sluice::test {

// A step that needs a producer id is taken again with one, as TransactionPartition does.
template <class F>
auto TransactionWorld::run(F decide) {
  TransactionEffects effects;
  TransactionStep step{.wall = wall_, .options = options, .effects = effects};
  auto answer = decide(step);
  if constexpr (std::is_same_v<decltype(answer), std::optional<ProducerAnswer>>) {
    if (!answer) {
      EXPECT_TRUE(effects.records.empty()) << "a step that was not taken left something on record";
      step.fresh = ProducerId{next_producer_id_++};
      answer = decide(step);
    }
  }
  std::ranges::move(effects.records, std::back_inserter(records_));
  std::ranges::move(effects.ended, std::back_inserter(ended_));
  return answer;
}

ProducerAnswer TransactionWorld::init(std::string_view id, std::optional<TransactionProducer> known,
                                      TransactionTimeout timeout) {
  return *run([&](TransactionStep& step) { return transactions_.init(step, id, timeout, known); });
}

ErrorCode TransactionWorld::add(std::string_view id, TransactionProducer producer,
                                const TransactionPartitions& partitions, std::int16_t version) {
  return run([&](TransactionStep& step) { return transactions_.add(step, id, producer, partitions, version); });
}

ErrorCode TransactionWorld::verify(std::string_view id, TransactionProducer producer, std::string_view topic,
                                   std::int32_t partition) {
  return transactions_.verify(id, producer, topic, {partition});
}

ProducerAnswer TransactionWorld::end(std::string_view id, TransactionProducer producer, bool commit,
                                     std::int16_t version) {
  return *run([&](TransactionStep& step) { return transactions_.end(step, id, producer, commit, version); });
}

void TransactionWorld::complete() {
  const std::vector<EndedTransaction> ended = std::exchange(ended_, {});
  for (const EndedTransaction& transaction : ended)
    run([&](TransactionStep& step) {
      transactions_.complete(step, transaction);
      return true;
    });
}

void TransactionWorld::abort_timed_out() {
  run([&](TransactionStep& step) {
    transactions_.abort_timed_out(step);
    return true;
  });
}

void TransactionWorld::expire_ids() {
  run([&](TransactionStep& step) {
    transactions_.expire_ids(step);
    return true;
  });
}

Transactions TransactionWorld::replayed() const {
  Transactions replayed;
  std::int64_t offset = 0;
  for (const CoordinatorRecord& record : records_)
    EXPECT_TRUE(replayed.replay({Offset{offset++}, std::nullopt, record.key.bytes(),
                                 record.value ? std::optional<Bytes>(record.value->bytes()) : std::nullopt}));
  return replayed;
}

void TransactionWorld::restart() {
  transactions_ = replayed();
  ended_.clear();
  run([&](TransactionStep& step) {
    transactions_.resume(step);
    return true;
  });
}

void TransactionWorld::use_up_epochs(std::string_view id, int left) {
  TransactionMetadata metadata = transactions_.by_id().find(id)->second;
  metadata.epoch = {static_cast<std::int16_t>(TransactionMetadata::kEpochMax - 1 - left)};
  Result<CoordinatorRecord> record = transaction_record(id, metadata, options.version);
  ASSERT_TRUE(record.has_value());
  records_.push_back(std::move(*record));
  restart();
}

}  // namespace sluice::test
