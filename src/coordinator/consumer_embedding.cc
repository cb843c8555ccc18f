#include "coordinator/consumer_embedding.h"

#include <algorithm>

#include "coordinator/coordinator_record.h"
#include "wire/data/consumer_protocol_assignment.h"
#include "wire/data/consumer_protocol_subscription.h"

namespace sluice {
namespace {

/// A newer version begins like the newest that we know.
template <class Message>
Result<std::pair<std::int16_t, Message>> read(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  const Result<std::int16_t> version = leading_number(bytes);
  if (!version) return fail(version.error());
  if (*version < 0) return fail(Errc::corrupt, "{} has version {}", Message::kName, *version);
  const std::int16_t known = std::min(*version, Message::kVersions.high);
  wire::Reader in(bytes.subspan(sizeof(std::int16_t)));
  Result<Message> message = Message::decode(in, known);
  if (!message) return fail(message.error());
  return std::pair(known, std::move(*message));
}

template <class Topics>
AssignedPartitions ids_of(const Topics& named, const TopicsImage& topics) {
  AssignedPartitions partitions;
  for (const auto& topic : named)
    if (const TopicImage* image = topics.topic(topic.topic); image != nullptr && !topic.partitions.empty())
      partitions[image->id()].insert(topic.partitions.begin(), topic.partitions.end());
  return partitions;
}

}  // namespace

Result<EmbeddedSubscription> read_subscription(std::string_view bytes, const TopicsImage& topics) {
  const auto read_back = read<wire::ConsumerProtocolSubscription>(bytes);
  if (!read_back) return fail(read_back.error());
  const auto& [version, message] = *read_back;
  EmbeddedSubscription subscription;
  subscription.version = version;
  subscription.topics = {message.topics.begin(), message.topics.end()};
  subscription.owned = ids_of(message.owned_partitions, topics);
  if (message.rack_id && !message.rack_id->empty()) subscription.rack_id = *message.rack_id;
  return subscription;
}

Result<AssignedPartitions> read_assignment(std::string_view bytes, const TopicsImage& topics) {
  if (bytes.empty()) return AssignedPartitions{};
  const auto read_back = read<wire::ConsumerProtocolAssignment>(bytes);
  if (!read_back) return fail(read_back.error());
  const wire::ConsumerProtocolAssignment& message = read_back->second;
  if (message.user_data && !message.user_data->empty())
    return fail(Errc::unsupported_version, "userData from a custom assignor would be lost");
  return ids_of(message.assigned_partitions, topics);
}

Result<std::string> write_assignment(const AssignedPartitions& partitions, const TopicsImage& topics,
                                     std::int16_t version) {
  wire::ConsumerProtocolAssignment message;
  for (const auto& [id, indexes] : partitions)
    if (const TopicImage* topic = topics.topic(id); topic != nullptr)
      message.assigned_partitions.push_back(
          {.topic = topic->name(), .partitions = {indexes.begin(), indexes.end()}});
  const std::int16_t known = std::clamp(version, wire::ConsumerProtocolAssignment::kVersions.low,
                                        wire::ConsumerProtocolAssignment::kVersions.high);
  const Result<Buffer> encoded = encode_versioned(known, message, known);
  if (!encoded) return fail(encoded.error());
  return std::string(as_text(encoded->bytes()));
}

}  // namespace sluice
