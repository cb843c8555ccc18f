#include "coordinator/share_state_partition.h"

#include <utility>

#include "base/logging.h"
#include "coordinator/coordinator_error.h"

namespace sluice {

ShareStatePartition::ShareStatePartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                                         std::shared_ptr<const ShareCoordinatorOptions> options,
                                         CoordinatorRuntimeOptions runtime_options)
    : loop_(loop),
      name_(name),
      options_(std::move(options)),
      runtime_(loop, std::move(name), std::move(log), *this, runtime_options) {}

void ShareStatePartition::reset() {
  states_.reset();
  passed_over_ = 0;
}

void ShareStatePartition::replay(const LoggedRecord& record) {
  if (!states_.replay(record)) ++passed_over_;
}

void ShareStatePartition::loaded() {
  if (passed_over_ > 0)
    logging::error("{} has {} records that could not be read; what they held of share groups is missing", name_,
                   passed_over_);
}

std::optional<std::int32_t> ShareStatePartition::snapshot_epoch(const SharePartitionKey& key) const {
  const ShareState* const state = states_.find_state(key);
  return state == nullptr ? std::nullopt : std::optional(state->snapshot_epoch);
}

/// `decide` takes a step and returns an error. The answer is that error once what was known then is committed.
template <class Decide>
Task<ErrorCode> ShareStatePartition::decide(const SharePartitionKey& key, Decide decide) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return error;
  std::vector<CoordinatorRecord> records;
  ShareStep step{loop_.wall_now(), *options_, records};
  const std::optional<std::int32_t> before = snapshot_epoch(key);
  const ErrorCode answer = decide(step);
  const std::optional<std::int32_t> after = snapshot_epoch(key);
  const CoordinatorRuntime::Write write = runtime_.write(records);
  const Result<void> committed = co_await runtime_.committed(write, loop_.now() + options_->write_timeout);
  if (!committed) co_return coordinator_error(committed.error().code);
  const std::optional<Offset> base = CoordinatorRuntime::base_offset(write);
  if (after && after != before && base) states_.snapshot_written(key, *after, *base);
  co_return answer;
}

Task<ErrorCode> ShareStatePartition::initialize(const SharePartitionKey& key, std::int32_t state_epoch,
                                                Offset start) {
  auto initialise = [&](ShareStep& step) { return states_.initialize(step, key, state_epoch, start); };
  co_return co_await decide(key, initialise);
}

Task<ShareStateAnswer> ShareStatePartition::read(const SharePartitionKey& key, LeaderEpoch leader_epoch) {
  ShareStateAnswer answer;
  auto look = [&](ShareStep& step) {
    answer = states_.read(step, key, leader_epoch);
    return answer.error;
  };
  const ErrorCode error = co_await decide(key, look);
  if (error != ErrorCode::none) co_return ShareStateAnswer::failed(error);
  co_return answer;
}

Task<ErrorCode> ShareStatePartition::write(const SharePartitionKey& key, const ShareWrite& change) {
  auto put = [&](ShareStep& step) { return states_.write(step, key, change); };
  co_return co_await decide(key, put);
}

Task<ErrorCode> ShareStatePartition::remove(const SharePartitionKey& key) {
  auto forget = [&](ShareStep& step) { return states_.remove(step, key); };
  co_return co_await decide(key, forget);
}

Task<ShareStateAnswer> ShareStatePartition::summarize(const SharePartitionKey& key) {
  ShareStateAnswer answer;
  auto look = [&](ShareStep&) {
    answer = states_.summarize(key);
    return answer.error;
  };
  const ErrorCode error = co_await decide(key, look);
  if (error != ErrorCode::none) co_return ShareStateAnswer::failed(error);
  co_return answer;
}

void ShareStatePartition::forget(const std::function<bool(const SharePartitionKey&, const ShareState&)>& is_gone) {
  if (unavailable() != ErrorCode::none) return;
  std::vector<CoordinatorRecord> records;
  ShareStep step{loop_.wall_now(), *options_, records};
  states_.forget(step, is_gone);
  runtime_.write(records);
}

Task<void> ShareStatePartition::snapshot_cold() {
  if (unavailable() != ErrorCode::none) co_return;
  std::vector<CoordinatorRecord> records;
  ShareStep step{loop_.wall_now(), *options_, records};
  const std::map<SharePartitionKey, std::int32_t> epochs = states_.snapshot_cold(step);
  const CoordinatorRuntime::Write write = runtime_.write(records);
  const Result<void> committed = co_await runtime_.committed(write, loop_.now() + options_->write_timeout);
  const std::optional<Offset> base = CoordinatorRuntime::base_offset(write);
  if (!committed || !base) co_return;
  for (const auto& [key, epoch] : epochs) states_.snapshot_written(key, epoch, *base);
}

Task<void> ShareStatePartition::prune() {
  if (unavailable() != ErrorCode::none) co_return;
  if (const auto oldest = states_.oldest_needed()) co_await runtime_.prune(*oldest);
}

}  // namespace sluice
