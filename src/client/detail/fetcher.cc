#include "client/detail/fetcher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "client/list_offsets.h"

namespace sluice::client::detail {
namespace {

using wire::FetchRequest;
using wire::FetchResponse;

/// From here on Fetch names topics by their ids.
constexpr std::int16_t kFetchWithIds = 13;

}  // namespace

Fetcher::Fetcher(Cluster& cluster, const ConsumerConfig& config, Assigned& assigned, Event& news)
    : cluster_(cluster), config_(config), assigned_(assigned), tasks_(cluster.loop()), news_(news) {}

void Fetcher::wait_a_little(AssignedPartition& state) {
  state.not_before = cluster_.loop().now() + config_.client.retry_backoff;
}

/// The leader, or the replica that it named as nearer.
NodeId Fetcher::source_of(AssignedPartition& state, const PartitionInfo& info, SteadyTime now) const {
  if (!state.preferred_replica) return info.leader;
  const bool usable = now < state.preferred_until &&
                      cluster_.view().find_broker(*state.preferred_replica) != nullptr &&
                      std::ranges::find(info.offline, *state.preferred_replica) == info.offline.end();
  if (usable) return *state.preferred_replica;
  state.preferred_replica.reset();
  return info.leader;
}

std::map<NodeId, Fetcher::Asked> Fetcher::wishes_by_node() {
  const SteadyTime now = cluster_.loop().now();
  std::set<TopicPartition> held;
  for (const FetchedPartition& fetched : fetched_) held.insert(fetched.partition());
  std::map<NodeId, Asked> by_node;
  for (auto& [partition, state] : assigned_.partitions()) {
    if (!state.fetchable(now) || held.contains(partition) || under_way_.contains(partition)) continue;
    const PartitionInfo* info = cluster_.view().find_partition(partition);
    if (info == nullptr || info->leader.value < 0) {
      cluster_.want_topic(partition.topic);
      cluster_.request_update();
      wait_a_little(state);
      continue;
    }
    if (state.needs_validation(info->leader_epoch)) continue;  // It is looked into with the next poll.
    Asked& asked = by_node[source_of(state, *info, now)];
    asked.wishes.emplace(partition, FetchWish{.topic_id = cluster_.view().find_topic(partition.topic)->id,
                                              .offset = *state.position,
                                              .current_leader_epoch = info->leader_epoch,
                                              .bytes_max = config_.max_partition_fetch_bytes});
    asked.incarnations.emplace(partition, state.incarnation);
  }
  return by_node;
}

void Fetcher::start_fetches() {
  if (tasks_.stopping()) return;
  for (auto& [node, asked] : wishes_by_node()) {
    if (fetching_.contains(node)) continue;
    fetching_.insert(node);
    for (const auto& [partition, wish] : asked.wishes) under_way_.insert(partition);
    tasks_.start(fetch(node, std::move(asked)));
  }
}

SteadyTime Fetcher::next_attempt() const {
  SteadyTime next = SteadyTime::max();
  for (const auto& [partition, state] : assigned_.partitions())
    if (state.position && !state.paused && state.not_before > cluster_.loop().now())
      next = std::min(next, state.not_before);
  return next;
}

Task<void> Fetcher::fetch(NodeId from, Asked asked) {
  const Outcome<void> done = co_await exchange(from, asked);
  fetching_.erase(from);
  for (const auto& [partition, wish] : asked.wishes) {
    under_way_.erase(partition);
    AssignedPartition* state = assigned_.find(partition);
    if (done || state == nullptr) continue;
    state->preferred_replica.reset();
    wait_a_little(*state);
  }
  if (!done) {
    if (asks_for_metadata(done.error().code)) cluster_.request_update();
    if (!done.error().retriable() && !tasks_.stopping()) failures_.push_back(done.error());
  }
  if (!tasks_.stopping()) start_fetches();  // What became fetchable meanwhile, but for this fetch.
  news_.notify_all();
}

Task<Outcome<void>> Fetcher::exchange(NodeId from, const Asked& asked) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(from, cluster_.request_deadline());
  if (!node) co_return failed(node.error());
  const bool ids_known =
      std::ranges::none_of(asked.wishes, [](const auto& entry) { return entry.second.topic_id.is_zero(); });
  const Outcome<std::int16_t> version =
      (*node)->version_of(ApiKey::fetch, ids_known ? std::int16_t{INT16_MAX} : std::int16_t{kFetchWithIds - 1});
  if (!version) co_return failed(version.error());

  FetchSession& session = sessions_[from];
  const FetchSession::Plan plan = session.plan(asked.wishes, *version >= kFetchWithIds);
  const FetchRequest request = request_for(plan, *version);
  const SteadyTime deadline = cluster_.loop().now() + std::max(config_.client.request_timeout,
                                                               config_.fetch_max_wait + milliseconds(1'000));
  auto answer = co_await (*node)->call(request, *version, deadline);
  if (!answer) {
    session.lost();
    co_return failed(answer.error());
  }
  const ErrorCode error = (*answer)->error_code;
  if (error != ErrorCode::none) {
    session.refused(error);
    co_return failed(failure_of(error, "fetching from " + (*node)->name()));
  }
  session.answered(plan, (*answer)->session_id);
  take_answer(from, asked, std::make_shared<Answer<FetchResponse>>(std::move(*answer)));
  co_return Outcome<void>{};
}

FetchRequest Fetcher::request_for(const FetchSession::Plan& plan, std::int16_t version) const {
  FetchRequest request;
  request.max_wait_ms = static_cast<std::int32_t>(
      std::min<std::int64_t>(config_.fetch_max_wait.count(), std::numeric_limits<std::int32_t>::max()));
  request.min_bytes = config_.fetch_min_bytes;
  request.max_bytes = config_.fetch_max_bytes;
  request.isolation_level = static_cast<std::int8_t>(config_.isolation_level);
  request.session_id = plan.session_id;
  request.session_epoch = plan.epoch;
  request.rack_id = config_.client.client_rack;
  const bool by_id = version >= kFetchWithIds;
  const std::string* last = nullptr;
  for (const auto& [partition, wish] : plan.send) {
    if (last == nullptr || *last != partition.topic) {
      request.topics.emplace_back();
      if (by_id)
        request.topics.back().topic_id = wish.topic_id;
      else
        request.topics.back().topic = partition.topic;
      last = &partition.topic;
    }
    FetchRequest::FetchPartition item;
    item.partition = partition.partition;
    item.current_leader_epoch = wish.current_leader_epoch;
    item.fetch_offset = wish.offset;
    item.partition_max_bytes = wish.bytes_max;
    request.topics.back().partitions.push_back(item);
  }
  last = nullptr;
  for (const auto& [partition, id] : plan.forget) {
    if (last == nullptr || *last != partition.topic) {
      request.forgotten_topics_data.emplace_back();
      if (by_id)
        request.forgotten_topics_data.back().topic_id = id;
      else
        request.forgotten_topics_data.back().topic = partition.topic;
      last = &partition.topic;
    }
    request.forgotten_topics_data.back().partitions.push_back(partition.partition);
  }
  return request;
}

void Fetcher::take_answer(NodeId from, const Asked& asked, std::shared_ptr<Answer<FetchResponse>> answer) {
  const FetchResponse& response = **answer;
  for (const auto& endpoint : response.node_endpoints)
    if (endpoint.port > 0 && endpoint.port <= UINT16_MAX)
      cluster_.update_broker({endpoint.node_id,
                              {std::string(endpoint.host), static_cast<std::uint16_t>(endpoint.port)},
                              std::nullopt});
  std::map<Uuid, std::string_view> names;
  for (const auto& [partition, wish] : asked.wishes) names.emplace(wish.topic_id, partition.topic);
  for (const auto& topic : response.responses) {
    const auto named = names.find(topic.topic_id);
    const std::string_view name = topic.topic.empty() && named != names.end() ? named->second : topic.topic;
    for (const auto& data : topic.partitions) {
      const TopicPartition partition{std::string(name), data.partition_index};
      const auto wish = asked.wishes.find(partition);
      if (wish == asked.wishes.end()) continue;
      const AssignedPartition* state = assigned_.find(partition);
      // Whoever has sought elsewhere or lost the partition meanwhile is not to see these.
      if (state == nullptr || state->incarnation != asked.incarnations.at(partition)) continue;
      take_partition(from, partition, wish->second.offset, data, answer);
    }
  }
}

void Fetcher::take_partition(NodeId from, const TopicPartition& partition, Offset asked_for,
                             const FetchResponse::PartitionData& data, std::shared_ptr<const void> owner) {
  AssignedPartition& state = *assigned_.find(partition);
  if (data.current_leader.leader_id.value >= 0)
    cluster_.update_leader(partition, data.current_leader.leader_id, data.current_leader.leader_epoch);
  if (data.error_code != ErrorCode::none) {
    take_error(from, partition, state, data.error_code);
    return;
  }
  state.high_watermark = data.high_watermark;
  if (data.last_stable_offset.value >= 0) state.last_stable_offset = data.last_stable_offset;
  if (data.log_start_offset.value >= 0) state.log_start = data.log_start_offset;
  if (data.preferred_read_replica.value >= 0) {
    state.preferred_replica = data.preferred_read_replica;
    state.preferred_until = cluster_.loop().now() + config_.client.metadata_max_age;
  }
  if (!data.records || data.records->size() == 0) return;
  std::vector<AbortedTransaction> aborted;
  if (data.aborted_transactions)
    for (const auto& transaction : *data.aborted_transactions)
      aborted.push_back({transaction.producer_id, transaction.first_offset});
  const FetchedPartition::Rules rules{.check_crcs = config_.check_crcs, .isolation = config_.isolation_level};
  fetched_.emplace_back(partition, asked_for, data.records->bytes(), std::move(owner), std::move(aborted), rules,
                        decompressor_);
}

void Fetcher::take_error(NodeId from, const TopicPartition& partition, AssignedPartition& state, ErrorCode code) {
  if (code == ErrorCode::offset_out_of_range) {
    // A follower may just lag behind; the leader knows for sure.
    if (state.preferred_replica == from)
      state.preferred_replica.reset();
    else
      out_of_range(partition, state);
    return;
  }
  state.preferred_replica.reset();
  wait_a_little(state);
  if (asks_for_metadata(code)) {
    cluster_.request_update();
    return;
  }
  if (retriable(code) && code != ErrorCode::corrupt_message) return;
  failures_.push_back(failure_of(code, "fetching " + to_string(partition)));
}

void Fetcher::out_of_range(const TopicPartition& partition, AssignedPartition& state) {
  if (const auto target = reset_target(config_.auto_offset_reset, cluster_.loop())) {
    assigned_.reset(state, *target);
    return;
  }
  wait_a_little(state);
  failures_.push_back(
      Failure{ErrorCode::offset_out_of_range, fmt::format("{} has no offset {} and auto.offset.reset is none",
                                                          to_string(partition), state.position->value)});
}

bool Fetcher::is_current(const FetchedPartition& fetched) const {
  const auto state = assigned_.partitions().find(fetched.partition());
  return state != assigned_.partitions().end() && !state->second.revoked && !state->second.reset_to &&
         state->second.position == fetched.position();
}

Outcome<ConsumedRecords> Fetcher::take(std::size_t count_max) {
  ConsumedRecords records;
  std::size_t left = count_max;
  std::deque<FetchedPartition> kept;
  while (!fetched_.empty() && left > 0) {
    FetchedPartition fetched = std::move(fetched_.front());
    fetched_.pop_front();
    if (!is_current(fetched)) continue;
    AssignedPartition& state = *assigned_.find(fetched.partition());
    if (state.paused) {
      kept.push_back(std::move(fetched));
      continue;
    }
    const std::size_t before = records.count();
    Outcome<void> taken = fetched.take(left, records);
    left -= records.count() - before;
    state.position = fetched.position();
    if (fetched.last_epoch().value >= 0) state.position_epoch = fetched.last_epoch();
    if (!taken) {
      // Fetched anew when it is asked for again: the bytes may have been damaged on their way.
      wait_a_little(state);
      failures_.push_back(std::move(taken.error()));
      continue;
    }
    if (!fetched.exhausted()) {
      fetched_.push_front(std::move(fetched));
      break;
    }
  }
  for (FetchedPartition& fetched : kept) fetched_.push_back(std::move(fetched));
  if (!records.empty() || failures_.empty()) return records;
  Failure failure = std::move(failures_.front());
  failures_.pop_front();
  return failed(std::move(failure));
}

Task<void> Fetcher::close() {
  tasks_.stop();
  news_.notify_all();
  co_await tasks_.close();
  fetched_.clear();
}

}  // namespace sluice::client::detail
