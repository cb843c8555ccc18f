// tools/bench/share_exchange.h: a member of a share group (KIP-932): heartbeats to the coordinator, and fetches
// that accept what the one before has brought.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/answer.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"

namespace sluice::tools::bench {

/// One member's connection to its group's coordinator. The first answer that has an assignment is one piece of
/// work.
class ShareHeartbeat final : public Exchange {
 public:
  /// `member` is an id that nobody else has.
  ShareHeartbeat(std::string group, std::string member, std::string topic)
      : group_(std::move(group)), member_(std::move(member)), topic_(std::move(topic)) {}

  Time ready(Time now) const override { return std::max(now, next_); }
  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  std::string group_;
  std::string member_;
  std::string topic_;
  std::int32_t epoch_ = 0;
  bool assigned_ = false;
  Time next_{};
  FreshRequest request_;
};

struct ShareFetchShape {
  std::int32_t wait_ms_max = 500;
  std::int32_t bytes_min = 1;
  std::int32_t bytes_max = 50 * 1024 * 1024;
  std::int32_t records_max = 500;  ///< In an answer, but for batches, which are not cut.
};

/// One member's connection to a broker that leads partitions. What was acquired is work once the broker has
/// acknowledged that it is accepted.
class ShareFetchExchange final : public Exchange {
 public:
  /// The version that clients of Kafka 4 use.
  static constexpr std::int16_t kVersion = 2;

  ShareFetchExchange(std::string group, std::string member, Uuid topic, std::vector<PartitionIndex> partitions,
                     ShareFetchShape shape)
      : group_(std::move(group)),
        member_(std::move(member)),
        topic_(topic),
        partitions_(std::move(partitions)),
        shape_(shape) {}

  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  struct Acquired {
    Offset first;
    Offset last;
  };
  Result<void> take_partition(PartitionIndex partition, Bytes records, std::vector<Acquired> acquired);

  std::string group_;
  std::string member_;
  Uuid topic_;
  std::vector<PartitionIndex> partitions_;
  ShareFetchShape shape_;
  std::int32_t session_epoch_ = 0;
  std::map<PartitionIndex, std::vector<Acquired>> acquired_;  ///< To be accepted by the next request.
  Work held_;                                                 ///< What that comes to.
  FreshRequest request_;
};

}  // namespace sluice::tools::bench
