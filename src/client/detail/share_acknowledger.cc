// What a ShareFetcher tells leaders of the records that it has from them.
#include <algorithm>
#include <utility>

#include "base/when_all.h"
#include "client/detail/share_fetcher.h"

namespace sluice::client::detail {

using wire::ShareAcknowledgeRequest;

namespace {

/// Whether the same leader may take it with a later attempt. One that leads no more, or does not know the
/// partition, has given the records to others.
bool worth_repeating(ErrorCode error) {
  switch (error) {
    case ErrorCode::not_leader_or_follower:
    case ErrorCode::fenced_leader_epoch:
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id: return false;
    default: return retriable(error);
  }
}

}  // namespace

bool ShareFetcher::has_unanswered() const {
  return std::ranges::any_of(outstanding_, [](const auto& partition) {
    return std::ranges::any_of(partition.second, [](const auto& record) { return !record.second.answered; });
  });
}

void ShareFetcher::accept_all() {
  for (const auto& [partition, records] : outstanding_)
    for (const auto& [offset, record] : records)
      leader(record.leader)
          ->pending[{partition, record.topic_id}]
          .insert_or_assign(offset, static_cast<std::int8_t>(AcknowledgeType::accept));
  outstanding_.clear();
}

Outcome<void> ShareFetcher::acknowledge(const TopicPartition& partition, Offset offset, AcknowledgeType type) {
  const auto records = outstanding_.find(partition);
  const auto record =
      records == outstanding_.end() ? decltype(records->second.begin()){} : records->second.find(offset);
  if (records == outstanding_.end() || record == records->second.end())
    return failed(ErrorCode::invalid_request, "The record at offset {} of {} cannot be acknowledged.",
                  offset.value, to_string(partition));
  leader(record->second.leader)
      ->pending[{partition, record->second.topic_id}]
      .insert_or_assign(offset, static_cast<std::int8_t>(type));
  record->second.answered = true;
  if (type == AcknowledgeType::renew) return {};
  records->second.erase(record);
  if (records->second.empty()) outstanding_.erase(records);
  return {};
}

void ShareFetcher::tell(const SharePartition& partition, const Acknowledged& said,
                        const Outcome<void>& outcome) const {
  if (!report_) return;
  std::set<Offset> offsets;
  for (const auto& [offset, type] : said)
    if (type != kGap) offsets.insert(offset);
  if (!offsets.empty()) report_(partition.partition, offsets, outcome);
}

PartitionOutcomes<void> ShareFetcher::settle(const SharePartitionsAcknowledged& said,
                                             const Outcome<PartitionOutcomes<void>>& outcomes) const {
  PartitionOutcomes<void> all;
  for (const auto& [partition, acknowledged] : said) {
    Outcome<void> outcome;
    if (!outcomes) {
      outcome = failed(outcomes.error());
    } else if (const auto found = outcomes->find(partition.partition); found != outcomes->end()) {
      outcome = found->second;
    } else {
      outcome = failed(ErrorCode::invalid_record_state, "the answer says nothing of what was acknowledged of {}",
                       to_string(partition.partition));
    }
    tell(partition, acknowledged, outcome);
    all.insert_or_assign(partition.partition, std::move(outcome));
  }
  return all;
}

Task<void> ShareFetcher::run_acknowledge(NodeId id, std::shared_ptr<Leader> to) {
  const SteadyTime deadline = cluster_.loop_now() + config_.client.default_api_timeout;
  (void)co_await send_pending(id, std::move(to), false, deadline);
  news_.notify_all();
}

Task<PartitionOutcomes<void>> ShareFetcher::send_pending(NodeId id, std::shared_ptr<Leader> to, bool last,
                                                         SteadyTime deadline) {
  const Turns::Turn turn = co_await to->turns.turn();
  SharePartitionsAcknowledged said = std::exchange(to->pending, {});
  PartitionOutcomes<void> all;
  if (said.empty() && !(last && to->session.is_open())) co_return all;
  Backoff backoff = cluster_.retry_backoff();
  while (true) {
    // A leader that has lost the session has given its records to others.
    Outcome<PartitionOutcomes<void>> outcomes =
        failed(ErrorCode::share_session_not_found, "the session with node {} is over", id.value);
    if (to->session.is_open()) outcomes = co_await acknowledge_once(id, *to, said, last, deadline);
    if (!outcomes) lose(*to);
    SharePartitionsAcknowledged again;
    if (outcomes && !last) again = take_repeated(said, *outcomes);
    all.merge(settle(said, outcomes));
    if (again.empty()) co_return all;
    const SteadyTime next = cluster_.loop_now() + backoff.next(cluster_.loop());
    if (next >= deadline) {
      all.merge(settle(again, failed(ErrorCode::request_timed_out, "node {} took no acknowledgements", id.value)));
      co_return all;
    }
    while (!leaving_ && cluster_.loop_now() < next) (void)co_await left_.wait_until(next);
    if (leaving_) {  // Whoever leaves says it with the last request.
      for (auto& [partition, acknowledged] : again) to->pending[partition].merge(acknowledged);
      co_return all;
    }
    said = std::move(again);
  }
}

/// Takes out of `said` what is to be said once more.
SharePartitionsAcknowledged ShareFetcher::take_repeated(SharePartitionsAcknowledged& said,
                                                        const PartitionOutcomes<void>& outcomes) {
  SharePartitionsAcknowledged again;
  for (const auto& [partition, outcome] : outcomes) {
    if (outcome) continue;
    if (asks_for_metadata(outcome.error().code)) cluster_.request_update();
    if (!worth_repeating(outcome.error().code)) continue;
    const auto of = std::ranges::find_if(said, [&](const auto& one) { return one.first.partition == partition; });
    if (of != said.end()) again.insert(said.extract(of));
  }
  return again;
}

Task<Outcome<PartitionOutcomes<void>>> ShareFetcher::acknowledge_once(NodeId id, Leader& to,
                                                                      const SharePartitionsAcknowledged& said,
                                                                      bool last, SteadyTime deadline) {
  const Outcome<std::shared_ptr<Node>> node = co_await cluster_.node(id, deadline);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::share_acknowledge);
  if (!version) co_return failed(version.error());
  ShareAcknowledgeRequest request;
  request.group_id = config_.group_id;
  request.member_id = member_id_;
  request.share_session_epoch = last ? ShareSession::kFinalEpoch : to.session.epoch();
  request.is_renew_ack = has_renewals(said);
  for (const auto& [partition, acknowledged] : said) {
    if (request.topics.empty() || request.topics.back().topic_id != partition.topic_id)
      request.topics.emplace_back().topic_id = partition.topic_id;
    request.topics.back().partitions.push_back(
        {.partition_index = partition.partition.partition,
         .acknowledgement_batches =
             acknowledgement_batches<ShareAcknowledgeRequest::AcknowledgementBatch>(acknowledged),
         .unknown_tags = {}});
  }
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(deadline));
  if (!answer) co_return failed(answer.error());
  Outcome<void> whole =
      outcome_of((*answer)->error_code, "acknowledging records to " + (*node)->name(), (*answer)->error_message);
  if (!whole) co_return failed(std::move(whole.error()));
  if (last)
    to.session.lost();
  else
    to.session.answered();
  PartitionOutcomes<void> outcomes;
  for (const auto& [partition, acknowledged] : said) {
    for (const auto& topic : (*answer)->responses) {
      for (const auto& data : topic.partitions) {
        if (topic.topic_id != partition.topic_id || data.partition_index != partition.partition.partition)
          continue;
        outcomes.emplace(partition.partition,
                         outcome_of(data.error_code, "acknowledging records of " + to_string(partition.partition),
                                    data.error_message));
        const bool has_moved = data.error_code == ErrorCode::not_leader_or_follower ||
                               data.error_code == ErrorCode::fenced_leader_epoch;
        if (has_moved && data.current_leader.leader_id.value >= 0 && data.current_leader.leader_epoch.value >= 0)
          cluster_.update_leader(partition.partition, data.current_leader.leader_id,
                                 data.current_leader.leader_epoch);
      }
    }
  }
  co_return outcomes;
}

Task<PartitionOutcomes<void>> ShareFetcher::commit(SteadyTime deadline) {
  std::vector<Task<PartitionOutcomes<void>>> requests;
  for (const auto& [id, to] : leaders_)
    if (!to->pending.empty()) requests.push_back(send_pending(id, to, false, deadline));
  auto answers = co_await when_all(std::move(requests));
  PartitionOutcomes<void> all;
  for (PartitionOutcomes<void>& answer : answers) all.merge(answer);
  co_return all;
}

Task<void> ShareFetcher::leave(SteadyTime deadline) {
  outstanding_.clear();
  batches_.clear();
  leaving_ = true;
  left_.notify_all();
  std::vector<Task<PartitionOutcomes<void>>> requests;
  for (const auto& [id, to] : leaders_) requests.push_back(send_pending(id, to, true, deadline));
  (void)co_await when_all(std::move(requests));
  leaving_ = false;
}

}  // namespace sluice::client::detail
