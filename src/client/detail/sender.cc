#include "client/detail/sender.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/api/init_producer_id.h"

namespace sluice::client::detail {
namespace {

using wire::ProduceRequest;
using wire::ProduceResponse;

/// From here on Produce takes batches of magic 2; before, it knew only messages.
constexpr std::int16_t kProduceWithBatches = 3;
/// From here on it names topics by their ids.
constexpr std::int16_t kProduceWithIds = 13;
/// The last one in which partitions are added to a transaction by the producer (KIP-890).
constexpr std::int16_t kProduceTransactionsOne = 11;
/// From here on it takes zstd (KIP-110).
constexpr std::int16_t kProduceWithZstd = 7;

std::size_t size_estimate(const ProducerBatch& batch) {
  return batch.closed() ? batch.bytes().size() : batch.uncompressed_size();
}

}  // namespace

Sender::Sender(Cluster& cluster, const ProducerConfig& config, Accumulator& accumulator, SendGate* gate)
    : cluster_(cluster),
      config_(config),
      accumulator_(accumulator),
      gate_(gate),
      tasks_(cluster.loop()),
      wake_(cluster.loop()) {}

Task<void> Sender::run() {
  while (!tasks_.stopping()) {
    woken_ = false;
    const SteadyTime next = pump();
    if (!woken_) (void)co_await wake_.wait_until(next);
  }
}

SteadyTime Sender::pump() {
  const SteadyTime now = cluster_.loop().now();
  SteadyTime next = expire(now);
  if (!provide_identity()) return next;
  for (auto& [leader, queues] : ready_queues(now, next)) {
    // Not always the same first: a request may be full before all have had their turn.
    std::ranges::rotate(queues, queues.begin() + static_cast<std::ptrdiff_t>(rotation_++ % queues.size()));
    while (requests_[leader] < config_.max_in_flight_requests_per_connection) {
      Departure departure{leader, take_batches(queues, now)};
      if (departure.batches.empty()) break;
      ++requests_[leader];
      ++requests_in_flight_;
      tasks_.start(send(std::move(departure)));
    }
  }
  return next;
}

/// Reports what is past its deadline; a batch on its way is reported too, and comes back for nothing. Returns when
/// the next one will be.
SteadyTime Sender::expire(SteadyTime now) {
  SteadyTime next = SteadyTime::max();
  for (auto& [partition, queue] : accumulator_.queues()) {
    for (const BatchPtr& batch : queue.take_expired(now)) {
      Failure failure{ErrorCode::request_timed_out,
                      fmt::format("{} records for {} were not delivered in {} ms{}{}", batch->record_count(),
                                  to_string(partition), config_.delivery_timeout.count(),
                                  batch->last_failure ? "; the last attempt: " : "",
                                  batch->last_failure ? batch->last_failure->what : "")};
      report_failure(batch, failure);
      accumulator_.release(*batch);
    }
    if (!queue.waiting().empty()) next = std::min(next, queue.waiting().front()->deadline());
    for (const BatchPtr& batch : queue.in_flight()) {
      if (batch->reported()) continue;
      if (batch->deadline() <= now)
        report_failure(
            batch, Failure{ErrorCode::request_timed_out,
                           fmt::format("{} records for {} were not acknowledged in {} ms", batch->record_count(),
                                       to_string(partition), config_.delivery_timeout.count())});
      else
        next = std::min(next, batch->deadline());
    }
    report_acknowledged(queue);
  }
  return next;
}

bool Sender::provide_identity() {
  if (fatal_) return false;
  if (!config_.idempotent() || identity_.valid()) return true;
  if (gate_ == nullptr && !obtaining_identity_ && !accumulator_.empty()) {
    obtaining_identity_ = true;
    tasks_.start(obtain_identity());
  }
  return false;
}

void Sender::set_identity(const ProducerIdentity& identity) {
  identity_ = identity;
  wake();
}

/// A new producer to the brokers, under the same id as long as there are epochs (KIP-360).
void Sender::bump_identity() {
  if (gate_ != nullptr) return;  // A transaction that has lost a batch can only be aborted.
  if (identity_.epoch.value == std::numeric_limits<std::int16_t>::max())
    identity_ = {};
  else
    ++identity_.epoch.value;
}

Task<void> Sender::obtain_identity() {
  Backoff backoff = cluster_.retry_backoff();
  while (!tasks_.stopping()) {
    wire::InitProducerIdRequest request;
    request.transactional_id.reset();
    request.transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
    constexpr std::int16_t kMost = 5;
    const SteadyTime deadline = cluster_.request_deadline();
    std::optional<Failure> failure;
    const Outcome<std::shared_ptr<Node>> node = co_await cluster_.any_node(deadline);
    if (node) {
      const auto answer = co_await (*node)->ask(request, deadline, kMost);
      const Outcome<void> said =
          answer ? outcome_of((*answer)->error_code, "asking for a producer id") : failed(answer.error());
      if (said) {
        set_identity({(*answer)->producer_id, (*answer)->producer_epoch});
        break;
      }
      failure = said.error();
    } else {
      failure = node.error();
    }
    if (!failure->retriable()) {
      fail_all(*failure);
      break;
    }
    (void)co_await tasks_.sleep_until(cluster_.loop().now() + backoff.next(cluster_.loop()));
  }
  obtaining_identity_ = false;
}

bool Sender::may_leave(const PartitionQueue& queue, SteadyTime now, SteadyTime& next) const {
  const ProducerBatch* batch = queue.next_to_leave(identity_);
  if (batch == nullptr) return false;
  const SteadyTime ready = accumulator_.ready_at(queue, *batch);
  if (ready > now) next = std::min(next, ready);
  return ready <= now;
}

std::map<NodeId, std::vector<PartitionQueue*>> Sender::ready_queues(SteadyTime now, SteadyTime& next) {
  std::map<NodeId, std::vector<PartitionQueue*>> by_leader;
  for (auto& [partition, queue] : accumulator_.queues()) {
    if (queue.needs_identity(identity_)) bump_identity();
    if (!may_leave(queue, now, next)) continue;
    if (gate_ != nullptr && !gate_->may_send(partition)) continue;
    const PartitionInfo* info = cluster_.view().find_partition(partition);
    if (info == nullptr || info->leader.value < 0) {
      cluster_.want_topic(partition.topic);
      cluster_.request_update();
      next = std::min(next, now + config_.client.retry_backoff);
      continue;
    }
    by_leader[info->leader].push_back(&queue);
  }
  return by_leader;
}

/// At most one batch of each partition, as much as a request holds.
std::vector<BatchPtr> Sender::take_batches(const std::vector<PartitionQueue*>& queues, SteadyTime now) {
  std::vector<BatchPtr> batches;
  std::size_t size = 0;
  SteadyTime unused = SteadyTime::max();
  for (PartitionQueue* queue : queues) {
    if (!may_leave(*queue, now, unused)) continue;
    const BatchPtr& first = queue->waiting().front();
    if (!batches.empty() && size + size_estimate(*first) > config_.max_request_size) break;
    const bool was_open = !first->closed();
    const BatchPtr next = first;
    Result<BatchPtr> batch = queue->leave(identity_);
    if (!batch) {
      report_failure(next, failure_of(batch.error()));
      accumulator_.release(*next);
      continue;
    }
    if (was_open) accumulator_.learn_ratio(**batch);
    size += (*batch)->bytes().size();
    batches.push_back(std::move(*batch));
  }
  return batches;
}

Task<void> Sender::send(Departure departure) {
  const SteadyTime deadline = cluster_.request_deadline();
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(departure.leader, deadline);
  if (node) hold_overtakers(departure);
  if (node && !departure.batches.empty()) {
    Outcome<void> done = co_await exchange(departure, *node);
    if (!done)
      for (const BatchPtr& batch : departure.batches) broke(batch, done.error());
  } else if (!node) {
    // Nothing has left, so this was no attempt.
    for (const BatchPtr& batch : departure.batches) {
      --batch->attempts;
      broke(batch, node.error());
    }
  }
  --requests_[departure.leader];
  --requests_in_flight_;
  wake();
}

/// While these batches waited for the node, some that left before them may have given up doing so.
void Sender::hold_overtakers(Departure& departure) {
  std::erase_if(departure.batches, [this](const BatchPtr& batch) {
    PartitionQueue& queue = accumulator_.queue(batch->partition());
    if (!queue.overtakes(*batch)) return false;
    --batch->attempts;
    queue.come_back(batch);
    return true;
  });
}

std::int16_t Sender::version_most(const std::vector<BatchPtr>& batches) const {
  if (gate_ != nullptr) return kProduceTransactionsOne;
  const bool ids_known = std::ranges::all_of(batches, [this](const BatchPtr& batch) {
    const TopicInfo* topic = cluster_.view().find_topic(batch->partition().topic);
    return topic != nullptr && !topic->id.is_zero();
  });
  return ids_known ? std::int16_t{INT16_MAX} : std::int16_t{kProduceWithIds - 1};
}

Task<Outcome<void>> Sender::exchange(const Departure& departure, const std::shared_ptr<Node>& node) {
  const Outcome<std::int16_t> version = node->version_of(ApiKey::produce, version_most(departure.batches));
  if (!version) co_return failed(version.error());
  if (*version < kProduceWithBatches)
    co_return failed(ErrorCode::unsupported_for_message_format, "{} takes no record batches", node->name());
  if (config_.compression.codec == Codec::zstd && *version < kProduceWithZstd)
    co_return failed(ErrorCode::unsupported_compression_type, "{} does not take zstd", node->name());

  std::vector<RecordsSource> sources;
  const ProduceRequest request = request_for(departure.batches, *version, sources);
  const SteadyTime deadline = cluster_.request_deadline();
  if (config_.acks == Acks::none) {
    Outcome<void> told = co_await node->tell(request, *version, deadline, std::move(sources));
    if (!told) co_return told;
    for (const BatchPtr& batch : departure.batches) succeeded(batch, Offset{-1}, std::nullopt);
    co_return Outcome<void>{};
  }
  const auto answer = co_await node->call(request, *version, deadline, std::move(sources));
  if (!answer) co_return failed(answer.error());
  take_answer(departure, **answer);
  co_return Outcome<void>{};
}

ProduceRequest Sender::request_for(const std::vector<BatchPtr>& batches, std::int16_t version,
                                   std::vector<RecordsSource>& sources) const {
  ProduceRequest request;
  if (config_.transactional_id) request.transactional_id = *config_.transactional_id;
  request.acks = static_cast<std::int16_t>(config_.acks);
  request.timeout_ms = static_cast<std::int32_t>(
      std::min<std::int64_t>(config_.client.request_timeout.count(), std::numeric_limits<std::int32_t>::max()));
  std::map<std::string_view, ProduceRequest::TopicProduceData> topics;
  for (const BatchPtr& batch : batches) {
    const std::string& name = batch->partition().topic;
    auto [topic, is_new] = topics.try_emplace(name);
    if (is_new && version < kProduceWithIds) topic->second.name = name;
    if (is_new && version >= kProduceWithIds) topic->second.topic_id = cluster_.view().find_topic(name)->id;
    topic->second.partition_data.push_back(
        {.index = batch->partition().partition,
         .records = wire::Records::external(batch->bytes().size(), sources.size()),
         .unknown_tags = {}});
    sources.push_back({batch->bytes(), batch});
  }
  for (auto& [name, topic] : topics) request.topic_data.push_back(std::move(topic));
  return request;
}

void Sender::take_answer(const Departure& departure, const ProduceResponse& response) {
  take_leaders(response);
  std::vector<BatchPtr> left = departure.batches;
  for (const auto& topic : response.responses) {
    const std::string_view name = topic.name.empty() ? cluster_.view().name_of(topic.topic_id) : topic.name;
    for (const auto& partition : topic.partition_responses) {
      const auto found = std::ranges::find_if(left, [&](const BatchPtr& batch) {
        return batch->partition().topic == name && batch->partition().partition == partition.index;
      });
      if (found == left.end()) continue;
      const BatchPtr batch = *found;
      left.erase(found);
      const ErrorCode code = partition.error_code;
      if (code == ErrorCode::none || code == ErrorCode::duplicate_sequence_number) {
        const bool has_time = code == ErrorCode::none && partition.log_append_time_ms >= 0;
        succeeded(batch, code == ErrorCode::none ? partition.base_offset : Offset{-1},
                  has_time ? std::optional(WallTime{milliseconds{partition.log_append_time_ms}}) : std::nullopt);
      } else {
        broke(batch, failure_of(code, "producing to " + to_string(batch->partition()), partition.error_message));
      }
    }
  }
  // A topic that was deleted and made again while the request was on its way has another id by now.
  for (const BatchPtr& batch : left)
    broke(batch, Failure{ErrorCode::unknown_topic_id,
                         fmt::format("the answer says nothing of {}", to_string(batch->partition()))});
}

/// A broker that does not lead a partition any more says who does (KIP-951).
void Sender::take_leaders(const ProduceResponse& response) {
  for (const auto& endpoint : response.node_endpoints)
    if (endpoint.port > 0 && endpoint.port <= UINT16_MAX)
      cluster_.update_broker({endpoint.node_id,
                              {std::string(endpoint.host), static_cast<std::uint16_t>(endpoint.port)},
                              std::nullopt});
  for (const auto& topic : response.responses) {
    const std::string_view name = topic.name.empty() ? cluster_.view().name_of(topic.topic_id) : topic.name;
    for (const auto& partition : topic.partition_responses)
      if (partition.current_leader.leader_id.value >= 0)
        cluster_.update_leader({std::string(name), partition.index}, partition.current_leader.leader_id,
                               partition.current_leader.leader_epoch);
  }
}

void Sender::succeeded(const BatchPtr& batch, Offset base_offset, std::optional<WallTime> log_append_time) {
  PartitionQueue& queue = accumulator_.queue(batch->partition());
  queue.acknowledged(batch, base_offset, log_append_time);
  report_acknowledged(queue);
}

void Sender::report_acknowledged(PartitionQueue& queue) {
  for (const auto& [batch, base_offset, log_append_time] : queue.take_acknowledged()) {
    if (!batch->reported()) accumulator_.finished(*batch);
    batch->succeed(base_offset, log_append_time);
    accumulator_.release(*batch);
  }
}

void Sender::broke(const BatchPtr& batch, Failure failure) {
  if (asks_for_metadata(failure.code)) cluster_.request_update();
  if (failure.code == ErrorCode::message_too_large && batch->record_count() > 1 && !batch->reported() &&
      split(batch))
    return;
  if (may_retry(*batch, failure.code))
    come_back(batch, std::move(failure));
  else
    give_up(batch, failure);
}

bool Sender::may_retry(const ProducerBatch& batch, ErrorCode code) {
  if (batch.reported() || tasks_.stopping() || batch.attempts > config_.retries) return false;
  if (batch.deadline() <= cluster_.loop().now()) return false;
  if (gate_ != nullptr && gate_->given_up()) return false;
  const PartitionQueue& queue = accumulator_.queue(batch.partition());
  if (code == ErrorCode::out_of_order_sequence_number && queue.explains_gap_before(batch)) return true;
  if (code == ErrorCode::unknown_producer_id && gate_ == nullptr) {
    // The broker has forgotten the producer, with all that it had written: nothing can be written twice.
    accumulator_.queue(batch.partition()).reset_sequence();
    return true;
  }
  return retriable(code);
}

void Sender::come_back(const BatchPtr& batch, Failure failure) {
  Loop& loop = cluster_.loop();
  batch->not_before = loop.now() + cluster_.retry_backoff().after(std::max(batch->attempts, 1), loop);
  // These two a broker says only of what it has not.
  const bool never_came = batch->attempts == 0 || failure.code == ErrorCode::out_of_order_sequence_number ||
                          failure.code == ErrorCode::unknown_producer_id;
  batch->in_doubt = batch->has_sequence() && !never_came;
  batch->last_failure = std::move(failure);
  accumulator_.queue(batch->partition()).come_back(batch);
}

bool Sender::split(const BatchPtr& batch) {
  const std::size_t aim = std::min(config_.batch_size, batch->uncompressed_size() / 2);
  Result<std::vector<BatchPtr>> parts = batch->split(aim, config_.compression);
  if (!parts) return false;
  accumulator_.replaced(*batch, *parts);
  accumulator_.queue(batch->partition()).come_back_as(batch, std::move(*parts));
  return true;
}

void Sender::give_up(const BatchPtr& batch, const Failure& failure) {
  accumulator_.queue(batch->partition()).gave_up(batch);
  const bool fenced =
      failure.code == ErrorCode::producer_fenced || failure.code == ErrorCode::invalid_producer_epoch;
  if (fenced && gate_ != nullptr)
    gate_->identity_lost(failure);
  else if (fenced && batch->identity() == identity_)
    identity_ = {};
  report_failure(batch, failure);
  accumulator_.release(*batch);
  report_acknowledged(accumulator_.queue(batch->partition()));
}

void Sender::report_failure(const BatchPtr& batch, const Failure& failure) {
  if (batch->reported()) return;
  accumulator_.finished(*batch);
  if (gate_ != nullptr) gate_->batch_failed(failure);
  batch->fail(failure);
}

void Sender::drop_waiting(const Failure& failure) {
  for (auto& [partition, queue] : accumulator_.queues()) {
    for (const BatchPtr& batch : queue.take_all_waiting()) {
      report_failure(batch, failure);
      accumulator_.release(*batch);
    }
    report_acknowledged(queue);
  }
}

void Sender::fail_all(const Failure& failure) {
  fatal_ = failure;
  drop_waiting(failure);
  wake();
}

Task<void> Sender::close() {
  tasks_.stop();
  fail_all(Failure{ErrorCode::operation_not_attempted, "the producer was closed before the record was delivered"});
  for (auto& [partition, queue] : accumulator_.queues()) {
    for (const BatchPtr& batch : queue.in_flight())
      report_failure(batch, Failure{ErrorCode::operation_not_attempted,
                                    "the producer was closed before the record was acknowledged"});
    report_acknowledged(queue);
  }
  wake();
  co_await tasks_.close();
}

}  // namespace sluice::client::detail
