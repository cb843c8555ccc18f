#include "coordinator/group_partition.h"

#include <fmt/format.h>
#include <utility>

#include "base/logging.h"
#include "coordinator/coordinator_error.h"
#include "wire/random_uuid.h"

namespace sluice {
namespace {

/// As Kafka's member ids of the classic protocol end in.
std::string classic_id(Loop& loop) {
  const Uuid id = random_uuid(loop);
  const auto high = load<std::uint64_t>(Bytes(id.bytes), 0);
  const auto low = load<std::uint64_t>(Bytes(id.bytes), sizeof(high));
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff,
                     low >> 48, low & 0xffffffffffffULL);
}

/// What a producer is told when the log has refused what it wrote.
ErrorCode transactional_error(Errc code) {
  switch (code) {
    case Errc::producer_fenced: return ErrorCode::invalid_producer_epoch;
    case Errc::invalid_transaction: return ErrorCode::invalid_txn_state;
    case Errc::coordinator_fenced: return ErrorCode::transaction_coordinator_fenced;
    case Errc::too_large: return ErrorCode::invalid_commit_offset_size;
    default: return coordinator_error(code);
  }
}

// Member ids are strings of the protocol, which end at 32767 bytes.
constexpr std::size_t kMemberIdPrefixMax = 32'000;

}  // namespace

GroupPartition::GroupPartition(Loop& loop, std::string name, std::unique_ptr<CoordinatorLog> log,
                               std::shared_ptr<const GroupOptions> options,
                               CoordinatorRuntimeOptions runtime_options, SharePersister& persister)
    : loop_(loop),
      name_(name),
      options_(std::move(options)),
      joins_(loop),
      syncs_(loop),
      deadline_(*this),
      persister_(persister),
      initialized_(loop),
      tasks_(loop),
      runtime_(loop, std::move(name), std::move(log), *this, runtime_options) {}

Task<void> GroupPartition::close() {
  tasks_.stop();
  // First: what waits for the log ends with it.
  co_await runtime_.close();
  co_await tasks_.close();
}

void GroupPartition::reset() {
  ++loads_;
  groups_.reset();
  passed_over_ = 0;
}

void GroupPartition::replay(const LoggedRecord& record) {
  if (!groups_.replay(record)) ++passed_over_;
}

void GroupPartition::end_transaction(ProducerId producer, bool committed) {
  groups_.end_transaction(producer, committed);
}

void GroupPartition::loaded() {
  if (passed_over_ > 0)
    logging::error("{} has {} records that could not be read; the groups or offsets that they hold are missing",
                   name_, passed_over_);
  GroupEffects effects;
  GroupStep resuming = step(effects);
  groups_.resume(resuming);
  apply(std::move(effects));
}

void GroupPartition::suspended(ErrorCode error) {
  ++loads_;
  deadline_.cancel();
  joins_.give_all(JoinAnswer::failed(error, ""));
  syncs_.give_all(SyncAnswer::failed(error));
}

void GroupPartition::expire() {
  GroupEffects effects;
  GroupStep expiring = step(effects);
  groups_.expire(expiring);
  apply(std::move(effects));
}

CoordinatorRuntime::Write GroupPartition::apply(GroupEffects effects) {
  CoordinatorRuntime::Write write = runtime_.write(effects.records);
  for (auto& [wait, answer] : effects.joins) joins_.give(wait, std::move(answer), write);
  for (auto& [wait, answer] : effects.syncs) syncs_.give(wait, std::move(answer), write);
  for (ShareInitialization& initialization : effects.share_initializations) {
    ++initializing_;
    tasks_.start(initialize(std::move(initialization), write));
  }
  for (ShareCheck& wanted : effects.share_checks) tasks_.start(check(std::move(wanted)));
  const std::optional<SteadyTime> next = groups_.next_deadline();
  if (!next)
    deadline_.cancel();
  else if (!deadline_.is_set() || deadline_.due != *next)
    deadline_.set_due(loop_, *next);
  return write;
}

Task<ErrorCode> GroupPartition::settled(CoordinatorRuntime::Write write) {
  if (!write) co_return ErrorCode::none;
  const Result<void> committed =
      co_await runtime_.committed(std::move(write), loop_.now() + options_->commit_timeout);
  co_return committed ? ErrorCode::none : coordinator_error(committed.error().code);
}

std::string GroupPartition::new_member_id(const wire::JoinGroupRequest& request, const GroupClient& client) {
  if (!request.member_id.empty()) return {};
  const std::string_view prefix = request.group_instance_id.value_or(client.client_id);
  return fmt::format("{}-{}", prefix.substr(0, kMemberIdPrefixMax), classic_id(loop_));
}

Task<JoinAnswer> GroupPartition::join(const wire::JoinGroupRequest& request, GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return JoinAnswer::failed(error, request.member_id);
  const std::chrono::milliseconds session_timeout(request.session_timeout_ms);
  if (session_timeout < options_->session_timeout_min || session_timeout > options_->session_timeout_max)
    co_return JoinAnswer::failed(ErrorCode::invalid_session_timeout, request.member_id);

  WaitingAnswers<JoinAnswer>::Wait wait(joins_);
  GroupEffects effects;
  GroupStep joining = step(effects);
  groups_.join(joining, request, client, wait.id(), new_member_id(request, client));
  apply(std::move(effects));

  CoordinatorRuntime::Write write;
  JoinAnswer answer = co_await wait.answer(write);
  const ErrorCode error = co_await settled(std::move(write));
  if (error != ErrorCode::none) co_return JoinAnswer::failed(error, request.member_id);
  co_return answer;
}

Task<SyncAnswer> GroupPartition::sync(const wire::SyncGroupRequest& request) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return SyncAnswer::failed(error);
  WaitingAnswers<SyncAnswer>::Wait wait(syncs_);
  GroupEffects effects;
  GroupStep syncing = step(effects);
  groups_.sync(syncing, request, wait.id());
  apply(std::move(effects));

  CoordinatorRuntime::Write write;
  SyncAnswer answer = co_await wait.answer(write);
  const ErrorCode error = co_await settled(std::move(write));
  if (error != ErrorCode::none) co_return SyncAnswer::failed(error);
  co_return answer;
}

ErrorCode GroupPartition::heartbeat(const wire::HeartbeatRequest& request) {
  const ErrorCode error = unavailable();
  // The session begins anew when the group is loaded; until then there is nothing to tell a member.
  if (error == ErrorCode::coordinator_load_in_progress) return ErrorCode::none;
  if (error != ErrorCode::none) return error;
  GroupEffects effects;
  GroupStep beating = step(effects);
  const ErrorCode answer = groups_.heartbeat(beating, request);
  apply(std::move(effects));
  return answer;
}

Task<LeaveAnswer> GroupPartition::leave(const wire::LeaveGroupRequest& request, GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return LeaveAnswer{error, {}};
  GroupEffects effects;
  GroupStep leaving = step(effects);
  LeaveAnswer answer = groups_.leave(leaving, request, client);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return LeaveAnswer{error, {}};
  co_return answer;
}

Task<ConsumerHeartbeatAnswer> GroupPartition::consumer_heartbeat(
    const wire::ConsumerGroupHeartbeatRequest& request, GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return ConsumerHeartbeatAnswer::failed({error, {}});
  GroupEffects effects;
  GroupStep beating = step(effects);
  ConsumerHeartbeatAnswer answer = groups_.consumer_heartbeat(
      beating, request, client, request.member_id.empty() ? random_uuid(loop_).text() : std::string());
  // Even if it changes nothing it may tell of what was decided and is not committed yet.
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return ConsumerHeartbeatAnswer::failed({error, {}});
  co_return answer;
}

Task<DescribedConsumerGroup> GroupPartition::describe_consumer_group(std::string_view group) {
  DescribedConsumerGroup answer;
  ErrorCode error = unavailable();
  if (error == ErrorCode::none) {
    answer = groups_.describe_consumer_group(*options_, group);
    error = co_await settled(runtime_.last_write());
  }
  if (error != ErrorCode::none) co_return DescribedConsumerGroup::failed(error, group);
  co_return answer;
}

Task<StreamsHeartbeatAnswer> GroupPartition::streams_heartbeat(const wire::StreamsGroupHeartbeatRequest& request,
                                                               GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return StreamsHeartbeatAnswer::failed({error, {}});
  GroupEffects effects;
  GroupStep beating = step(effects);
  beating.chance = loop_.random();
  StreamsHeartbeatAnswer answer = groups_.streams_heartbeat(beating, request, client);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return StreamsHeartbeatAnswer::failed({error, {}});
  co_return answer;
}

Task<DescribedStreamsGroup> GroupPartition::describe_streams_group(std::string_view group) {
  DescribedStreamsGroup answer;
  ErrorCode error = unavailable();
  if (error == ErrorCode::none) {
    answer = groups_.describe_streams_group(group);
    error = co_await settled(runtime_.last_write());
  }
  if (error != ErrorCode::none) co_return DescribedStreamsGroup::failed(error, group);
  co_return answer;
}

Granted<void> GroupPartition::take_topology_description(
    const wire::StreamsGroupTopologyDescriptionUpdateRequest& request) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) return refused({error, {}});
  return groups_.take_topology_description(request);
}

Task<OffsetsAnswer> GroupPartition::commit(const wire::OffsetCommitRequest& request, GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  GroupEffects effects;
  GroupStep committing = step(effects);
  OffsetsAnswer answer = groups_.commit(committing, request, client);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  co_return answer;
}

Task<OffsetsAnswer> GroupPartition::commit_transactional(const wire::TxnOffsetCommitRequest& request,
                                                         bool epoch_bump, TransactionCheck check) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  const AppendGuard guard = runtime_.begin_verification(request.producer_id, request.producer_epoch, epoch_bump);
  if (guard.value != 0) {
    ErrorCode error = co_await check();
    if (error == ErrorCode::none) error = unavailable();
    if (error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  }
  GroupEffects effects;
  PendingCommit commit = groups_.commit_transactional(step(effects), request);
  OffsetsAnswer answer = commit.answer;
  if (commit.records.empty()) co_return answer;
  const std::vector<CoordinatorRecord> records = std::move(commit.records);
  auto applied = [this, commit = std::move(commit)]() mutable {
    groups_.add_pending(loop_.wall_now(), std::move(commit));
  };
  CoordinatorRuntime::Write write = runtime_.write_transactional(request.producer_id, request.producer_epoch,
                                                                 guard, records, std::move(applied));
  const Result<void> committed =
      co_await runtime_.committed(std::move(write), loop_.now() + options_->commit_timeout);
  if (!committed) co_return OffsetsAnswer{transactional_error(committed.error().code), {}};
  co_return answer;
}

Task<ErrorCode> GroupPartition::write_marker(TransactionMarker marker) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return error;
  CoordinatorRuntime::Write write = runtime_.write_marker(marker);
  const Result<void> committed = co_await runtime_.committed(std::move(write), SteadyTime::max());
  co_return committed ? ErrorCode::none : transactional_error(committed.error().code);
}

Task<FetchAnswer> GroupPartition::fetch(const wire::OffsetFetchRequest::OffsetFetchRequestGroup& request,
                                        bool require_stable) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return FetchAnswer{error, {}};
  FetchAnswer answer = groups_.fetch(request, require_stable);
  const ErrorCode error = co_await settled(runtime_.last_write());
  if (error != ErrorCode::none) co_return FetchAnswer{error, {}};
  co_return answer;
}

Task<OffsetsAnswer> GroupPartition::delete_offsets(const wire::OffsetDeleteRequest& request) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  GroupEffects effects;
  GroupStep deleting = step(effects);
  OffsetsAnswer answer = groups_.delete_offsets(deleting, request);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return OffsetsAnswer{error, {}};
  co_return answer;
}

Task<ErrorCode> GroupPartition::delete_group(std::string_view group) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return error;
  if (groups_.shares().find(group) != nullptr) co_return co_await delete_share_group(group);
  GroupEffects effects;
  GroupStep deleting = step(effects);
  const ErrorCode answer = groups_.delete_group(deleting, group);
  const ErrorCode error = co_await settled(apply(std::move(effects)));
  co_return error != ErrorCode::none ? error : answer;
}

Task<DescribedGroup> GroupPartition::describe(std::string_view group) {
  DescribedGroup answer;
  ErrorCode error = unavailable();
  if (error == ErrorCode::none) {
    answer = groups_.describe(group);
    error = co_await settled(runtime_.last_write());
  }
  if (error != ErrorCode::none) co_return DescribedGroup::failed(error, group);
  co_return answer;
}

Task<ListAnswer> GroupPartition::list() {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none) co_return ListAnswer{error, {}};
  ListAnswer answer{.groups = groups_.list()};
  const ErrorCode error = co_await settled(runtime_.last_write());
  if (error != ErrorCode::none) co_return ListAnswer{error, {}};
  co_return answer;
}

void GroupPartition::expire_offsets() {
  if (unavailable() != ErrorCode::none) return;
  GroupEffects effects;
  GroupStep expiring = step(effects);
  groups_.expire_offsets(expiring);
  apply(std::move(effects));
}

void GroupPartition::forget_topics(const std::vector<std::string>& topics) {
  if (unavailable() != ErrorCode::none) return;
  GroupEffects effects;
  GroupStep forgetting = step(effects);
  groups_.forget_topics(forgetting, topics);
  apply(std::move(effects));
}

}  // namespace sluice
