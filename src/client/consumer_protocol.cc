#include "client/consumer_protocol.h"

#include <algorithm>

#include "wire/data/consumer_protocol_assignment.h"
#include "wire/data/consumer_protocol_subscription.h"
#include "wire/frame.h"

namespace sluice::client {
namespace {

using wire::ConsumerProtocolAssignment;
using wire::ConsumerProtocolSubscription;

constexpr std::size_t kVersionBytes = 2;

template <class Message>
Result<Buffer> encode_versioned(const Message& message) {
  constexpr std::int16_t kVersion = Message::kVersions.high;
  const Result<Buffer> body = wire::encode(message, kVersion);
  if (!body) return fail(body.error());
  Buffer bytes(kVersionBytes);
  store(bytes.bytes(), 0, kVersion);
  bytes.append(body->bytes());
  return bytes;
}

template <class Message>
Result<Message> decode_versioned(Bytes bytes) {
  if (bytes.size() < kVersionBytes)
    return fail(Errc::corrupt, "{} of {} bytes has no version", Message::kName, bytes.size());
  const auto version = load<std::int16_t>(bytes, 0);
  if (version < 0) return fail(Errc::corrupt, "{} has version {}", Message::kName, version);
  return wire::decode<Message>(bytes.subspan(kVersionBytes), std::min(version, Message::kVersions.high));
}

/// Partitions grouped by topic, in the order in which the topics come first.
template <class Group>
std::vector<Group> grouped(const std::vector<TopicPartition>& partitions) {
  std::vector<Group> groups;
  for (const TopicPartition& partition : partitions) {
    auto group = std::ranges::find(groups, std::string_view(partition.topic), &Group::topic);
    if (group == groups.end()) {
      groups.emplace_back();
      group = groups.end() - 1;
      group->topic = partition.topic;
    }
    group->partitions.push_back(partition.partition);
  }
  return groups;
}

template <class Groups>
std::vector<TopicPartition> ungrouped(const Groups& groups) {
  std::vector<TopicPartition> partitions;
  for (const auto& group : groups)
    for (const PartitionIndex partition : group.partitions)
      partitions.push_back({std::string(group.topic), partition});
  return partitions;
}

}  // namespace

Result<Buffer> encode(const ConsumerSubscription& subscription) {
  ConsumerProtocolSubscription message;
  message.topics.assign(subscription.topics.begin(), subscription.topics.end());
  std::ranges::sort(message.topics);
  if (subscription.has_user_data) message.user_data = subscription.user_data.bytes();
  std::vector<TopicPartition> owned = subscription.owned;
  std::ranges::sort(owned);
  message.owned_partitions = grouped<ConsumerProtocolSubscription::TopicPartition>(owned);
  message.generation_id = subscription.generation;
  if (subscription.rack_id) message.rack_id = *subscription.rack_id;
  return encode_versioned(message);
}

Result<ConsumerSubscription> decode_subscription(Bytes bytes) {
  const Result<ConsumerProtocolSubscription> message = decode_versioned<ConsumerProtocolSubscription>(bytes);
  if (!message) return fail(message.error());
  ConsumerSubscription subscription;
  subscription.topics.assign(message->topics.begin(), message->topics.end());
  subscription.has_user_data = message->user_data.has_value();
  if (message->user_data) subscription.user_data = Buffer::copy_of(*message->user_data);
  subscription.owned = ungrouped(message->owned_partitions);
  subscription.generation = message->generation_id;
  if (message->rack_id) subscription.rack_id = *message->rack_id;
  return subscription;
}

// An array of topics, each with an array of partitions, then the generation; there is no version in front.
Buffer encode(const StickyUserData& data) {
  struct Group {
    std::string_view topic;
    std::vector<PartitionIndex> partitions;
  };
  const std::vector<Group> groups = grouped<Group>(data.owned);
  const auto put = [&](auto& out) {
    out.int32(static_cast<std::int32_t>(groups.size()));
    for (const Group& group : groups) {
      out.string("topic", group.topic, false);
      out.array("partitions", group.partitions, false);
    }
    out.int32(data.generation);
  };
  wire::Sizer sizer;
  put(sizer);
  Buffer bytes(sizer.written());
  wire::Writer writer(bytes.bytes());
  put(writer);
  return bytes;
}

Result<StickyUserData> decode_sticky_user_data(Bytes bytes) {
  constexpr std::size_t kTopicSizeMin = 6;  // An empty name and an empty array.
  wire::Reader in(bytes);
  StickyUserData data;
  const std::size_t topics = in.count("previous_assignment", false, kTopicSizeMin);
  for (std::size_t i = 0; i < topics && !in.failed(); ++i) {
    const std::string_view topic = in.string("topic", false);
    std::vector<PartitionIndex> partitions;
    in.array("partitions", partitions, false);
    for (const PartitionIndex partition : partitions) data.owned.push_back({std::string(topic), partition});
  }
  // The first version had no generation.
  if (in.remaining() >= sizeof(std::int32_t)) data.generation = in.int32("generation");
  if (in.failed()) return in.failure();
  return data;
}

Result<Buffer> encode_assignment(const std::vector<TopicPartition>& partitions) {
  ConsumerProtocolAssignment message;
  message.assigned_partitions = grouped<ConsumerProtocolAssignment::TopicPartition>(partitions);
  return encode_versioned(message);
}

Result<std::vector<TopicPartition>> decode_assignment(Bytes bytes) {
  if (bytes.empty()) return std::vector<TopicPartition>{};
  const Result<ConsumerProtocolAssignment> message = decode_versioned<ConsumerProtocolAssignment>(bytes);
  if (!message) return fail(message.error());
  return ungrouped(message->assigned_partitions);
}

}  // namespace sluice::client
