// coordinator/share_store.h: a share coordinator at hand, which fails when a test tells it to.
#pragma once

#include <vector>

#include "coordinator/share_persister.h"

namespace sluice::test {

class ShareStore final : public SharePersister {
 public:
  explicit ShareStore(Loop& loop) : loop_(loop) {}

  Task<ErrorCode> initialize(const SharePartitionKey& key, std::int32_t state_epoch, Offset start) override {
    if (failure != ErrorCode::none) co_return failure;
    ShareStep step = this->step();
    co_return states.initialize(step, key, state_epoch, start);
  }
  Task<ShareStateAnswer> read(const SharePartitionKey& key, LeaderEpoch epoch) override {
    if (failure != ErrorCode::none) co_return ShareStateAnswer::failed(failure);
    ShareStep step = this->step();
    co_return states.read(step, key, epoch);
  }
  Task<ErrorCode> write(const SharePartitionKey& key, const ShareWrite& change) override {
    ++writes;
    if (failure != ErrorCode::none) co_return failure;
    ShareStep step = this->step();
    co_return states.write(step, key, change);
  }
  Task<ErrorCode> remove(const SharePartitionKey& key) override {
    if (failure != ErrorCode::none) co_return failure;
    ShareStep step = this->step();
    co_return states.remove(step, key);
  }
  Task<ShareStateAnswer> summarize(const SharePartitionKey& key) override {
    if (failure != ErrorCode::none) co_return ShareStateAnswer::failed(failure);
    co_return states.summarize(key);
  }

  ShareStep step() {
    records.clear();
    return {loop_.wall_now(), options, records};
  }

  ShareStates states;
  ShareCoordinatorOptions options;
  std::vector<CoordinatorRecord> records;
  ErrorCode failure = ErrorCode::none;
  int writes = 0;

 private:
  Loop& loop_;
};

}  // namespace sluice::test
