// coordinator/consumer_answers.h: what the consumer protocol's requests are answered with (KIP-848).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_assignment.h"
#include "coordinator/refusal.h"
#include "wire/error_code.h"

namespace sluice {

struct ConsumerHeartbeatAnswer {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::chrono::milliseconds heartbeat_interval{};
  std::optional<AssignedPartitions> assignment;  ///< None: as it was.

  static ConsumerHeartbeatAnswer failed(Refusal refusal) {
    ConsumerHeartbeatAnswer answer;
    answer.error = refusal.code;
    answer.error_message = std::move(refusal.message);
    return answer;
  }
};

struct DescribedPartitions {
  Uuid topic_id;
  std::string topic;
  std::vector<PartitionIndex> partitions;
};

struct DescribedConsumer {
  std::string id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t epoch = 0;
  std::string client_id;
  std::string client_host;
  std::vector<std::string> topics;
  std::string pattern;
  std::vector<DescribedPartitions> assigned;  ///< Also what it is to give up and still holds.
  std::vector<DescribedPartitions> target;
  bool is_classic = false;
};

struct DescribedConsumerGroup {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string id;
  std::string state;
  std::int32_t epoch = 0;
  std::int32_t assignment_epoch = 0;
  std::string assignor;
  std::vector<DescribedConsumer> members;

  static DescribedConsumerGroup failed(ErrorCode error, std::string_view id) {
    DescribedConsumerGroup group;
    group.error = error;
    group.id = id;
    return group;
  }
};

}  // namespace sluice
