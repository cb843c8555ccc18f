// client/delivery.h: a record on its way to a topic, and what became of it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "client/failure.h"
#include "client/topic_partition.h"
#include "record/batch_builder.h"

namespace sluice::client {

/// A record to be sent. All bytes are the caller's and are copied before the send is done.
struct ProducerRecord {
  std::string_view topic;
  std::optional<PartitionIndex> partition = std::nullopt;  ///< Nothing: the partitioner chooses.
  std::optional<Bytes> key = std::nullopt;
  std::optional<Bytes> value = std::nullopt;
  std::span<const HeaderView> headers = {};
  std::optional<WallTime> timestamp = std::nullopt;  ///< Nothing: now.
};

/// Where a record is.
struct Delivered {
  TopicPartition partition;
  Offset offset{-1};   ///< -1 where the broker did not say: with acks=0, or for a batch that it had already.
  WallTime timestamp;  ///< The broker's where the topic has message.timestamp.type=LogAppendTime.
};

/// Told once, on the producer's loop, what became of a record. It must not destroy the producer.
using DeliveryReport = std::move_only_function<void(const Outcome<Delivered>&)>;

}  // namespace sluice::client
