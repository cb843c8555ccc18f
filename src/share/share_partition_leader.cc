#include "share/share_partition_leader.h"

#include <utility>

#include "base/assert.h"
#include "base/logging.h"

namespace sluice {
namespace {

/// Between attempts to write that locks have ended.
constexpr std::chrono::milliseconds kRetryDelay{1'000};

/// How often a dead letter is tried to be written.
constexpr int kBuryAttempts = 10;

/// As a client of the partition's leader understands it.
ErrorCode for_client(ErrorCode error) {
  switch (error) {
    case ErrorCode::fenced_leader_epoch: return ErrorCode::not_leader_or_follower;
    // The group's coordinator has not told the share coordinator of the partition, or has told it to forget it.
    case ErrorCode::invalid_request:
    case ErrorCode::fenced_state_epoch: return ErrorCode::unknown_topic_or_partition;
    case ErrorCode::not_coordinator:
    case ErrorCode::coordinator_load_in_progress: return ErrorCode::coordinator_not_available;
    default: return error;
  }
}

}  // namespace

SharePartitionLeader::SharePartitionLeader(Loop& loop, SharePartitionKey key, LeaderEpoch epoch,
                                           SharePersister& persister, DeliverySettings settings,
                                           FindStart find_start, DeadLetters* dead_letters)
    : loop_(loop),
      key_(std::move(key)),
      epoch_(epoch),
      persister_(persister),
      settings_(settings),
      find_start_(std::move(find_start)),
      dead_letters_(dead_letters),
      loaded_(loop),
      due_changed_(loop),
      tasks_(loop) {
  tasks_.start(look_after_locks());
}

SharePartitionLeader::~SharePartitionLeader() { SLUICE_ASSERT(tasks_.size() == 0); }

void SharePartitionLeader::configure(const DeliverySettings& settings) {
  settings_ = settings;
  if (delivery_) delivery_->configure(settings);
}

Task<void> SharePartitionLeader::close() {
  closed_ = true;
  something_available();
  due_changed_.notify_all();
  co_await tasks_.close();
}

Task<ErrorCode> SharePartitionLeader::ready() {
  if (delivery_ && !closed_) co_return ErrorCode::none;
  if (closed_) co_return ErrorCode::not_leader_or_follower;
  if (!std::exchange(loading_, true)) tasks_.start(load());
  while (loading_) co_await loaded_.wait();
  if (closed_) co_return ErrorCode::not_leader_or_follower;
  co_return delivery_ ? ErrorCode::none : load_error_;
}

Task<void> SharePartitionLeader::load() {
  const ShareStateAnswer known = co_await persister_.read(key_, epoch_);
  load_error_ = for_client(known.error);
  Result<Offset> start = known.state.start;
  if (known.error == ErrorCode::none && start->value < 0) {
    start = co_await find_start_();
    // Or another leader would find another start, and pass over what was delivered and not acknowledged.
    if (start) load_error_ = for_client(co_await note_start(known.state.state_epoch, *start));
  }
  if (!start) load_error_ = ErrorCode::not_leader_or_follower;
  if (load_error_ == ErrorCode::none) {
    state_epoch_ = known.state.state_epoch;
    delivery_.emplace(*start, known.state.batches, settings_);
    // What a leader before this one has not brought to its end.
    if (!tasks_.stopping())
      for (const GivenUp& records : delivery_->given_up()) tasks_.start(bury(records));
  }
  loading_ = false;
  loaded_.notify_all();
}

Task<ErrorCode> SharePartitionLeader::note_start(std::int32_t state_epoch, Offset start) {
  const ShareWrite told{.state_epoch = state_epoch,
                        .leader_epoch = epoch_,
                        .start = start,
                        .delivery_complete_count = 0,
                        .batches = {}};
  co_return co_await persister_.write(key_, told);
}

std::vector<AcquiredRange> SharePartitionLeader::acquire(std::string_view member, Offset from,
                                                         std::span<const FetchedBatch> fetched,
                                                         AcquireLimits limits, std::span<const RecordKey> keys) {
  std::vector<AcquiredRange> acquired = delivery_->acquire(member, loop_.now(), from, fetched, limits, keys);
  due_changed_.notify_all();
  return acquired;
}

std::vector<AcquiredRange> SharePartitionLeader::exclude(std::vector<AcquiredRange> acquired,
                                                         std::span<const FetchedBatch> excluded) {
  return delivery_->exclude(std::move(acquired), excluded);
}

void SharePartitionLeader::log_started_at(Offset log_start) { delivery_->log_started_at(log_start); }

Task<ErrorCode> SharePartitionLeader::acknowledge(std::string_view member,
                                                  std::span<const AcknowledgedRange> said) {
  auto change = delivery_->acknowledge(member, loop_.now(), said);
  if (!change) co_return change.error();
  due_changed_.notify_all();
  co_return co_await write(std::move(*change));
}

Task<void> SharePartitionLeader::release(std::string_view member) {
  if (!delivery_) co_return;
  ShareChange change = delivery_->release(member, loop_.now());
  static_cast<void>(co_await write(std::move(change)));
}

/// What could not be written stays with its member until the lock ends.
Task<ErrorCode> SharePartitionLeader::write(ShareChange change) {
  if (change.empty()) co_return ErrorCode::none;
  const ShareWrite told{.state_epoch = state_epoch_,
                        .leader_epoch = epoch_,
                        .start = delivery_->start(),
                        .delivery_complete_count = delivery_->complete_count(change),
                        .batches = change.batches};
  const ErrorCode error = co_await persister_.write(key_, told);
  delivery_->settle(change, error == ErrorCode::none, loop_.now());
  due_changed_.notify_all();
  if (error == ErrorCode::none) {
    something_available();
    if (!tasks_.stopping())
      for (const GivenUp& records : delivery_->given_up(change)) tasks_.start(bury(records));
  }
  // Another leader, or another life of the group: what is known here is worth nothing any more.
  if (error == ErrorCode::fenced_leader_epoch || error == ErrorCode::fenced_state_epoch) closed_ = true;
  co_return for_client(error);
}

Task<void> SharePartitionLeader::bury(GivenUp records) {
  for (int attempt = 1; dead_letters_ != nullptr; ++attempt) {
    GivenUp left = records;
    const Result<void> written = co_await dead_letters_->write(key_, left);
    if (written) break;
    if (left.first > records.first) {
      // Noted at once: whoever goes on with the others must not write about these once more.
      GivenUp buried = records;
      buried.last = {left.first.value - 1};
      co_await note_buried(buried);
      records = left;
      attempt = 0;
    }
    const bool in_vain = written.error().code == Errc::invalid_argument || attempt == kBuryAttempts;
    if (in_vain) {
      logging::error("share group {} gives up records {} to {} of {} without a dead letter: {}", key_.group,
                     records.first.value, records.last.value, text_of(key_), written.error().what);
      break;
    }
    const SteadyTime again = loop_.now() + kRetryDelay;
    if (co_await tasks_.sleep_until(again)) co_return;  // The next leader goes on with it.
  }
  co_await note_buried(records);
}

Task<void> SharePartitionLeader::note_buried(GivenUp records) {
  if (closed_) co_return;
  ShareStateBatches archived = delivery_->archive(records);
  if (archived.empty()) co_return;
  const ShareWrite told{.state_epoch = state_epoch_,
                        .leader_epoch = epoch_,
                        .start = delivery_->start(),
                        .delivery_complete_count = delivery_->complete_count(),
                        .batches = std::move(archived)};
  // Where this fails another leader writes the dead letter once more.
  static_cast<void>(co_await persister_.write(key_, told));
  something_available();
}

Task<void> SharePartitionLeader::look_after_locks() {
  while (!tasks_.stopping()) {
    const std::optional<SteadyTime> due = delivery_ ? delivery_->next_due(loop_.now()) : std::nullopt;
    if (!due || *due > loop_.now()) {
      const bool changed = co_await due_changed_.wait_until(due.value_or(SteadyTime::max()));
      if (changed) continue;
    }
    if (tasks_.stopping() || closed_) co_return;
    if (!delivery_) continue;
    ShareChange expired = delivery_->expire(loop_.now());
    // A record that was kept back needs no writing to be available.
    if (expired.empty()) something_available();
    const ErrorCode error = co_await write(std::move(expired));
    if (error == ErrorCode::none) continue;
    const SteadyTime again = loop_.now() + kRetryDelay;
    co_await tasks_.sleep_until(again);
  }
}

void SharePartitionLeader::add_waiter(std::shared_ptr<FetchWaiter> waiter) {
  if (closed_) {
    waiter->wake();
    return;
  }
  std::erase_if(waiters_, [](const auto& other) { return other->done(); });
  waiters_.push_back(std::move(waiter));
}

void SharePartitionLeader::something_available() {
  for (const auto& waiter : waiters_) waiter->wake();
  waiters_.clear();
}

}  // namespace sluice
