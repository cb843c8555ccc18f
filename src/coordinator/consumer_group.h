// coordinator/consumer_group.h: one group of the consumer protocol (KIP-848): its members, what each subscribes
// to, what each is to have (the target assignment) and what each has.
//
// A change of members or of the topics that they subscribe to makes a new group epoch; the target assignment
// follows it, and each member is brought to its target on its own: first it gives up, then others may take.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/consumer_member.h"
#include "coordinator/deadlines.h"
#include "coordinator/subscriptions.h"

namespace sluice {

enum class ConsumerGroupState : std::uint8_t { empty, assigning, reconciling, stable };

/// As ConsumerGroupDescribe and ListGroups say it.
std::string_view name(ConsumerGroupState state);

/// Which group epoch the target assignment was made for, and when.
struct TargetEpoch {
  std::int32_t epoch = 1;
  WallTime computed{};  ///< Zero: not computed for who is here now; need not be waited for.
  friend bool operator==(const TargetEpoch&, const TargetEpoch&) = default;
};

/// What its records say, kept consistent by the setters, each of which takes one record. They are used by replay,
/// and by steps through replay, so that a group is always what its records make.
class ConsumerGroup {
 public:
  using Members = std::map<std::string, ConsumerMember, std::less<>>;
  using Targets = std::map<std::string, AssignedPartitions, std::less<>>;

  explicit ConsumerGroup(std::string id) : id_(std::move(id)) {}

  void set_epoch(std::int32_t epoch, std::int64_t metadata_hash);
  void put_member(ConsumerMember member);
  void remove_member(std::string_view id);
  void set_target(std::string_view member, AssignedPartitions partitions);
  void remove_target(std::string_view member);
  void set_target_epoch(const TargetEpoch& target) { target_epoch_ = target; }
  void set_resolved(std::string_view pattern, ResolvedPattern resolved);
  void remove_resolved(std::string_view pattern) { subscriptions_.remove_resolved(pattern); }
  void set_has_topics_record(bool has) { has_topics_record_ = has; }

  const std::string& id() const { return id_; }
  std::int32_t epoch() const { return epoch_; }
  std::int64_t metadata_hash() const { return metadata_hash_; }
  const TargetEpoch& target_epoch() const { return target_epoch_; }
  const Members& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  /// Null if there is none.
  const ConsumerMember* find(std::string_view member) const;
  const ConsumerMember* by_instance(std::optional<std::string_view> instance_id) const;
  /// Empty if the member has none.
  const AssignedPartitions& target(std::string_view member) const;
  const Targets& targets() const { return targets_; }
  const Subscriptions& subscriptions() const { return subscriptions_; }
  /// A record of Kafka before 4.1, which has no meaning any more.
  bool has_topics_record() const { return has_topics_record_; }
  ConsumerGroupState state() const;
  /// Who holds a partition, assigned or to be given up, holds it with its member epoch.
  const PartitionEpochs& held() const { return held_; }
  /// The assignor that most members would like, of several the first by name; none if nobody says.
  std::optional<std::string_view> preferred_assignor() const;
  std::size_t classic_member_count() const { return classic_members_; }
  /// Whether some protocol is spoken by all members of the classic protocol.
  bool supports_classic_protocol(std::string_view protocol) const;

  /// What is not recorded: what time will do. By member id.
  struct Timers {
    Deadlines sessions;
    Deadlines rebalances;                ///< Until when a member has to have given up what it was asked to.
    Deadlines joins;                     ///< Until when a classic member has to have joined again.
    Deadlines syncs;                     ///< Until when a classic member has to have fetched its assignment.
    std::optional<SteadyTime> patterns;  ///< When expressions are to be resolved.

    void cancel(std::string_view member);
    std::optional<SteadyTime> next() const;
  };
  Timers timers;
  /// The topics may have changed since they were last looked at. Not recorded.
  bool is_metadata_stale = true;

  /// Of what is recorded.
  friend bool operator==(const ConsumerGroup& a, const ConsumerGroup& b);

 private:
  void count(const ConsumerMember& member, bool more);
  void hold(const PartitionEpochs& partitions, std::int32_t epoch);
  void release(const PartitionEpochs& partitions, std::int32_t epoch);

  std::string id_;
  std::int32_t epoch_ = 1;  // The first change of members makes it 2, as with Kafka.
  std::int64_t metadata_hash_ = 0;
  TargetEpoch target_epoch_;
  Members members_;
  Targets targets_;
  Subscriptions subscriptions_;
  bool has_topics_record_ = false;

  // What follows from the above.
  std::map<std::string, std::string, std::less<>> by_instance_;
  PartitionEpochs held_;
  std::map<std::string, std::size_t, std::less<>> assignors_;
  std::map<std::string, std::size_t, std::less<>> classic_protocols_;
  std::size_t classic_members_ = 0;
};

}  // namespace sluice
