// client/share_consumer.h: reads records of topics together with the other members of a share group (KIP-932), as
// from a queue: each record goes to one member, who says what became of it, or it goes to another.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/cluster.h"
#include "client/consumed_records.h"
#include "client/detail/share_fetcher.h"
#include "client/share_consumer_config.h"

namespace sluice::client {

namespace detail {
class GroupClient;
class ShareMember;
}  // namespace detail

/// One task at a time polls; fetches and heartbeats go on in the background while none does, but a member that
/// does not poll for max.poll.interval.ms leaves its group. Records that are not acknowledged before their lock
/// ends go to others. Lives on one shard; `close` it before it dies.
class ShareConsumer {
 public:
  /// `config` passes its check().
  ShareConsumer(Loop& loop, Network& network, ShareConsumerConfig config);
  ~ShareConsumer();

  void subscribe(std::set<std::string> topics);
  /// Leaves the group; what has not been acknowledged goes to others.
  Task<void> unsubscribe();
  const std::set<std::string>& subscription() const { return subscribed_; }

  /// Up to max.poll.records of what has come; waits up to `timeout` where nothing has. With implicit
  /// acknowledgement it accepts what the last poll returned. Errors: invalid_request (with explicit
  /// acknowledgement something has not been acknowledged), group_authorization_failed, topic_authorization_failed,
  /// corrupt_message …: the next poll goes on.
  Task<Outcome<ConsumedRecords>> poll(milliseconds timeout);
  /// Makes the poll that waits, or the next one, return at once.
  void wakeup();

  /// Says what became of a record that a poll returned; sent with the next poll or commit. A record that was
  /// renewed is acknowledged again. Errors: invalid_request (implicit acknowledgement, or the record is not
  /// outstanding).
  Outcome<void> acknowledge(const TopicPartition& partition, Offset offset,
                            AcknowledgeType type = AcknowledgeType::accept);
  /// Sends what has been acknowledged, with implicit acknowledgement all that was returned, and waits. Failures of
  /// a partition: invalid_record_state (a lock was over), share_session_not_found …
  Task<PartitionOutcomes<void>> commit();
  /// The same without waiting; the report tells.
  void commit_async();
  /// Told from the loop whenever a leader has taken acknowledgements or it is known that it will not.
  void on_acknowledged(AcknowledgementReport report);
  /// How long a record is this member's; nothing before the first records.
  std::optional<milliseconds> acquisition_lock_timeout() const;

  const std::string& member_id() const;
  const ShareConsumerConfig& config() const { return config_; }
  Cluster& cluster() { return cluster_; }

  /// Sends what has been acknowledged, gives back the rest, leaves the group, and waits until nothing of it is at
  /// work. What talks to brokers gives up after `timeout`.
  Task<void> close(milliseconds timeout = milliseconds(30'000));

 private:
  Outcome<void> follow_target();

  ShareConsumerConfig config_;
  Cluster cluster_;
  Event news_;  ///< Of anything that a poll waits for.
  std::unique_ptr<detail::GroupClient> group_;
  std::unique_ptr<detail::ShareMember> member_;
  std::unique_ptr<detail::ShareFetcher> fetcher_;
  std::set<std::string> subscribed_;
  bool woken_ = false;
  bool closed_ = false;
  bool polling_ = false;
};

}  // namespace sluice::client
