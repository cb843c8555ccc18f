// What share groups need that others do not: the share coordinator, told of what a step has decided once that is
// committed; what it answers is the next step's.
#include <utility>

#include "base/logging.h"
#include "coordinator/coordinator_error.h"
#include "coordinator/group_partition.h"

namespace sluice {
namespace {

/// A share group has no offset of its own until its first fetch finds one.
constexpr Offset kNoStart{-1};
/// How long a heartbeat waits for the share coordinator.
constexpr std::chrono::milliseconds kInitializePatience{2'000};

}  // namespace

Task<void> GroupPartition::initialize(ShareInitialization wanted, CoordinatorRuntime::Write decided) {
  // What fails here is tried again with a heartbeat, some time later.
  const std::uint64_t load = loads_;
  const Result<void> committed = co_await runtime_.committed(std::move(decided), SteadyTime::max());
  AssignedPartitions known;
  for (const auto& [topic, indexes] : wanted.partitions)
    for (const PartitionIndex index : indexes) {
      if (!committed || load != loads_ || tasks_.stopping()) break;
      const SharePartitionKey key{wanted.group, topic, index};
      const ErrorCode error = co_await persister_.initialize(key, wanted.state_epoch, kNoStart);
      if (error == ErrorCode::none) known[topic].insert(index);
      if (error != ErrorCode::none)
        logging::warn("the share coordinator does not take {}: {}", text_of(key), sluice::name(error));
    }
  if (committed && load == loads_ && !tasks_.stopping() && unavailable() == ErrorCode::none) {
    GroupEffects effects;
    GroupStep noting = step(effects);
    groups_.shares().note_initialized(noting, wanted.group, known);
    apply(std::move(effects));
  }
  --initializing_;
  initialized_.notify_all();
}

Task<void> GroupPartition::check(ShareCheck wanted) {
  const std::uint64_t load = loads_;
  AssignedPartitions forgotten;
  bool complete = true;
  for (const auto& [topic, indexes] : wanted.partitions)
    for (const PartitionIndex index : indexes) {
      if (load != loads_ || tasks_.stopping()) co_return;
      const SharePartitionKey key{wanted.group, topic, index};
      const ShareStateAnswer found = co_await persister_.summarize(key);
      complete = complete && found.error == ErrorCode::none;
      // Who does not know a partition says that it was never initialised.
      if (found.error != ErrorCode::none || found.state != ShareState{}) continue;
      forgotten[topic].insert(index);
      logging::warn("the share coordinator has lost {}, which begins anew as share.auto.offset.reset says",
                    text_of(key));
    }
  if (load != loads_ || tasks_.stopping() || unavailable() != ErrorCode::none) co_return;
  GroupEffects effects;
  GroupStep ending = step(effects);
  groups_.shares().end_check(ending, wanted, forgotten, complete);
  apply(std::move(effects));
}

Task<ConsumerHeartbeatAnswer> GroupPartition::share_heartbeat(const wire::ShareGroupHeartbeatRequest& request,
                                                              GroupClient client) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return ConsumerHeartbeatAnswer::failed({error, {}});
  GroupEffects effects;
  GroupStep beating = step(effects);
  ConsumerHeartbeatAnswer answer = groups_.share_heartbeat(beating, request, client);
  const bool initializes = !effects.share_initializations.empty();
  const SteadyTime deadline = loop_.now() + kInitializePatience;
  ErrorCode error = co_await settled(apply(std::move(effects)));
  if (initializes && error == ErrorCode::none) {
    bool in_time = true;
    while (initializing_ > 0 && in_time) in_time = co_await initialized_.wait_until(deadline);
    error = unavailable();
    if (error == ErrorCode::none) {
      GroupEffects more;
      GroupStep looking = step(more);
      answer = groups_.shares().look_again(looking, request.group_id, request.member_id);
      error = co_await settled(apply(std::move(more)));
    }
  }
  if (error != ErrorCode::none) co_return ConsumerHeartbeatAnswer::failed({error, {}});
  co_return answer;
}

Task<DescribedConsumerGroup> GroupPartition::describe_share_group(std::string_view group) {
  DescribedConsumerGroup answer;
  ErrorCode error = unavailable();
  if (error == ErrorCode::none) {
    answer = groups_.shares().describe(group, options_->share);
    error = co_await settled(runtime_.last_write());
  }
  if (error != ErrorCode::none) co_return DescribedConsumerGroup::failed(error, group);
  co_return answer;
}

Task<ErrorCode> GroupPartition::forget_states(std::string_view group, const Uuid& topic,
                                              const std::set<PartitionIndex>& partitions) {
  for (const PartitionIndex index : partitions) {
    const SharePartitionKey key{std::string(group), topic, index};
    const ErrorCode error = co_await persister_.remove(key);
    if (error != ErrorCode::none) co_return error;
  }
  co_return ErrorCode::none;
}

/// The share coordinator forgets first: a group that is made again under the name must not find old state.
Task<ErrorCode> GroupPartition::delete_share_group(std::string_view group) {
  GroupEffects effects;
  GroupStep deleting = step(effects);
  Granted<AssignedPartitions> known = groups_.shares().begin_deletion(deleting, group);
  if (!known) co_return known.error().code;
  ErrorCode error = co_await settled(apply(std::move(effects)));
  for (const auto& [topic, indexes] : *known)
    if (error == ErrorCode::none) error = co_await forget_states(group, topic, indexes);
  if (error == ErrorCode::none) error = unavailable();
  if (error != ErrorCode::none) co_return error;
  GroupEffects last;
  GroupStep burying = step(last);
  groups_.shares().bury(burying, group);
  co_return co_await settled(apply(std::move(last)));
}

Task<PartitionsAnswer> GroupPartition::share_partitions(std::string_view group) {
  PartitionsAnswer answer{.error = unavailable(), .partitions = {}};
  if (answer.error != ErrorCode::none) co_return answer;
  answer.partitions = groups_.shares().partitions_with_state(group);
  answer.error = co_await settled(runtime_.last_write());
  co_return answer;
}

Task<AlteredShareOffsets> GroupPartition::alter_share_offsets(std::string_view group, const ShareStarts& starts) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return AlteredShareOffsets::failed({error, {}});
  GroupEffects effects;
  GroupStep beginning = step(effects);
  const Granted<std::int32_t> state_epoch =
      groups_.shares().begin_alteration(beginning, group, groups_.taken_from_shares(group), starts);
  if (!state_epoch) co_return AlteredShareOffsets::failed(state_epoch.error());
  const std::uint64_t load = loads_;
  ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return AlteredShareOffsets::failed({error, {}});
  AlteredShareOffsets answer;
  AssignedPartitions started;
  for (const auto& [topic, partitions] : starts)
    for (const auto& [index, start] : partitions) {
      const SharePartitionKey key{std::string(group), topic, index};
      const ErrorCode taken = co_await persister_.initialize(key, *state_epoch, start);
      answer.partitions[topic][index] = taken;
      if (taken == ErrorCode::none) started[topic].insert(index);
    }
  error = load == loads_ ? unavailable() : ErrorCode::not_coordinator;
  if (error != ErrorCode::none) co_return AlteredShareOffsets::failed({error, {}});
  GroupEffects last;
  GroupStep noting = step(last);
  groups_.shares().note_initialized(noting, group, started);
  error = co_await settled(apply(std::move(last)));
  if (error != ErrorCode::none) co_return AlteredShareOffsets::failed({error, {}});
  co_return answer;
}

Task<DeletedShareOffsets> GroupPartition::delete_share_offsets(std::string_view group,
                                                               const std::set<Uuid>& topics) {
  if (const ErrorCode error = unavailable(); error != ErrorCode::none)
    co_return DeletedShareOffsets::failed({error, {}});
  GroupEffects effects;
  GroupStep beginning = step(effects);
  const Granted<AssignedPartitions> known =
      groups_.shares().begin_offset_deletion(beginning, group, groups_.taken_from_shares(group), topics);
  if (!known) co_return DeletedShareOffsets::failed(known.error());
  const std::uint64_t load = loads_;
  ErrorCode error = co_await settled(apply(std::move(effects)));
  if (error != ErrorCode::none) co_return DeletedShareOffsets::failed({error, {}});
  DeletedShareOffsets answer;
  for (const Uuid& topic : topics) answer.topics[topic] = ErrorCode::unknown_topic_or_partition;
  std::set<Uuid> forgotten;
  for (const auto& [topic, indexes] : *known) {
    answer.topics[topic] = co_await forget_states(group, topic, indexes);
    if (answer.topics[topic] == ErrorCode::none) forgotten.insert(topic);
  }
  error = load == loads_ ? unavailable() : ErrorCode::not_coordinator;
  if (error != ErrorCode::none) co_return DeletedShareOffsets::failed({error, {}});
  GroupEffects last;
  GroupStep ending = step(last);
  groups_.shares().end_offset_deletion(ending, group, forgotten);
  error = co_await settled(apply(std::move(last)));
  if (error != ErrorCode::none) co_return DeletedShareOffsets::failed({error, {}});
  co_return answer;
}

}  // namespace sluice
