// client/detail/sender.h: takes batches to the leaders of their partitions and brings back what became of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/cluster.h"
#include "client/detail/accumulator.h"
#include "wire/api/produce.h"

namespace sluice::client::detail {

/// What a transactional producer asks of the sender. The plain one lets everything pass.
class SendGate {
 public:
  virtual ~SendGate() = default;
  /// Whether batches of the partition may leave now; the gate sees to it that they soon may, and wakes the sender.
  virtual bool may_send(const TopicPartition& partition) = 0;
  /// Whether nothing that has not been acknowledged is worth sending again.
  virtual bool given_up() const = 0;
  /// A batch was given up.
  virtual void batch_failed(const Failure& failure) = 0;
  /// The identity is of no use any more.
  virtual void identity_lost(const Failure& failure) = 0;
};

class Sender {
 public:
  /// All outlive this. `gate` is null without transactions, and gives the identity then.
  Sender(Cluster& cluster, const ProducerConfig& config, Accumulator& accumulator, SendGate* gate);

  void start() { tasks_.start(run()); }
  /// There may be something to do.
  void wake() {
    woken_ = true;
    wake_.notify_all();
  }
  /// Fails everything that waits, now and from now on.
  void fail_all(const Failure& failure);
  /// Takes no more notice of the records of a transaction that is given up.
  void drop_waiting(const Failure& failure);
  /// Why nothing can be sent any more, if so.
  const std::optional<Failure>& fatal() const { return fatal_; }
  /// For the gate, which asks for the identity itself.
  void set_identity(const ProducerIdentity& identity);
  const ProducerIdentity& identity() const { return identity_; }
  bool idle() const { return requests_in_flight_ == 0 && accumulator_.empty(); }

  /// Fails what has not been reported and waits until nothing of it is at work.
  Task<void> close();

 private:
  struct Departure {
    NodeId leader;
    std::vector<BatchPtr> batches;
  };

  Task<void> run();
  /// Sends what may leave; returns when there is more to do unless something happens before.
  SteadyTime pump();
  SteadyTime expire(SteadyTime now);
  bool provide_identity();
  void bump_identity();
  Task<void> obtain_identity();
  std::map<NodeId, std::vector<PartitionQueue*>> ready_queues(SteadyTime now, SteadyTime& next);
  std::vector<BatchPtr> take_batches(const std::vector<PartitionQueue*>& queues, SteadyTime now);
  bool may_leave(const PartitionQueue& queue, SteadyTime now, SteadyTime& next) const;

  Task<void> send(Departure departure);
  void hold_overtakers(Departure& departure);
  Task<Outcome<void>> exchange(const Departure& departure, const std::shared_ptr<Node>& node);
  wire::ProduceRequest request_for(const std::vector<BatchPtr>& batches, std::int16_t version,
                                   std::vector<RecordsSource>& sources) const;
  std::int16_t version_most(const std::vector<BatchPtr>& batches) const;
  void take_answer(const Departure& departure, const wire::ProduceResponse& response);
  void take_leaders(const wire::ProduceResponse& response);

  void succeeded(const BatchPtr& batch, Offset base_offset, std::optional<WallTime> log_append_time);
  void report_acknowledged(PartitionQueue& queue);
  void broke(const BatchPtr& batch, Failure failure);
  bool may_retry(const ProducerBatch& batch, ErrorCode code);
  void come_back(const BatchPtr& batch, Failure failure);
  bool split(const BatchPtr& batch);
  void give_up(const BatchPtr& batch, const Failure& failure);
  void report_failure(const BatchPtr& batch, const Failure& failure);

  Cluster& cluster_;
  const ProducerConfig& config_;
  Accumulator& accumulator_;
  SendGate* gate_;
  TaskGroup tasks_;
  Event wake_;
  bool woken_ = false;  ///< Also while nobody waits for `wake_`.
  std::map<NodeId, int> requests_;
  int requests_in_flight_ = 0;
  std::size_t rotation_ = 0;
  ProducerIdentity identity_;
  bool obtaining_identity_ = false;
  std::optional<Failure> fatal_;
};

}  // namespace sluice::client::detail
