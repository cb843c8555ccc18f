#include "client/detail/group_client.h"

#include "wire/api/offset_commit.h"
#include "wire/api/offset_fetch.h"

namespace sluice::client::detail {
namespace {

using wire::OffsetCommitRequest;
using wire::OffsetFetchRequest;
using wire::OffsetFetchResponse;

/// Later versions name topics by their ids, which a group's offsets may outlive.
constexpr std::int16_t kOffsetFetchMost = 9;
constexpr std::int16_t kOffsetCommitMost = 9;
/// From here on the request is about several groups.
constexpr std::int16_t kOffsetFetchOfGroups = 8;

template <class Topic>
std::vector<Topic> topics_named(const std::set<TopicPartition>& partitions) {
  std::vector<Topic> topics;
  for (const TopicPartition& partition : partitions) {
    if (topics.empty() || topics.back().name != partition.topic) {
      topics.emplace_back();
      topics.back().name = partition.topic;
    }
    topics.back().partition_indexes.push_back(partition.partition);
  }
  return topics;
}

OffsetFetchRequest fetch_request(std::string_view group_id,
                                 const std::optional<std::set<TopicPartition>>& partitions, bool stable,
                                 std::int16_t version) {
  OffsetFetchRequest request;
  if (version >= 7) request.require_stable = stable;
  if (version >= kOffsetFetchOfGroups) {
    OffsetFetchRequest::OffsetFetchRequestGroup group;
    group.group_id = group_id;
    if (partitions)
      group.topics = topics_named<OffsetFetchRequest::OffsetFetchRequestTopics>(*partitions);
    else
      group.topics.reset();
    request.groups.push_back(std::move(group));
    return request;
  }
  request.group_id = group_id;
  if (partitions)
    request.topics = topics_named<OffsetFetchRequest::OffsetFetchRequestTopic>(*partitions);
  else
    request.topics.reset();
  return request;
}

/// Takes the offsets out of an answer. Errors: the first of any partition.
template <class Topics>
Outcome<void> take_offsets(const Topics& topics, Offsets& to) {
  for (const auto& topic : topics) {
    for (const auto& partition : topic.partitions) {
      TopicPartition key{std::string(topic.name), partition.partition_index};
      if (Outcome<void> said = outcome_of(partition.error_code, "the committed offset of " + to_string(key));
          !said)
        return said;
      if (partition.committed_offset.value < 0) continue;
      to.insert_or_assign(std::move(key),
                          OffsetAndMetadata{.offset = partition.committed_offset,
                                            .leader_epoch = partition.committed_leader_epoch,
                                            .metadata = std::string(partition.metadata.value_or(""))});
    }
  }
  return {};
}

OffsetCommitRequest commit_request(std::string_view group_id, const Offsets& offsets, const Membership& membership,
                                   std::int16_t version) {
  OffsetCommitRequest request;
  request.group_id = group_id;
  request.generation_id_or_member_epoch = membership.generation;
  request.member_id = membership.member_id;
  if (version >= 7 && membership.instance_id) request.group_instance_id = *membership.instance_id;
  for (const auto& [partition, committed] : offsets) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back();
      request.topics.back().name = partition.topic;
    }
    OffsetCommitRequest::OffsetCommitRequestPartition item;
    item.partition_index = partition.partition;
    item.committed_offset = committed.offset;
    item.committed_leader_epoch = committed.leader_epoch;
    item.committed_metadata = committed.metadata;
    request.topics.back().partitions.push_back(item);
  }
  return request;
}

}  // namespace

Task<Outcome<std::shared_ptr<Node>>> GroupClient::coordinator(SteadyTime deadline) {
  if (node_) {
    const std::shared_ptr<Node> known = node_;
    const Outcome<void> connected = co_await known->connect(deadline);
    if (connected) co_return known;
    node_.reset();
  }
  Outcome<std::shared_ptr<Node>> found =
      co_await cluster_.coordinator(CoordinatorType::group, group_id_, deadline);
  if (found) node_ = *found;
  co_return found;
}

Task<Outcome<void>> GroupClient::ask_for(wire::ApiMessage request, ResponseTaker& response, std::int16_t most,
                                         SteadyTime deadline) {
  Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(std::move(node.error()));
  Outcome<void> asked = co_await (*node)->ask_for(request, response, deadline, most);
  if (!asked) note(asked.error());
  co_return asked;
}

void GroupClient::note(const Failure& failure) {
  if (asks_for_coordinator(failure.code)) node_.reset();
}

Task<Outcome<Offsets>> GroupClient::committed(std::optional<std::set<TopicPartition>> partitions, bool stable,
                                              SteadyTime deadline) {
  Backoff backoff = cluster_.retry_backoff();
  while (true) {
    Outcome<Offsets> offsets = co_await committed_once(partitions, stable, deadline);
    if (offsets) co_return offsets;
    note(offsets.error());
    if (!offsets.error().retriable()) co_return offsets;
    const bool more = co_await cluster_.pause(backoff, deadline);
    if (!more) co_return offsets;
  }
}

Task<Outcome<Offsets>> GroupClient::committed_once(const std::optional<std::set<TopicPartition>>& partitions,
                                                   bool stable, SteadyTime deadline) {
  const Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::offset_fetch, kOffsetFetchMost);
  if (!version) co_return failed(version.error());
  const OffsetFetchRequest request = fetch_request(group_id_, partitions, stable, *version);
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(deadline));
  if (!answer) co_return failed(answer.error());
  const OffsetFetchResponse& message = **answer;
  const std::string subject = "fetching the offsets of group " + group_id_;
  if (Outcome<void> said = outcome_of(message.error_code, subject); !said) co_return failed(said.error());

  Offsets offsets;
  Outcome<void> taken = take_offsets(message.topics, offsets);
  for (const auto& group : message.groups) {
    if (taken) taken = outcome_of(group.error_code, subject);
    if (taken) taken = take_offsets(group.topics, offsets);
  }
  if (!taken) co_return failed(std::move(taken.error()));
  co_return offsets;
}

Task<Outcome<PartitionOutcomes<void>>> GroupClient::commit_once(const Offsets& offsets,
                                                                const Membership& membership,
                                                                SteadyTime deadline) {
  const Outcome<std::shared_ptr<Node>> node = co_await coordinator(deadline);
  if (!node) co_return failed(node.error());
  const Outcome<std::int16_t> version = (*node)->version_of(ApiKey::offset_commit, kOffsetCommitMost);
  if (!version) co_return failed(version.error());
  const OffsetCommitRequest request = commit_request(group_id_, offsets, membership, *version);
  const auto answer = co_await (*node)->call(request, *version, cluster_.request_deadline(deadline));
  if (!answer) co_return failed(answer.error());
  PartitionOutcomes<void> outcomes;
  for (const auto& topic : (*answer)->topics) {
    for (const auto& partition : topic.partitions) {
      TopicPartition key{std::string(topic.name), partition.partition_index};
      Outcome<void> said = outcome_of(partition.error_code, "committing " + to_string(key));
      outcomes.emplace(std::move(key), std::move(said));
    }
  }
  co_return outcomes;
}

Task<Outcome<void>> GroupClient::commit(const Offsets& offsets, const Membership& membership,
                                        SteadyTime deadline) {
  Backoff backoff = cluster_.retry_backoff();
  Offsets left = offsets;
  while (!left.empty()) {
    const Outcome<PartitionOutcomes<void>> outcomes = co_await commit_once(left, membership, deadline);
    std::optional<Failure> failure;
    if (outcomes) {
      for (const auto& [partition, outcome] : *outcomes) {
        if (outcome)
          left.erase(partition);
        else if (!failure || failure->retriable())
          failure = outcome.error();
      }
      if (!failure) break;
    } else {
      failure = outcomes.error();
    }
    note(*failure);
    if (!failure->retriable()) co_return failed(std::move(*failure));
    const bool more = co_await cluster_.pause(backoff, deadline);
    if (!more) co_return failed(std::move(*failure));
  }
  co_return Outcome<void>{};
}

}  // namespace sluice::client::detail
