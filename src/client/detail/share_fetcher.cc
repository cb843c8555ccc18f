#include "client/detail/share_fetcher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "client/detail/fetched_partition.h"

namespace sluice::client::detail {
namespace {

using wire::ShareFetchRequest;
using wire::ShareFetchResponse;

/// More offsets without a record in one answer are left to the end of their lock.
constexpr std::int64_t kGapsMax = 1'000'000;

std::int32_t in_ms(milliseconds time) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(time.count(), std::numeric_limits<std::int32_t>::max()));
}

/// The range that an offset was acquired with; ranges do not overlap.
const ShareFetchResponse::AcquiredRecords* range_of(const ShareFetchResponse::PartitionData& data, Offset offset) {
  const auto found = std::ranges::find_if(data.acquired_records, [offset](const auto& range) {
    return range.first_offset <= offset && offset <= range.last_offset;
  });
  return found == data.acquired_records.end() ? nullptr : &*found;
}

/// Says of every offset that was acquired and is not among `records` that there is none, or gives it back.
Acknowledged others(const ShareFetchResponse::PartitionData& data, const std::vector<ConsumedRecord>& records,
                    std::int8_t as) {
  Acknowledged said;
  std::int64_t left = kGapsMax;
  auto record = records.begin();
  for (const auto& range : data.acquired_records) {
    while (record != records.end() && record->offset < range.first_offset) ++record;
    for (Offset offset = range.first_offset; offset <= range.last_offset && left-- > 0; offset = offset + 1) {
      if (record != records.end() && record->offset == offset)
        ++record;
      else
        said.emplace(offset, as);
    }
  }
  return said;
}

}  // namespace

ShareFetcher::ShareFetcher(Cluster& cluster, const ShareConsumerConfig& config, const std::string& member_id,
                           Event& news)
    : cluster_(cluster),
      config_(config),
      member_id_(member_id),
      news_(news),
      tasks_(cluster.loop()),
      left_(cluster.loop()) {}

void ShareFetcher::assign(std::set<TopicPartition> partitions) {
  assigned_ = std::move(partitions);
  for (const TopicPartition& partition : assigned_) cluster_.want_topic(partition.topic);
}

std::shared_ptr<ShareFetcher::Leader> ShareFetcher::leader(NodeId id) {
  std::shared_ptr<Leader>& found = leaders_[id];
  if (!found) found = std::make_shared<Leader>(cluster_.loop());
  return found;
}

ShareFetcher::Wanted ShareFetcher::wanted_by_leader() {
  Wanted wanted;
  for (const TopicPartition& partition : assigned_) {
    const TopicInfo* topic = cluster_.view().find_topic(partition.topic);
    const PartitionInfo* info = cluster_.view().find_partition(partition);
    if (topic == nullptr || info == nullptr || info->leader.value < 0 || topic->id.is_zero()) {
      cluster_.want_topic(partition.topic);
      cluster_.request_update();
      continue;
    }
    wanted[info->leader].insert({partition, topic->id});
  }
  return wanted;
}

void ShareFetcher::start(bool fetch) {
  if (tasks_.stopping()) return;
  const SteadyTime now = cluster_.loop_now();
  if (fetch) {
    for (auto& [id, wanted] : wanted_by_leader()) {
      const std::shared_ptr<Leader> to = leader(id);
      if (to->fetching || now < to->not_before) continue;
      to->fetching = true;
      tasks_.start(run_fetch(id, to, std::move(wanted)));
    }
  }
  for (const auto& [id, to] : leaders_)
    if (!to->fetching && !to->pending.empty() && to->turns.idle()) tasks_.start(run_acknowledge(id, to));
}

SteadyTime ShareFetcher::next_attempt() const {
  SteadyTime next = SteadyTime::max();
  for (const auto& [id, to] : leaders_)
    if (to->not_before > cluster_.loop_now()) next = std::min(next, to->not_before);
  return next;
}

void ShareFetcher::lose(Leader& leader) { leader.session.lost(); }

void ShareFetcher::note(Leader& leader, const Failure& failure) {
  leader.not_before = cluster_.loop_now() + config_.client.retry_backoff;
  if (asks_for_metadata(failure.code)) cluster_.request_update();
  // A session that is gone is opened again, as if nothing had been.
  const bool reopens =
      failure.code == ErrorCode::share_session_not_found || failure.code == ErrorCode::invalid_share_session_epoch;
  if (!failure.retriable() && !reopens && !tasks_.stopping()) failures_.push_back(failure);
}

Task<void> ShareFetcher::run_fetch(NodeId id, std::shared_ptr<Leader> to, std::set<SharePartition> wanted) {
  const Turns::Turn turn = co_await to->turns.turn();
  const Outcome<void> done = co_await fetch(id, *to, wanted);
  if (!done) note(*to, done.error());
  to->fetching = false;
  news_.notify_all();
}

ShareFetchRequest ShareFetcher::fetch_request(const ShareSession::Plan& plan,
                                              const SharePartitionsAcknowledged& said) const {
  ShareFetchRequest request;
  request.group_id = config_.group_id;
  request.member_id = member_id_;
  request.share_session_epoch = plan.epoch;
  request.max_wait_ms = in_ms(config_.fetch_max_wait);
  request.min_bytes = config_.fetch_min_bytes;
  request.max_bytes = config_.fetch_max_bytes;
  request.max_records = config_.max_poll_records;
  request.batch_size = config_.max_poll_records;
  request.share_acquire_mode = static_cast<std::int8_t>(config_.share_acquire_mode);
  std::set<SharePartition> named = plan.add;
  for (const auto& [partition, acknowledged] : said) named.insert(partition);
  for (const SharePartition& partition : named) {
    if (request.topics.empty() || request.topics.back().topic_id != partition.topic_id)
      request.topics.emplace_back().topic_id = partition.topic_id;
    auto& item = request.topics.back().partitions.emplace_back();
    item.partition_index = partition.partition.partition;
    if (const auto found = said.find(partition); found != said.end())
      item.acknowledgement_batches =
          acknowledgement_batches<ShareFetchRequest::AcknowledgementBatch>(found->second);
  }
  for (const SharePartition& partition : plan.forget) {
    if (said.contains(partition)) continue;  // Named in the same request it stays for one more.
    if (request.forgotten_topics_data.empty() ||
        request.forgotten_topics_data.back().topic_id != partition.topic_id)
      request.forgotten_topics_data.emplace_back().topic_id = partition.topic_id;
    request.forgotten_topics_data.back().partitions.push_back(partition.partition.partition);
  }
  return request;
}

Task<Outcome<void>> ShareFetcher::fetch(NodeId id, Leader& to, const std::set<SharePartition>& wanted) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(id, cluster_.request_deadline());
  if (!node) {
    lose(to);
    co_return failed(node.error());
  }
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::share_fetch);
  if (!version) co_return failed(version.error());
  // Renewals go alone: a leader does not fetch for a request that carries some.
  const bool carries = to.session.is_open() && !has_renewals(to.pending);
  const SharePartitionsAcknowledged said = carries ? std::exchange(to.pending, {}) : SharePartitionsAcknowledged{};
  // What was said in a session that is over must not be taken for what is said of records of the next one.
  if (!to.session.is_open())
    (void)settle(std::exchange(to.pending, {}),
                 failed(ErrorCode::share_session_not_found, "the session with node {} is over", id.value));
  ShareSession::Plan plan = to.session.plan(wanted);
  for (const auto& [partition, acknowledged] : said) plan.forget.erase(partition);
  const ShareFetchRequest request = fetch_request(plan, said);
  const SteadyTime deadline =
      cluster_.loop_now() + std::max(config_.client.request_timeout, config_.fetch_max_wait + milliseconds(1'000));
  auto answer = co_await (*node)->call(request, *version, deadline);
  Outcome<void> whole =
      answer ? outcome_of((*answer)->error_code, "fetching from " + (*node)->name(), (*answer)->error_message)
             : Outcome<void>(failed(answer.error()));
  if (!whole) {
    lose(to);
    (void)settle(said, failed(whole.error()));
    co_return whole;
  }
  to.session.answered(plan);
  take_answer(id, wanted, said, std::make_shared<Answer<ShareFetchResponse>>(std::move(*answer)));
  co_return Outcome<void>{};
}

void ShareFetcher::take_answer(NodeId from, const std::set<SharePartition>& wanted,
                               const SharePartitionsAcknowledged& said, FetchAnswer answer) {
  const ShareFetchResponse& response = **answer;
  if (response.acquisition_lock_timeout_ms > 0) lock_timeout_ = milliseconds(response.acquisition_lock_timeout_ms);
  for (const auto& endpoint : response.node_endpoints)
    if (endpoint.port > 0 && endpoint.port <= UINT16_MAX)
      cluster_.update_broker({endpoint.node_id,
                              {std::string(endpoint.host), static_cast<std::uint16_t>(endpoint.port)},
                              std::nullopt});
  std::map<std::pair<Uuid, PartitionIndex>, SharePartition> known;
  for (const SharePartition& partition : wanted)
    known.emplace(std::pair(partition.topic_id, partition.partition.partition), partition);
  for (const auto& [partition, acknowledged] : said)
    known.emplace(std::pair(partition.topic_id, partition.partition.partition), partition);
  PartitionOutcomes<void> outcomes;
  for (const auto& topic : response.responses) {
    for (const auto& data : topic.partitions) {
      const auto partition = known.find({topic.topic_id, data.partition_index});
      if (partition == known.end()) continue;
      outcomes.emplace(partition->second.partition,
                       outcome_of(data.acknowledge_error_code,
                                  "acknowledging records of " + to_string(partition->second.partition),
                                  data.acknowledge_error_message));
      take_partition(from, partition->second, data, answer);
    }
  }
  (void)settle(said, outcomes);
}

void ShareFetcher::take_error(const SharePartition& partition, const ShareFetchResponse::PartitionData& data) {
  if (data.current_leader.leader_id.value >= 0)
    cluster_.update_leader(partition.partition, data.current_leader.leader_id, data.current_leader.leader_epoch);
  if (asks_for_metadata(data.error_code)) cluster_.request_update();
  if (retriable(data.error_code) && data.error_code != ErrorCode::corrupt_message) return;
  failures_.push_back(
      failure_of(data.error_code, "fetching " + to_string(partition.partition), data.error_message));
}

/// Of whole batches that come, what was not acquired is another member's.
void ShareFetcher::take_partition(NodeId from, const SharePartition& partition,
                                  const ShareFetchResponse::PartitionData& data, const FetchAnswer& answer) {
  if (data.error_code != ErrorCode::none) {
    // The next attempt is a moment away, lest a leader that has moved be asked again and again.
    leader(from)->not_before = cluster_.loop_now() + config_.client.retry_backoff;
    take_error(partition, data);
    return;
  }
  if (data.acquired_records.empty()) return;
  // The leader has left out what transactions did not commit.
  const FetchedPartition::Rules rules{.check_crcs = config_.check_crcs,
                                      .isolation = IsolationLevel::read_uncommitted};
  FetchedPartition fetched(partition.partition, data.acquired_records.front().first_offset,
                           data.records ? data.records->bytes() : Bytes{}, answer, {}, rules, decompressor_);
  Batch batch{.leader = from, .topic_id = partition.topic_id, .records = {partition.partition, {}}, .owners = {}};
  Outcome<void> read;
  while (read && !fetched.exhausted()) {
    auto taken = std::make_shared<ConsumedRecords>();
    read = fetched.take(std::numeric_limits<std::size_t>::max(), *taken);
    for (const PartitionRecords& records : taken->partitions()) {
      for (ConsumedRecord record : records.records) {
        const auto* const range = range_of(data, record.offset);
        if (range == nullptr) continue;
        record.delivery_count = range->delivery_count;
        batch.records.records.push_back(record);
      }
    }
    if (taken->empty()) break;
    batch.owners.push_back(std::move(taken));
  }
  // What cannot be read here is given back: it may have been damaged on its way, and the group counts how often.
  const auto as = read ? kGap : static_cast<std::int8_t>(AcknowledgeType::release);
  Acknowledged rest = others(data, batch.records.records, as);
  if (!rest.empty()) leader(from)->pending[partition].merge(rest);
  if (!read) failures_.push_back(std::move(read.error()));
  if (!batch.records.records.empty()) batches_.push_back(std::move(batch));
}

Outcome<ConsumedRecords> ShareFetcher::take() {
  ConsumedRecords records;
  std::size_t left = static_cast<std::size_t>(config_.max_poll_records);
  while (!batches_.empty() && left > 0) {
    Batch& batch = batches_.front();
    const auto& all = batch.records.records;
    const std::size_t count = std::min(left, all.size() - batch.taken);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(batch.taken);
    PartitionRecords taken{batch.records.partition, {first, first + static_cast<std::ptrdiff_t>(count)}};
    auto& outstanding = outstanding_[taken.partition];
    for (const ConsumedRecord& record : taken.records)
      outstanding.insert_or_assign(record.offset, Outstanding{.leader = batch.leader, .topic_id = batch.topic_id});
    records.add(std::move(taken));
    for (const auto& owner : batch.owners) records.keep(owner);
    batch.taken += count;
    left -= count;
    if (batch.taken == all.size()) batches_.pop_front();
  }
  if (!records.empty() || failures_.empty()) return records;
  Failure failure = std::move(failures_.front());
  failures_.pop_front();
  return failed(std::move(failure));
}

Task<void> ShareFetcher::close() {
  tasks_.stop();
  news_.notify_all();
  co_await tasks_.close();
  batches_.clear();
}

}  // namespace sluice::client::detail
