// server/share_session.h: what a member of a share group fetches from this broker, so that its requests name only
// what has changed (KIP-932).
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/partition_key.h"
#include "wire/error_code.h"

namespace sluice {

struct Peer;

/// Belongs to a connection: when that ends, so does the session.
struct ShareSession {
  std::string group;
  std::string member;
  std::int32_t epoch = 0;                ///< That the next request must have.
  std::vector<PartitionKey> partitions;  ///< In the order in which they are served next.
  const Peer* connection = nullptr;

  void add(const PartitionKey& key);
  void forget(const PartitionKey& key);
  /// The first of the partitions comes last from now on, so that none is starved.
  void rotate();
};

/// Of one shard, whose connections they come by.
class ShareSessionCache {
 public:
  static constexpr std::int32_t kInitialEpoch = 0;
  static constexpr std::int32_t kFinalEpoch = -1;

  explicit ShareSessionCache(std::size_t sessions_max) : sessions_max_(sessions_max) {}

  /// A new session, in the place of the one that the member had. Errors: share_session_limit_reached.
  std::expected<std::shared_ptr<ShareSession>, ErrorCode> open(std::string_view group, std::string_view member,
                                                               const Peer& connection);
  /// The session that a request of `epoch` goes by, which then waits for the next one. Of the final epoch it is
  /// returned for the last time. Errors: share_session_not_found, invalid_share_session_epoch.
  std::expected<std::shared_ptr<ShareSession>, ErrorCode> next(std::string_view group, std::string_view member,
                                                               std::int32_t epoch);
  /// Takes out the sessions of a connection that has ended.
  std::vector<std::shared_ptr<ShareSession>> take_of(const Peer& connection);
  std::size_t size() const { return sessions_.size(); }

 private:
  using Id = std::pair<std::string, std::string>;
  std::size_t sessions_max_;
  std::map<Id, std::shared_ptr<ShareSession>> sessions_;
};

}  // namespace sluice
