#include "client/consumer.h"

#include <algorithm>
#include <utility>

#include "client/detail/assigned.h"
#include "client/detail/fetcher.h"
#include "client/detail/group_client.h"
#include "client/detail/group_member.h"
#include "client/detail/position_finder.h"
#include "client/detail/protocol_member.h"

namespace sluice::client {

using detail::AssignedPartition;

Consumer::Consumer(Loop& loop, Network& network, ConsumerConfig config)
    : config_(std::move(config)),
      cluster_(loop, network, config_.client),
      news_(loop),
      tasks_(loop),
      assigned_(std::make_unique<detail::Assigned>()),
      commits_(loop) {
  if (config_.group_id) {
    group_ = std::make_unique<detail::GroupClient>(cluster_, *config_.group_id);
    if (config_.group_protocol == GroupProtocol::consumer) {
      auto member = std::make_unique<detail::ProtocolMember>(*group_, config_, news_);
      protocol_ = member.get();
      member_ = std::move(member);
    } else {
      auto member = std::make_unique<detail::GroupMember>(*group_, config_, news_);
      classic_ = member.get();
      member_ = std::move(member);
    }
  }
  finder_ = std::make_unique<detail::PositionFinder>(cluster_, config_, *assigned_, group_.get(), news_);
  fetcher_ = std::make_unique<detail::Fetcher>(cluster_, config_, *assigned_, news_);
  next_auto_commit_ = loop.now() + config_.auto_commit_interval;
}

Consumer::~Consumer() = default;

Outcome<void> Consumer::assign(std::set<TopicPartition> partitions) {
  if (subscribing_) return failed(ErrorCode::invalid_request, "the consumer subscribes to topics");
  for (const TopicPartition& partition : partitions) cluster_.want_topic(partition.topic);
  assigned_->assign(partitions);
  news_.notify_all();
  return {};
}

Outcome<void> Consumer::may_subscribe() const {
  if (!member_) return failed(ErrorCode::invalid_group_id, "subscribing needs a group.id");
  if (!subscribing_ && !assigned_->partitions().empty())
    return failed(ErrorCode::invalid_request, "partitions have been assigned by hand");
  return {};
}

Outcome<void> Consumer::subscribe(std::set<std::string> topics, RebalanceListener listener) {
  if (Outcome<void> may = may_subscribe(); !may) return may;
  listener_ = std::move(listener);
  filter_ = nullptr;
  cluster_.want_all_topics(false);
  subscribing_ = true;
  subscribed_ = std::move(topics);
  for (const std::string& topic : subscribed_) cluster_.want_topic(topic);
  if (protocol_ != nullptr) protocol_->subscribe_to_pattern({});
  member_->subscribe(subscribed_);
  return {};
}

Outcome<void> Consumer::subscribe_to_pattern(std::string pattern, RebalanceListener listener) {
  if (Outcome<void> may = may_subscribe(); !may) return may;
  if (protocol_ == nullptr)
    return failed(ErrorCode::unsupported_version,
                  "only with group.protocol=consumer does the coordinator look for topics");
  listener_ = std::move(listener);
  filter_ = nullptr;
  subscribing_ = true;
  subscribed_.clear();
  protocol_->subscribe({});
  protocol_->subscribe_to_pattern(std::move(pattern));
  return {};
}

Outcome<void> Consumer::subscribe_where(TopicFilter filter, RebalanceListener listener) {
  if (Outcome<void> may = may_subscribe(); !may) return may;
  listener_ = std::move(listener);
  filter_ = std::move(filter);
  subscribing_ = true;
  cluster_.want_all_topics(true);
  cluster_.request_update();
  follow_filter();
  member_->request_join();
  return {};
}

void Consumer::follow_filter() {
  if (!filter_) return;
  std::set<std::string> topics;
  for (const auto& [name, topic] : cluster_.view().topics()) {
    if (topic.error != ErrorCode::none || (topic.internal && config_.exclude_internal_topics)) continue;
    if (filter_(name)) topics.insert(name);
  }
  subscribed_ = topics;
  member_->subscribe(std::move(topics));
}

Task<void> Consumer::unsubscribe() {
  if (subscribing_) {
    if (config_.auto_commits()) co_await auto_commit_now(api_deadline());
    co_await give_up(assignment(), false);
    if (!member_->joining()) co_await member_->leave(cluster_.request_deadline());
  }
  subscribing_ = false;
  prepared_ = false;
  subscribed_.clear();
  filter_ = nullptr;
  cluster_.want_all_topics(false);
  assigned_->assign({});
}

std::set<TopicPartition> Consumer::assignment() const {
  std::set<TopicPartition> partitions;
  for (const auto& [partition, state] : assigned_->partitions()) partitions.insert(partition);
  return partitions;
}

std::set<TopicPartition> Consumer::paused() const {
  std::set<TopicPartition> partitions;
  for (const auto& [partition, state] : assigned_->partitions())
    if (state.paused) partitions.insert(partition);
  return partitions;
}

Outcome<AssignedPartition*> Consumer::assigned_partition(const TopicPartition& partition) const {
  AssignedPartition* state = assigned_->find(partition);
  if (state == nullptr)
    return failed(ErrorCode::invalid_request, "{} is not assigned to this consumer", to_string(partition));
  return state;
}

Outcome<void> Consumer::set_paused(const std::set<TopicPartition>& partitions, bool paused) {
  for (const TopicPartition& partition : partitions) {
    const Outcome<AssignedPartition*> state = assigned_partition(partition);
    if (!state) return failed(state.error());
    (*state)->paused = paused;
  }
  news_.notify_all();
  return {};
}

Outcome<void> Consumer::seek(const TopicPartition& partition, Offset offset, LeaderEpoch epoch) {
  if (offset.value < 0) return failed(ErrorCode::invalid_request, "{} is not an offset", offset.value);
  const Outcome<AssignedPartition*> state = assigned_partition(partition);
  if (!state) return failed(state.error());
  assigned_->seek(**state, offset, epoch);
  news_.notify_all();
  return {};
}

Outcome<void> Consumer::reset_all(const std::set<TopicPartition>& partitions, std::int64_t to) {
  for (const TopicPartition& partition : partitions) {
    const Outcome<AssignedPartition*> state = assigned_partition(partition);
    if (!state) return failed(state.error());
    assigned_->reset(**state, to);
  }
  news_.notify_all();
  return {};
}

Outcome<void> Consumer::seek_to_beginning(const std::set<TopicPartition>& partitions) {
  return reset_all(partitions, offset_at::kEarliest);
}

Outcome<void> Consumer::seek_to_end(const std::set<TopicPartition>& partitions) {
  return reset_all(partitions, offset_at::kLatest);
}

Outcome<void> Consumer::seek_to_time(const std::set<TopicPartition>& partitions, WallTime time) {
  return reset_all(partitions, std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

Task<Outcome<Offset>> Consumer::position(TopicPartition partition) {
  const SteadyTime deadline = api_deadline();
  while (true) {
    const Outcome<AssignedPartition*> state = assigned_partition(partition);
    if (!state) co_return failed(state.error());
    if ((*state)->position) co_return *(*state)->position;
    finder_->start();
    if (std::optional<Failure> failure = finder_->take_failure()) co_return failed(std::move(*failure));
    const SteadyTime now = cluster_.loop_now();
    if (now >= deadline)
      co_return failed(ErrorCode::request_timed_out, "the position of {} was not found in time",
                       to_string(partition));
    const SteadyTime again = finder_->next_attempt();
    (void)co_await news_.wait_until(again > now ? std::min(again, deadline) : deadline);
  }
}

std::optional<std::int64_t> Consumer::lag(const TopicPartition& partition) const {
  const AssignedPartition* state = assigned_->find(partition);
  if (state == nullptr || !state->position) return std::nullopt;
  const Offset end = config_.isolation_level == IsolationLevel::read_committed ? state->last_stable_offset
                                                                               : state->high_watermark;
  if (end.value < 0) return std::nullopt;
  return std::max<std::int64_t>(end - *state->position, 0);
}

void Consumer::wakeup() {
  woken_ = true;
  news_.notify_all();
}

SteadyTime Consumer::next_wait_end(SteadyTime deadline) const {
  const SteadyTime now = cluster_.loop_now();
  SteadyTime end = deadline;
  for (const SteadyTime at : {fetcher_->next_attempt(), finder_->next_attempt()})
    if (at > now) end = std::min(end, at);
  if (config_.auto_commits() && next_auto_commit_ > now) end = std::min(end, next_auto_commit_);
  return end;
}

Task<Outcome<ConsumedRecords>> Consumer::poll(milliseconds timeout) {
  SLUICE_ASSERT(!polling_);
  if (closed_) co_return failed(ErrorCode::operation_not_attempted, "the consumer is closed");
  polling_ = true;
  const SteadyTime deadline = cluster_.loop_now() + timeout;
  Outcome<ConsumedRecords> records;
  while (true) {
    if (subscribing_) {
      Outcome<void> kept = co_await keep_membership(deadline);
      if (!kept) {
        records = failed(std::move(kept.error()));
        break;
      }
    }
    auto_commit_if_due();
    finder_->start();
    if (std::optional<Failure> failure = finder_->take_failure()) {
      records = failed(std::move(*failure));
      break;
    }
    records = fetcher_->take(config_.max_poll_records);
    fetcher_->start_fetches();
    if (!records || !records->empty() || woken_ || closed_ || cluster_.loop_now() >= deadline) break;
    (void)co_await news_.wait_until(next_wait_end(deadline));
  }
  woken_ = false;
  polling_ = false;
  if (closed_) news_.notify_all();
  co_return records;
}

Outcome<void> Consumer::may_commit() const {
  if (!group_) return failed(ErrorCode::invalid_group_id, "committing needs a group.id");
  if (subscribing_ && !member_->is_member())
    return failed(ErrorCode::unknown_member_id,
                  "the consumer is no member of group {}; others may read its partitions", group_->group_id());
  return {};
}

detail::Membership Consumer::membership() const {
  return subscribing_ ? member_->membership() : detail::Membership{};
}

Task<Outcome<void>> Consumer::commit() { return commit(assigned_->consumed()); }

Task<Outcome<void>> Consumer::commit(Offsets offsets) {
  const Turns::Turn turn = co_await commits_.turn();
  if (Outcome<void> may = may_commit(); !may) co_return may;
  if (offsets.empty()) co_return Outcome<void>{};
  const detail::Membership as = membership();
  Outcome<void> done = co_await group_->commit(offsets, as, api_deadline());
  if (!done && subscribing_ && done.error().code == ErrorCode::rebalance_in_progress) member_->request_join();
  co_return done;
}

void Consumer::commit_async(CommitReport report, std::optional<Offsets> offsets) {
  if (tasks_.stopping()) return;
  tasks_.start(commit_in_background(offsets ? std::move(*offsets) : assigned_->consumed(), std::move(report)));
}

Task<void> Consumer::commit_in_background(Offsets offsets, CommitReport report) {
  const Turns::Turn turn = co_await commits_.turn();
  Outcome<void> done = may_commit();
  if (done && !offsets.empty()) {
    const detail::Membership as = membership();
    // Once: by the time of another attempt a newer commit may have been made.
    const auto outcomes = co_await group_->commit_once(offsets, as, cluster_.request_deadline());
    if (!outcomes)
      done = failed(outcomes.error());
    else
      for (const auto& [partition, outcome] : *outcomes)
        if (!outcome) done = outcome;
    if (!done) group_->note(done.error());
  }
  if (report) report(offsets, done);
}

void Consumer::auto_commit_if_due() {
  if (!config_.auto_commits() || cluster_.loop_now() < next_auto_commit_) return;
  next_auto_commit_ = cluster_.loop_now() + config_.auto_commit_interval;
  if (!may_commit()) return;
  commit_async([this](const Offsets&, const Outcome<void>& done) {
    if (!done) config_.client.warn(fmt::format("auto-commit failed: {}", done.error().what));
  });
}

Task<void> Consumer::auto_commit_now(SteadyTime deadline) {
  const Turns::Turn turn = co_await commits_.turn();
  const Offsets offsets = assigned_->consumed();
  if (!may_commit() || offsets.empty()) co_return;
  const detail::Membership as = membership();
  const Outcome<void> done = co_await group_->commit(offsets, as, deadline);
  if (!done) config_.client.warn(fmt::format("auto-commit failed: {}", done.error().what));
  next_auto_commit_ = cluster_.loop_now() + config_.auto_commit_interval;
}

Task<Outcome<Offsets>> Consumer::committed(std::set<TopicPartition> partitions) {
  if (!group_) co_return failed(ErrorCode::invalid_group_id, "committed offsets need a group.id");
  const bool stable = config_.isolation_level == IsolationLevel::read_committed;
  co_return co_await group_->committed(std::move(partitions), stable, api_deadline());
}

std::optional<GroupMetadata> Consumer::group_metadata() const {
  if (!group_) return std::nullopt;
  const detail::Membership as = membership();
  return GroupMetadata{group_->group_id(), as.generation, as.member_id, as.instance_id};
}

Task<PartitionOutcomes<ListedOffset>> Consumer::offsets_for_times(std::map<TopicPartition, std::int64_t> times) {
  return list_offsets(cluster_, std::move(times), config_.isolation_level, api_deadline());
}

Task<PartitionOutcomes<ListedOffset>> Consumer::beginning_offsets(std::set<TopicPartition> partitions) {
  std::map<TopicPartition, std::int64_t> times;
  for (const TopicPartition& partition : partitions) times.emplace(partition, offset_at::kEarliest);
  return list_offsets(cluster_, std::move(times), config_.isolation_level, api_deadline());
}

Task<PartitionOutcomes<ListedOffset>> Consumer::end_offsets(std::set<TopicPartition> partitions) {
  std::map<TopicPartition, std::int64_t> times;
  for (const TopicPartition& partition : partitions) times.emplace(partition, offset_at::kLatest);
  return list_offsets(cluster_, std::move(times), config_.isolation_level, api_deadline());
}

Task<Outcome<TopicInfo>> Consumer::describe_topic(std::string name) {
  const auto answer = co_await cluster_.describe_topics(std::vector<std::string>{name}, false, api_deadline());
  if (!answer) co_return failed(answer.error());
  std::vector<TopicInfo> topics = topics_of(**answer);
  if (topics.empty()) co_return failed(ErrorCode::unknown_topic_or_partition, "there is no topic {}", name);
  if (topics.front().error != ErrorCode::none) co_return failed(failure_of(topics.front().error, "topic " + name));
  co_return std::move(topics.front());
}

Task<Outcome<std::vector<TopicInfo>>> Consumer::list_topics() {
  const auto answer = co_await cluster_.describe_topics(std::nullopt, false, api_deadline());
  if (!answer) co_return failed(answer.error());
  co_return topics_of(**answer);
}

Task<void> Consumer::close(milliseconds timeout) {
  if (closed_) co_return;
  closed_ = true;
  const SteadyTime deadline = cluster_.loop_now() + timeout;
  news_.notify_all();
  while (polling_) co_await news_.wait();
  if (config_.auto_commits()) co_await auto_commit_now(deadline);
  if (subscribing_) {
    co_await give_up(assignment(), false);
    if (!member_->joining()) co_await member_->leave(cluster_.request_deadline(deadline));
  }
  cluster_.stop();
  if (member_) co_await member_->close();
  co_await fetcher_->close();
  co_await finder_->close();
  co_await tasks_.close();
  co_await cluster_.close();
}

}  // namespace sluice::client
