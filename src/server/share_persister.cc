#include "server/share_persister.h"

#include "coordinator/internal_topics.h"
#include "server/handlers/on_share_coordinator.h"

namespace sluice {
namespace {

ErrorCode refuse(ErrorCode error) { return error; }

/// Whoever leads the partition for the group begins with what the share coordinator has now.
Task<void> forget_leader(Broker& broker, const SharePartitionKey& key) {
  const PartitionKey partition{key.topic_id, key.partition};
  BrokerShard& owner = broker.owner_of(partition);
  auto forget = [&leaders = owner.share_leaders(), &key, &partition]() -> Task<bool> {
    leaders.forget(key.group, partition);
    co_return true;
  };
  co_await on(owner.loop(), forget);
}

}  // namespace

Task<ErrorCode> LocalSharePersister::initialize(const SharePartitionKey& key, std::int32_t state_epoch,
                                                Offset start) {
  // The first share group brings the topic that share state is kept in.
  const Result<void> ready = co_await broker_.ensure_internal_topic(kShareTopic);
  if (!ready) co_return ErrorCode::coordinator_not_available;
  auto initialise = [&key, state_epoch, start](ShareCoordinator& coordinator) {
    return coordinator.initialize(key, state_epoch, start);
  };
  const ErrorCode error = co_await handlers::on_share_coordinator(broker_, key, initialise, refuse);
  if (error == ErrorCode::none) co_await forget_leader(broker_, key);
  co_return error;
}

Task<ShareStateAnswer> LocalSharePersister::read(const SharePartitionKey& key, LeaderEpoch leader_epoch) {
  auto read = [&key, leader_epoch](ShareCoordinator& coordinator) { return coordinator.read(key, leader_epoch); };
  co_return co_await handlers::on_share_coordinator(broker_, key, read, ShareStateAnswer::failed);
}

Task<ErrorCode> LocalSharePersister::write(const SharePartitionKey& key, const ShareWrite& change) {
  auto write = [&key, &change](ShareCoordinator& coordinator) { return coordinator.write(key, change); };
  co_return co_await handlers::on_share_coordinator(broker_, key, write, refuse);
}

Task<ErrorCode> LocalSharePersister::remove(const SharePartitionKey& key) {
  auto remove = [&key](ShareCoordinator& coordinator) { return coordinator.remove(key); };
  const ErrorCode error = co_await handlers::on_share_coordinator(broker_, key, remove, refuse);
  if (error == ErrorCode::none) co_await forget_leader(broker_, key);
  co_return error;
}

Task<ShareStateAnswer> LocalSharePersister::summarize(const SharePartitionKey& key) {
  auto summarize = [&key](ShareCoordinator& coordinator) { return coordinator.summarize(key); };
  co_return co_await handlers::on_share_coordinator(broker_, key, summarize, ShareStateAnswer::failed);
}

}  // namespace sluice
