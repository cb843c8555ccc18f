#include "tools/bench/commit_exchange.h"

#include "tools/bench/answer.h"
#include "wire/api/offset_commit.h"

namespace sluice::tools::bench {
namespace {

using wire::OffsetCommitRequest;

/// What stands for a partition's offset until its place in the request is known.
constexpr std::int64_t kMark = 0x5EA7'0000'0000'0000;

}  // namespace

Result<std::unique_ptr<CommitExchange>> CommitExchange::make(const Target& target, const Committer& committer,
                                                             const std::vector<PartitionIndex>& partitions) {
  auto exchange = std::make_unique<CommitExchange>();
  OffsetCommitRequest::OffsetCommitRequestTopic topic{.topic_id = target.topic_id};
  for (const PartitionIndex partition : partitions)
    topic.partitions.push_back({.partition_index = partition,
                                .committed_offset = {kMark + partition.value},
                                .committed_leader_epoch = {0},
                                .committed_metadata = ""});
  OffsetCommitRequest request{.group_id = committer.group,
                              .generation_id_or_member_epoch = committer.generation,
                              .member_id = committer.member};
  request.topics.push_back(std::move(topic));
  Result<wire::Frame> frame = wire::encode_request(request, kVersion, 0, "bench");
  if (!frame) return fail(frame.error());
  const PreparedRequest& prepared = exchange->request_.emplace(std::move(*frame), std::span<const Bytes>{});
  for (const PartitionIndex partition : partitions)
    exchange->places_.push_back(prepared.find(kMark + partition.value));
  return exchange;
}

const PreparedRequest& CommitExchange::next(Time) {
  offset_ = offset_ + 1;
  for (const std::size_t place : places_) request_->set(place, offset_.value);
  return *request_;
}

Result<Work> CommitExchange::take(Bytes frame, Time now) {
  const auto response = open_answer<wire::OffsetCommitResponse>(frame, kVersion);
  if (!response) return fail(response.error());
  for (const auto& topic : response->topics)
    for (const auto& partition : topic.partitions) {
      if (comes_later(partition.error_code)) {
        not_before_ = now + kSoon;
        return Work{};
      }
      if (partition.error_code != ErrorCode::none) return refused("committing", partition.error_code);
    }
  return Work{.requests = 1, .records = places_.size()};
}

}  // namespace sluice::tools::bench
