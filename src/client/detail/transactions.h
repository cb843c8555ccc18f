// client/detail/transactions.h: a producer's transactions (KIP-98): what belongs to the one that is open, and its
// end.
//
//   uninitialized --initialize()--> ready --begin()--> open --commit() or abort()--> ready
// A record that is given up makes the open transaction one that can only be aborted. A producer that has been
// fenced by another with its transactional.id can do nothing more.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "client/detail/sender.h"
#include "client/group_metadata.h"
#include "client/offset_and_metadata.h"

namespace sluice::client::detail {

class GroupClient;

class Transactions final : public SendGate {
 public:
  /// All outlive this. `config` has a transactional.id.
  Transactions(Cluster& cluster, const ProducerConfig& config, Accumulator& accumulator);
  /// The two know each other; once, before anything else.
  void attach(Sender& sender) { sender_ = &sender; }

  /// Whether records may be sent now. Errors: invalid_txn_state, what made the transaction fail.
  Outcome<void> may_append() const;

  /// Takes the transactional.id over from whoever had it, ending what he left open. Errors: as of Producer.
  Task<Outcome<void>> initialize(SteadyTime deadline);
  Outcome<void> begin();
  Task<Outcome<void>> add_offsets(Offsets offsets, GroupMetadata group, SteadyTime deadline);
  Task<Outcome<void>> commit(SteadyTime deadline);
  Task<Outcome<void>> abort(SteadyTime deadline);
  bool is_open() const { return state_ == State::open; }

  bool may_send(const TopicPartition& partition) override;
  bool given_up() const override { return failure_.has_value(); }
  void batch_failed(const Failure& failure) override;
  void identity_lost(const Failure& failure) override;

  /// Waits until nothing of it is at work; the cluster has been stopped.
  Task<void> close();

 private:
  enum class State { uninitialized, ready, open, ending, fatal };

  Outcome<void> expect(State state, std::string_view what) const;
  /// Asks the coordinator until it has an answer that is final. `ask` makes one attempt.
  using Attempt = std::move_only_function<Task<Outcome<void>>()>;
  Task<Outcome<void>> insist(Attempt attempt, SteadyTime deadline);
  Task<Outcome<std::shared_ptr<Node>>> coordinator(SteadyTime deadline);
  void settle(const Failure& failure);

  Task<Outcome<void>> ask_identity(SteadyTime deadline);
  Task<void> add_partitions();
  Task<Outcome<void>> ask_add_partitions(std::set<TopicPartition> partitions, SteadyTime deadline);
  Task<Outcome<void>> ask_add_offsets(std::string group_id, SteadyTime deadline);
  Task<Outcome<void>> ask_commit_offsets(GroupClient& group, const Offsets& offsets, const GroupMetadata& metadata,
                                         SteadyTime deadline);
  Task<Outcome<void>> ask_end(bool committed, SteadyTime deadline);
  Task<Outcome<void>> end(bool committed, SteadyTime deadline);

  Cluster& cluster_;
  const ProducerConfig& config_;
  Accumulator& accumulator_;
  Sender* sender_ = nullptr;
  TaskGroup tasks_;
  State state_ = State::uninitialized;
  std::shared_ptr<Node> coordinator_;
  std::set<TopicPartition> added_;
  std::set<TopicPartition> to_add_;
  bool adding_ = false;
  Event adding_ended_;
  bool started_ = false;  ///< The coordinator knows of the open transaction.
  bool needs_new_epoch_ = false;
  std::optional<Failure> failure_;  ///< Of the open transaction, or for good.
};

}  // namespace sluice::client::detail
