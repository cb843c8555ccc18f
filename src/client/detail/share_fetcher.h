// client/detail/share_fetcher.h: acquires records from the leaders of a member's partitions, and tells them what
// became of those (KIP-932).
//
// Each leader has a session, whose requests go one after the other: a fetch that also carries what there is to
// acknowledge, or an acknowledgement alone. Whatever a leader does not answer is lost with the session: the leader
// then gives the records to others.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "client/cluster.h"
#include "client/consumed_records.h"
#include "client/detail/share_session.h"
#include "client/list_offsets.h"
#include "client/share_consumer_config.h"
#include "record/compression.h"
#include "wire/api/share_acknowledge.h"
#include "wire/api/share_fetch.h"

namespace sluice::client {

/// Told, when a leader has answered or can no longer, which offsets were acknowledged and what came of it.
using AcknowledgementReport =
    std::function<void(const TopicPartition&, const std::set<Offset>&, const Outcome<void>&)>;

namespace detail {

class ShareFetcher {
 public:
  /// All outlive this. `news` is notified when there is something to take.
  ShareFetcher(Cluster& cluster, const ShareConsumerConfig& config, const std::string& member_id, Event& news);

  /// What is read from now on.
  void assign(std::set<TopicPartition> partitions);
  void on_acknowledged(AcknowledgementReport report) { report_ = std::move(report); }

  /// Up to max.poll.records of what has come. What was taken is outstanding until it is acknowledged.
  /// Errors: those of fetches, one a call, and of records that are corrupt.
  Outcome<ConsumedRecords> take();
  /// Fetches from every leader that nothing is under way to. Where nothing is wanted because records wait to be
  /// taken, only acknowledgements are sent.
  void start(bool fetch);
  SteadyTime next_attempt() const;

  /// Whether records have been taken that nothing has been said of.
  bool has_unanswered() const;
  /// Accepts all of them.
  void accept_all();
  /// Errors: invalid_request (the record is not outstanding).
  Outcome<void> acknowledge(const TopicPartition& partition, Offset offset, AcknowledgeType type);
  /// Sends what has been acknowledged and says what came of it. What the fetches under way carry counts as well.
  Task<PartitionOutcomes<void>> commit(SteadyTime deadline);
  /// Nothing before the first fetch.
  std::optional<milliseconds> lock_timeout() const { return lock_timeout_; }

  /// Sends what has been acknowledged and ends the sessions, so that others get what was not.
  Task<void> leave(SteadyTime deadline);
  Task<void> close();

 private:
  struct Leader {
    explicit Leader(Loop& loop) : turns(loop) {}
    ShareSession session;
    Turns turns;
    bool fetching = false;
    SteadyTime not_before{};
    SharePartitionsAcknowledged pending;
  };
  /// Where a record came from, and what the application has said of it.
  struct Outstanding {
    NodeId leader;
    Uuid topic_id;
    bool answered = false;  ///< Renewed: something else is to be said before it is done with.
  };
  struct Batch {
    NodeId leader;
    Uuid topic_id;
    PartitionRecords records;
    std::vector<std::shared_ptr<const void>> owners;
    std::size_t taken = 0;
  };
  using Wanted = std::map<NodeId, std::set<SharePartition>>;
  using FetchAnswer = std::shared_ptr<Answer<wire::ShareFetchResponse>>;

  std::shared_ptr<Leader> leader(NodeId id);
  Wanted wanted_by_leader();
  Task<void> run_fetch(NodeId id, std::shared_ptr<Leader> leader, std::set<SharePartition> wanted);
  Task<Outcome<void>> fetch(NodeId id, Leader& leader, const std::set<SharePartition>& wanted);
  wire::ShareFetchRequest fetch_request(const ShareSession::Plan& plan,
                                        const SharePartitionsAcknowledged& said) const;
  void take_answer(NodeId from, const std::set<SharePartition>& wanted, const SharePartitionsAcknowledged& said,
                   FetchAnswer answer);
  void take_partition(NodeId from, const SharePartition& partition,
                      const wire::ShareFetchResponse::PartitionData& data, const FetchAnswer& answer);
  void take_error(const SharePartition& partition, const wire::ShareFetchResponse::PartitionData& data);
  Task<void> run_acknowledge(NodeId id, std::shared_ptr<Leader> leader);
  /// Repeats what the leader could not take just now, until the deadline.
  Task<PartitionOutcomes<void>> send_pending(NodeId id, std::shared_ptr<Leader> leader, bool last,
                                             SteadyTime deadline);
  SharePartitionsAcknowledged take_repeated(SharePartitionsAcknowledged& said,
                                            const PartitionOutcomes<void>& outcomes);
  Task<Outcome<PartitionOutcomes<void>>> acknowledge_once(NodeId id, Leader& leader,
                                                          const SharePartitionsAcknowledged& said, bool last,
                                                          SteadyTime deadline);
  void tell(const SharePartition& partition, const Acknowledged& said, const Outcome<void>& outcome) const;
  /// The outcomes as the answer names them, or the failure for all.
  PartitionOutcomes<void> settle(const SharePartitionsAcknowledged& said,
                                 const Outcome<PartitionOutcomes<void>>& outcomes) const;
  void lose(Leader& leader);
  void note(Leader& leader, const Failure& failure);

  Cluster& cluster_;
  const ShareConsumerConfig& config_;
  const std::string& member_id_;
  Event& news_;
  TaskGroup tasks_;
  Event left_;  ///< The member leaves: what is to be repeated goes with its last request.
  bool leaving_ = false;
  Decompressor decompressor_;
  AcknowledgementReport report_;
  std::set<TopicPartition> assigned_;
  std::map<NodeId, std::shared_ptr<Leader>> leaders_;
  std::deque<Batch> batches_;
  std::deque<Failure> failures_;
  std::map<TopicPartition, std::map<Offset, Outstanding>> outstanding_;
  std::optional<milliseconds> lock_timeout_;
};

}  // namespace detail
}  // namespace sluice::client
