#include "server/share_persister.h"

#include "server/handlers/on_share_coordinator.h"

namespace sluice {

Task<ShareStateAnswer> LocalSharePersister::read(const SharePartitionKey& key, LeaderEpoch leader_epoch) {
  auto read = [&key, leader_epoch](ShareCoordinator& coordinator) { return coordinator.read(key, leader_epoch); };
  co_return co_await handlers::on_share_coordinator(broker_, key, read, ShareStateAnswer::failed);
}

Task<ErrorCode> LocalSharePersister::write(const SharePartitionKey& key, const ShareWrite& change) {
  auto write = [&key, &change](ShareCoordinator& coordinator) { return coordinator.write(key, change); };
  auto refuse = [](ErrorCode error) { return error; };
  co_return co_await handlers::on_share_coordinator(broker_, key, write, refuse);
}

}  // namespace sluice
