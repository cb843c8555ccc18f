#include "client/detail/partition_queue.h"

#include <gtest/gtest.h>

namespace sluice::client::detail {
namespace {

class PartitionQueueTest : public testing::Test {
 protected:
  /// A batch of one record, which has left.
  BatchPtr left() {
    auto batch = std::make_shared<ProducerBatch>(next_number_++, partition_, Compression{}, false,
                                                 ProducerBatch::Times{SteadyTime{}, SteadyTime::max()});
    DeliveryReport report = [](const Outcome<Delivered>&) {};
    EXPECT_TRUE(batch->try_append({}, 1000, report));
    queue_.push(batch);
    EXPECT_EQ(queue_.next_to_leave(identity_), batch.get());
    EXPECT_TRUE(queue_.leave(identity_));
    return batch;
  }

  TopicPartition partition_{"orders", PartitionIndex{0}};
  PartitionQueue queue_{partition_, {.idempotent = true}};
  ProducerIdentity identity_{.id = ProducerId{7}, .epoch = ProducerEpoch{0}};
  std::uint64_t next_number_ = 1;
};

// A broker that knows nothing of the producer would take the second for the first.
TEST_F(PartitionQueueTest, KnowsWhatWouldOvertakeABatchThatCameBack) {
  const BatchPtr first = left(), second = left();
  EXPECT_FALSE(queue_.overtakes(*second)) << "the first has left before it";
  queue_.come_back(first);
  EXPECT_TRUE(queue_.overtakes(*second));
  EXPECT_EQ(queue_.next_to_leave(identity_), nullptr) << "the second may still be on its way";
  queue_.come_back(second);
  EXPECT_EQ(queue_.next_to_leave(identity_), first.get());
  EXPECT_FALSE(queue_.overtakes(*first));
}

}  // namespace
}  // namespace sluice::client::detail
