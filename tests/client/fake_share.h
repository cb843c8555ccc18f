// client/fake_share.h: a share group as a fake cluster keeps it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/topic_partition.h"

namespace sluice::client {

struct FakeShare {
  struct Record {
    std::string member{};  ///< Who has it; empty: nobody.
    std::int16_t deliveries = 0;
    bool done = false;
  };
  struct Session {
    std::int32_t epoch = 0;  ///< Which the next request has.
    std::set<TopicPartition> partitions;
  };
  std::int32_t epoch = 0;
  std::map<std::string, std::set<std::string>> members;  ///< With their topics.
  std::map<std::pair<NodeId, std::string>, Session> sessions;
  std::map<TopicPartition, std::map<Offset, Record>> records;
  /// Answered, one after the other, instead of taking what is said.
  std::vector<ErrorCode> refusals;
  int heartbeats = 0;
  /// The types of acknowledgement that came for each record, in order.
  std::map<std::pair<TopicPartition, Offset>, std::vector<int>> said;
};

}  // namespace sluice::client
