// client/consumer.h: reads records of topics, alone or as a member of a group.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/cluster.h"
#include "client/consumed_records.h"
#include "client/consumer_config.h"
#include "client/group_metadata.h"
#include "client/list_offsets.h"
#include "client/offset_and_metadata.h"

namespace sluice::client {

namespace detail {
class Assigned;
class Fetcher;
class GroupClient;
class GroupMember;
class GroupMembership;
class PositionFinder;
class ProtocolMember;
struct AssignedPartition;
struct Membership;
}  // namespace detail

/// Told, within poll() and close(), what a rebalance changes; each may be empty, and may await the consumer's
/// commit().
struct RebalanceListener {
  using Hear = std::function<Task<void>(std::set<TopicPartition>)>;
  Hear assigned;  ///< Partitions that came.
  Hear revoked;   ///< Partitions that are about to go to others: the last chance to commit.
  Hear lost;      ///< Partitions that others have already; where it is empty `revoked` is told.
};

/// Which topics a consumer subscribes to, as they come and go.
using TopicFilter = std::function<bool(std::string_view)>;

/// Either has partitions assigned by its user, or subscribes to topics and shares their partitions with the other
/// members of its group. One task at a time polls; fetches and heartbeats go on in the background while none does,
/// but a member that does not poll for max.poll.interval.ms leaves its group. Lives on one shard; `close` it
/// before it dies.
class Consumer {
 public:
  using CommitReport = std::move_only_function<void(const Offsets&, const Outcome<void>&)>;

  /// `config` passes its check().
  Consumer(Loop& loop, Network& network, ConsumerConfig config);
  ~Consumer();

  // What to read.

  /// Instead of any subscription. Partitions that stay assigned keep their positions.
  /// Errors: invalid_request where there is a subscription.
  Outcome<void> assign(std::set<TopicPartition> partitions);
  /// Errors: invalid_request without a group.id, or where partitions have been assigned.
  Outcome<void> subscribe(std::set<std::string> topics, RebalanceListener listener = {});
  Outcome<void> subscribe_where(TopicFilter filter, RebalanceListener listener = {});
  /// Topics whose names match a regular expression of RE2's, which the group's coordinator looks for. Errors: as
  /// of subscribe; unsupported_version unless group.protocol is consumer. What the coordinator says to the
  /// expression is an error of poll().
  Outcome<void> subscribe_to_pattern(std::string pattern, RebalanceListener listener = {});
  /// Leaves the group and gives up all partitions.
  Task<void> unsubscribe();
  std::set<TopicPartition> assignment() const;
  const std::set<std::string>& subscription() const { return subscribed_; }
  /// Nothing without a group.
  std::optional<GroupMetadata> group_metadata() const;

  // Reading.

  /// Up to max.poll.records of what has come. Waits up to `timeout` where nothing has; then returns none.
  /// Positions move behind what is returned, and with auto-commit the next poll counts it as read. Errors:
  /// offset_out_of_range (with auto.offset.reset=none), topic_authorization_failed, group_authorization_failed,
  /// corrupt_message, fenced_instance_id …: the next poll goes on where this one stood.
  Task<Outcome<ConsumedRecords>> poll(milliseconds timeout);
  /// Makes the poll that waits, or the next one, return at once.
  void wakeup();
  Outcome<void> pause(const std::set<TopicPartition>& partitions) { return set_paused(partitions, true); }
  Outcome<void> resume(const std::set<TopicPartition>& partitions) { return set_paused(partitions, false); }
  std::set<TopicPartition> paused() const;

  // Positions. Errors of all: invalid_request for a partition that is not assigned.

  Outcome<void> seek(const TopicPartition& partition, Offset offset, LeaderEpoch epoch = LeaderEpoch{-1});
  Outcome<void> seek_to_beginning(const std::set<TopicPartition>& partitions);
  Outcome<void> seek_to_end(const std::set<TopicPartition>& partitions);
  /// To the first record that is not older; to the end if all are.
  Outcome<void> seek_to_time(const std::set<TopicPartition>& partitions, WallTime time);
  /// The offset of the next record, found out first if need be. Errors: also request_timed_out.
  Task<Outcome<Offset>> position(TopicPartition partition);
  /// How many records are between the position and the end that the last fetch saw; nothing before the first
  /// fetch.
  std::optional<std::int64_t> lag(const TopicPartition& partition) const;

  // Committing. Errors: invalid_request without a group; illegal_generation, unknown_member_id,
  // rebalance_in_progress where the partitions are about to be others'; fenced_instance_id, request_timed_out …

  /// Commits the positions.
  Task<Outcome<void>> commit();
  Task<Outcome<void>> commit(Offsets offsets);
  /// Commits once, in the background, the positions or `offsets`. Commits arrive in the order of the calls.
  void commit_async(CommitReport report = {}, std::optional<Offsets> offsets = std::nullopt);
  Task<Outcome<Offsets>> committed(std::set<TopicPartition> partitions);

  // Looking around.

  Task<PartitionOutcomes<ListedOffset>> offsets_for_times(std::map<TopicPartition, std::int64_t> times);
  Task<PartitionOutcomes<ListedOffset>> beginning_offsets(std::set<TopicPartition> partitions);
  Task<PartitionOutcomes<ListedOffset>> end_offsets(std::set<TopicPartition> partitions);
  Task<Outcome<TopicInfo>> describe_topic(std::string name);
  Task<Outcome<std::vector<TopicInfo>>> list_topics();

  const ConsumerConfig& config() const { return config_; }
  Cluster& cluster() { return cluster_; }

  /// Commits where it commits by itself, leaves the group, and waits until nothing of it is at work. What talks to
  /// brokers gives up after `timeout`.
  Task<void> close(milliseconds timeout = milliseconds(30'000));

 private:
  SteadyTime api_deadline() const { return cluster_.loop_now() + config_.client.default_api_timeout; }
  Outcome<detail::AssignedPartition*> assigned_partition(const TopicPartition& partition) const;
  Outcome<void> set_paused(const std::set<TopicPartition>& partitions, bool paused);
  Outcome<void> reset_all(const std::set<TopicPartition>& partitions, std::int64_t to);
  Outcome<void> may_subscribe() const;
  Outcome<void> may_commit() const;
  detail::Membership membership() const;
  SteadyTime next_wait_end(SteadyTime deadline) const;

  Task<Outcome<void>> keep_membership(SteadyTime deadline);
  Task<Outcome<void>> follow_target();
  void follow_filter();
  Task<void> prepare_join();
  Task<Outcome<void>> take_assignment(std::set<TopicPartition> partitions);
  Task<void> tell(RebalanceListener::Hear& hear, std::set<TopicPartition> partitions);
  Task<void> give_up(std::set<TopicPartition> partitions, bool lost);

  void auto_commit_if_due();
  Task<void> auto_commit_now(SteadyTime deadline);
  Task<void> commit_in_background(Offsets offsets, CommitReport report);

  ConsumerConfig config_;
  Cluster cluster_;
  Event news_;  ///< Of anything that a poll waits for.
  TaskGroup tasks_;
  std::unique_ptr<detail::Assigned> assigned_;
  std::unique_ptr<detail::GroupClient> group_;       ///< Null without a group.
  std::unique_ptr<detail::GroupMembership> member_;  ///< Null without a group.
  detail::GroupMember* classic_ = nullptr;           ///< The member, where it speaks the classic protocol.
  detail::ProtocolMember* protocol_ = nullptr;       ///< Where it speaks the consumer protocol.
  std::unique_ptr<detail::PositionFinder> finder_;
  std::unique_ptr<detail::Fetcher> fetcher_;
  std::set<std::string> subscribed_;
  TopicFilter filter_;
  RebalanceListener listener_;
  bool subscribing_ = false;
  bool prepared_ = false;  ///< For the join that is due or under way.
  bool woken_ = false;
  bool closed_ = false;
  bool polling_ = false;
  SteadyTime next_auto_commit_{};
  Turns commits_;
};

}  // namespace sluice::client
