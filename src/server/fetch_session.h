// server/fetch_session.h: incremental fetch sessions (KIP-227): what a client fetches is remembered, so that
// requests and answers carry only what has changed. Pure logic; one shard's.
#pragma once

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

/// One partition that is fetched. `topic` views the request or the session; from version 13 on it may be empty,
/// and before that `topic_id` is zero.
struct FetchTarget {
  std::string_view topic;
  Uuid topic_id;
  PartitionIndex partition;
  LeaderEpoch current_leader_epoch{-1};
  Offset fetch_offset;
  LeaderEpoch last_fetched_epoch{-1};
  Offset log_start_offset{-1};
  std::int32_t bytes_max = 0;
};

/// What a response says of a partition, as far as it decides whether it is said again.
struct FetchedState {
  bool has_records = false;
  bool has_error = false;  ///< Or a diverging epoch, or a preferred read replica: always said.
  Offset high_watermark{-1};
  Offset log_start_offset{-1};
};

class FetchSession {
 public:
  FetchSession(std::int32_t id, bool uses_topic_ids) : id_(id), uses_topic_ids_(uses_topic_ids) {}

  std::int32_t id() const { return id_; }
  bool uses_topic_ids() const { return uses_topic_ids_; }
  std::size_t size() const { return entries_.size(); }

  /// Adds the target or changes what it asks for.
  void put(const FetchTarget& target);
  void forget(std::string_view topic, Uuid topic_id, PartitionIndex partition);
  /// All that is fetched, those first that have waited longest for data. Views end when the session changes.
  std::vector<FetchTarget> targets() const;
  /// Notes what is about to be answered for a target; false if it need not be said. What had records goes to the
  /// end of the line, so that no partition starves the others.
  bool answer(const FetchTarget& target, const FetchedState& state);

 private:
  friend class FetchSessionCache;
  struct Key {
    std::string topic;
    Uuid topic_id;
    PartitionIndex partition;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Entry {
    Key key;
    FetchTarget target;
    Offset told_high_watermark{-1};
    Offset told_log_start_offset{-1};
  };

  std::int32_t id_;
  bool uses_topic_ids_;
  std::int32_t next_epoch_ = 1;
  SteadyTime last_used_{};
  std::list<Entry> entries_;
  std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> by_key_;
};

/// The sessions of the clients that one shard serves.
class FetchSessionCache {
 public:
  struct Limits {
    std::size_t sessions_max = 1000;                      ///< max.incremental.fetch.session.cache.slots
    std::chrono::milliseconds eviction_age_min{120'000};  ///< min.incremental.fetch.session.eviction.ms
  };

  FetchSessionCache(Loop& loop, Limits limits) : loop_(loop), limits_(limits) {}

  /// How one request is to be answered: within `session` if there is one, in full if `is_full`.
  struct Choice {
    std::shared_ptr<FetchSession> session;
    bool is_full = true;
  };

  /// Finds, makes or closes the session that a request speaks of. A full request without room for a session is
  /// served without one. Errors: not_found (FETCH_SESSION_ID_NOT_FOUND), out_of_order
  /// (INVALID_FETCH_SESSION_EPOCH), invalid_argument (FETCH_SESSION_TOPIC_ID_ERROR).
  Result<Choice> choose(std::int32_t session_id, std::int32_t epoch, bool uses_topic_ids);
  std::size_t size() const { return sessions_.size(); }

 private:
  std::shared_ptr<FetchSession> create(bool uses_topic_ids);
  bool make_room();

  Loop& loop_;
  Limits limits_;
  std::unordered_map<std::int32_t, std::shared_ptr<FetchSession>> sessions_;
};

}  // namespace sluice
