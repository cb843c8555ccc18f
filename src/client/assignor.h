// client/assignor.h: who of a group reads which partitions: Kafka's four assignors of the classic protocol. Pure:
// the same question has the same answer everywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/topic_partition.h"

namespace sluice::client {

/// What a member told when it joined.
struct MemberSubscription {
  std::vector<std::string> topics{};
  std::optional<std::string> instance_id{};  ///< Of a static member (KIP-345): such come first, by this id.
  std::vector<TopicPartition> owned{};       ///< What it reads now, where its assignor is sticky.
  std::int32_t generation = -1;              ///< In which it got that.
};

/// By member id.
using GroupSubscription = std::map<std::string, MemberSubscription, std::less<>>;
using GroupAssignment = std::map<std::string, std::vector<TopicPartition>, std::less<>>;
/// How many partitions each topic has. Topics that are not there have none.
using TopicSizes = std::map<std::string, std::int32_t, std::less<>>;

/// Topic by topic: each member gets a stretch of the topic's partitions, the first members one more where it does
/// not come out even. Topics with the same number of partitions are split alike.
GroupAssignment assign_range(const TopicSizes& topics, const GroupSubscription& members);

/// All partitions of all topics in turn, as one deals cards.
GroupAssignment assign_round_robin(const TopicSizes& topics, const GroupSubscription& members);

/// As even as the subscriptions allow, and with as few partitions moved as that takes (KIP-54).
GroupAssignment assign_sticky(const TopicSizes& topics, const GroupSubscription& members);

/// As sticky, but a partition that moves is given to nobody until its owner has let go of it: the next rebalance,
/// which follows at once, gives it to the new owner (KIP-429).
GroupAssignment assign_cooperative_sticky(const TopicSizes& topics, const GroupSubscription& members);

/// An assignor with what its protocol asks of members.
struct Assignor {
  std::string_view name;
  GroupAssignment (*assign)(const TopicSizes& topics, const GroupSubscription& members);
  bool cooperative = false;  ///< Members keep reading while they join.
  bool tells_owned_as_data =
      false;  ///< What a member owns travels in the assignor's own data, not in the subscription.
};

/// Null for a name that is none of range, roundrobin, sticky and cooperative-sticky.
const Assignor* find_assignor(std::string_view name);

}  // namespace sluice::client
