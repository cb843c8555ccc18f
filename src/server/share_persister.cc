#include "server/share_persister.h"

#include "coordinator/internal_topics.h"
#include "server/handlers/on_share_coordinator.h"

namespace sluice {
namespace {

ErrorCode refuse(ErrorCode error) { return error; }

}  // namespace

Task<ErrorCode> LocalSharePersister::initialize(const SharePartitionKey& key, std::int32_t state_epoch,
                                                Offset start) {
  // The first share group brings the topic that share state is kept in.
  const Result<void> ready = co_await broker_.ensure_internal_topic(kShareTopic);
  if (!ready) co_return ErrorCode::coordinator_not_available;
  auto initialise = [&key, state_epoch, start](ShareCoordinator& coordinator) {
    return coordinator.initialize(key, state_epoch, start);
  };
  co_return co_await handlers::on_share_coordinator(broker_, key, initialise, refuse);
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
  co_return co_await handlers::on_share_coordinator(broker_, key, remove, refuse);
}

Task<ShareStateAnswer> LocalSharePersister::summarize(const SharePartitionKey& key) {
  auto summarize = [&key](ShareCoordinator& coordinator) { return coordinator.summarize(key); };
  co_return co_await handlers::on_share_coordinator(broker_, key, summarize, ShareStateAnswer::failed);
}

}  // namespace sluice
