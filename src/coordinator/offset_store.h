// coordinator/offset_store.h: how far groups have read: their committed offsets, and those that a transaction may
// yet commit (KIP-98).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "coordinator/coordinator_record.h"
#include "wire/coordinator/offset_commit.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

struct CommittedOffset {
  Offset offset{-1};
  LeaderEpoch leader_epoch{-1};
  std::string metadata;
  WallTime committed{};
  std::optional<WallTime> expires;  ///< Where an old client set a retention of its own.
  Uuid topic_id{};                  ///< Zero where it is not known.
  /// Places commits in the order of the log.
  std::int64_t order = 0;

  friend bool operator==(const CommittedOffset& a, const CommittedOffset& b) {
    return a.offset == b.offset && a.leader_epoch == b.leader_epoch && a.metadata == b.metadata &&
           a.committed == b.committed && a.expires == b.expires && a.topic_id == b.topic_id;
  }
};

/// Whether the offset is of a topic with this id; ids that are not known match.
bool is_of_topic(const CommittedOffset& offset, const Uuid& topic_id);

/// The record of a commit, as Kafka 4.4 writes it. Errors: too_large, invalid_argument (a name too long).
Result<CoordinatorRecord> offset_record(std::string_view group, std::string_view topic, PartitionIndex partition,
                                        const CommittedOffset& offset);
Result<CoordinatorRecord> offset_tombstone(std::string_view group, std::string_view topic,
                                           PartitionIndex partition);
CommittedOffset offset_of(const wire::OffsetCommitValue& value, std::int64_t order);

/// The offsets of the groups of one partition of the log.
class OffsetStore {
 public:
  using Partitions = std::map<PartitionIndex, CommittedOffset>;
  using Topics = std::map<std::string, Partitions, std::less<>>;
  using Groups = std::map<std::string, Topics, std::less<>>;

  const Groups& groups() const { return groups_; }
  /// Null if the group has none.
  const Topics* of_group(std::string_view group) const;
  const CommittedOffset* find(std::string_view group, std::string_view topic, PartitionIndex partition) const;

  void put(std::string_view group, std::string_view topic, PartitionIndex partition, CommittedOffset offset);
  /// Also what open transactions hold for it.
  void remove(std::string_view group, std::string_view topic, PartitionIndex partition);
  void remove_group(std::string_view group);
  void clear();

  /// Keeps it until the producer's transaction ends.
  void put_pending(ProducerId producer, std::string_view group, std::string_view topic, PartitionIndex partition,
                   CommittedOffset offset);
  /// What was pending becomes committed, unless a later commit is there; or it is forgotten.
  void end_transaction(ProducerId producer, bool committed);
  bool is_pending(std::string_view group, std::string_view topic, PartitionIndex partition) const;
  bool has_pending(std::string_view group) const;
  /// The groups with pending offsets, sorted.
  std::vector<std::string> pending_groups() const;

 private:
  Groups groups_;
  std::map<ProducerId, Groups> pending_;
};

}  // namespace sluice
