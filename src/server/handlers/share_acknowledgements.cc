#include "server/handlers/share_acknowledgements.h"

#include <utility>

#include "base/crossing.h"
#include "base/when_all.h"
#include "server/broker.h"
#include "server/broker_shard.h"

namespace sluice::handlers {
namespace {

/// Runs on the partition's shard. What it views stays with the request, which waits.
Task<ErrorCode> acknowledge_here(BrokerShard& shard, PartitionKey key, std::string_view group,
                                 std::string_view member, const std::vector<AcknowledgedRange>& said) {
  if (!shard.partitions().find(key)) co_return ErrorCode::not_leader_or_follower;
  // Nobody has fetched for the group here since this broker leads: the locks that the member has in mind are gone.
  const std::shared_ptr<SharePartitionLeader> leader = shard.share_leaders().find(group, key);
  if (!leader) co_return ErrorCode::invalid_record_state;
  const ErrorCode error = co_await leader->ready();
  if (error != ErrorCode::none) co_return error;
  co_return co_await leader->acknowledge(member, said);
}

Task<ErrorCode> acknowledge_one(RequestContext& context, PartitionKey key, std::string_view group,
                                std::string_view member, const std::vector<AcknowledgedRange>& said) {
  const TopicImage* topic = context.image->topic(key.topic_id);
  if (topic == nullptr || topic->partition(key.partition) == nullptr)
    co_return ErrorCode::unknown_topic_or_partition;
  BrokerShard& owner = context.broker.owner_of(key);
  auto there = [&owner, key, group, member, &said] { return acknowledge_here(owner, key, group, member, said); };
  co_return co_await on(owner.loop(), there);
}

}  // namespace

bool is_share_member(std::string_view group, std::string_view member) {
  constexpr std::size_t kMemberBytesMax = 36;  // An id in any of its spellings.
  return !group.empty() && !member.empty() && member.size() <= kMemberBytesMax;
}

Task<void> acknowledge(RequestContext& context, std::string_view group, std::string_view member,
                       const SaidByPartition& said, ShareErrors& errors) {
  std::vector<Task<ErrorCode>> tasks;
  for (const auto& [key, ranges] : said) tasks.push_back(acknowledge_one(context, key, group, member, ranges));
  const std::vector<ErrorCode> answers = co_await when_all(std::move(tasks));
  auto answer = answers.begin();
  for (const auto& [key, ranges] : said) errors[key] = *answer++;
}

Task<void> release_share_member(Broker& broker, std::string group, std::string member) {
  for (const auto& shard : broker.shards()) {
    auto release = [&leaders = shard->share_leaders(), &group, &member] { return leaders.release(group, member); };
    co_await on(shard->loop(), release);
  }
}

}  // namespace sluice::handlers
