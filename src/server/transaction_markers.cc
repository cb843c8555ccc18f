#include "server/transaction_markers.h"

#include <utility>

#include "base/crossing.h"
#include "base/logging.h"
#include "base/when_all.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/internal_topics.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/wire_code.h"

namespace sluice {
namespace {

/// Runs on the shard that owns the partition.
Task<ErrorCode> write_here(BrokerShard& shard, PartitionKey key, bool is_group_topic, TransactionMarker marker) {
  // A group coordinator is the only one that appends to its partition, and has to learn what counts now.
  if (is_group_topic) co_return co_await shard.groups().write_marker(key.partition, marker);
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return ErrorCode::not_leader_or_follower;
  Buffer bytes;
  BatchBuilder builder(bytes, marker_options(marker));
  append_marker(builder, marker, shard.loop().wall_now());
  const Result<BatchView> batch = builder.finish();
  if (!batch) co_return ErrorCode::unknown_server_error;
  const AppendOrigin origin = marker.epoch_bump() ? AppendOrigin::bumping_coordinator : AppendOrigin::coordinator;
  const Result<Appended> appended = co_await partition->append(*batch, origin);
  co_return appended ? ErrorCode::none : wire_code(appended.error().code);
}

/// Runs on the first shard, whose image is never behind another's.
Task<std::optional<PartitionKey>> find_here(Broker& broker, std::string_view name, PartitionIndex partition) {
  const TopicImage* topic = broker.current_image().topic(name);
  if (topic == nullptr || topic->partition(partition) == nullptr) co_return std::nullopt;
  co_return PartitionKey{topic->id(), partition};
}

/// Nothing more can come of the producer's transaction in this partition.
bool is_settled(ErrorCode error) {
  return error == ErrorCode::none || error == ErrorCode::unknown_topic_or_partition ||
         error == ErrorCode::invalid_producer_epoch || error == ErrorCode::transaction_coordinator_fenced;
}

}  // namespace

Task<ErrorCode> write_marker(Broker& broker, std::string_view topic, PartitionIndex partition,
                             TransactionMarker marker) {
  auto find = [&broker, topic, partition] { return find_here(broker, topic, partition); };
  const std::optional<PartitionKey> key = co_await on(broker.first_shard().loop(), find);
  if (!key) co_return ErrorCode::unknown_topic_or_partition;
  BrokerShard& owner = broker.owner_of(*key);
  const bool is_group_topic = topic == kGroupTopic;
  auto write = [&owner, key = *key, is_group_topic, marker] {
    return write_here(owner, key, is_group_topic, marker);
  };
  co_return co_await on(owner.loop(), write);
}

Task<TransactionPartitions> LocalMarkers::write(TransactionMarker marker, TransactionPartitions partitions) {
  std::vector<Task<ErrorCode>> writes;
  for (const auto& [topic, indexes] : partitions)
    for (const PartitionIndex index : indexes) writes.push_back(write_marker(broker_, topic, index, marker));
  const std::vector<ErrorCode> errors = co_await when_all(std::move(writes));
  TransactionPartitions left;
  auto error = errors.begin();
  for (const auto& [topic, indexes] : partitions)
    for (const PartitionIndex index : indexes) {
      if (*error != ErrorCode::none)
        logging::debug("the end of producer {}'s transaction is not in {}-{}: {}", marker.producer_id.value, topic,
                       index.value, name(*error));
      if (!is_settled(*error++)) left[topic].insert(index);
    }
  co_return left;
}

Task<Result<ProducerId>> BrokerProducerIds::next() { return broker_.next_producer_id(); }

}  // namespace sluice
