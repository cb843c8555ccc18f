// client/detail/fetch_session.h: the client's side of incremental fetches (KIP-227): what a broker has been told,
// so that only what changed needs to be said again.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "client/topic_partition.h"
#include "wire/error_code.h"
#include "wire/uuid.h"

namespace sluice::client::detail {

/// How one partition is to be fetched.
struct FetchWish {
  Uuid topic_id;  ///< Zero where the topic has none.
  Offset offset;
  LeaderEpoch current_leader_epoch{-1};
  std::int32_t bytes_max = 0;
  friend bool operator==(const FetchWish&, const FetchWish&) = default;
};

/// The session with one broker. What is asked for with each fetch is all that is wanted now.
class FetchSession {
 public:
  /// What goes into a request.
  struct Plan {
    std::int32_t session_id = 0;
    std::int32_t epoch = 0;
    std::map<TopicPartition, FetchWish> send;
    std::map<TopicPartition, Uuid> forget;
    bool full() const { return epoch == 0; }
  };

  /// `with_ids`: whether the request names topics by ids; a session keeps to one of the two.
  Plan plan(const std::map<TopicPartition, FetchWish>& wanted, bool with_ids);
  /// The request's answer came with this session id.
  void answered(const Plan& plan, std::int32_t session_id);
  /// The request's answer was an error as a whole.
  void refused(ErrorCode code);
  /// No answer came. Whether the broker counts the request is not known, so the next one begins a session anew.
  void lost();

  /// What the broker holds to be asked for; answers may be about these only.
  const std::map<TopicPartition, FetchWish>& partitions() const { return partitions_; }

 private:
  std::int32_t id_ = 0;
  std::int32_t next_epoch_ = 0;
  bool with_ids_ = false;
  std::map<TopicPartition, FetchWish> partitions_;
};

}  // namespace sluice::client::detail
