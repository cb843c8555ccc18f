// server/share_ledger.h: what the members of a share group had of its records and said of them, and what follows
// from it for what any member may ever have after.
//
// A record that was accepted or rejected, and whose acknowledgement was answered, is never delivered again, unless
// power failed and the states were not configured to be flushed. Every other record comes, and comes again, until
// it was delivered as often as it may be. While one member has a record, no other gets it before the lock is over,
// as long as nothing happens that takes records from members: a broken connection, the end of a node.
//
// When a member was given a record is not known exactly: after the moment before which it certainly had nothing,
// and before it saw the record. Only what is wrong for every moment in between is called wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/loop.h"
#include "client/detail/share_acknowledgements.h"
#include "client/topic_partition.h"

namespace sluice::sim {

/// What a share group was told about its records.
struct SharePromise {
  std::chrono::milliseconds lock{0};
  int deliveries_max = 0;
  bool flushed = false;  ///< An acknowledgement that was answered is durable.
};

class ShareLedger {
 public:
  using TopicPartition = client::TopicPartition;
  using Member = int;
  using Violated = std::function<void(std::string)>;
  /// Offsets from `start` to `end`, all of them records.
  struct Extent {
    Offset start;
    Offset end;
  };
  using Offsets = std::map<TopicPartition, std::set<Offset>>;

  /// `violated` is called with a sentence for each thing that must not be.
  explicit ShareLedger(Violated violated) : violated_(std::move(violated)) {}
  void promise(SharePromise promise) { promise_ = promise; }

  /// A delivery as the member sees it.
  struct Delivery {
    Member member = 0;
    int count = 0;
    SteadyTime not_before;  ///< By then the member did not have it.
    SteadyTime seen;
  };
  void delivered(const TopicPartition& partition, Offset offset, const Delivery& delivery);
  /// A member begins to say what became of a record; whether anybody hears it is not known yet.
  void says(Member member, const TopicPartition& partition, Offset offset, client::AcknowledgeType type,
            SteadyTime now);
  enum class Answer {
    taken,
    refused,  ///< It is certain that it does not count.
    unknown
  };
  void answered(Member member, const TopicPartition& partition, Offset offset, Answer answer, SteadyTime now);
  /// Whatever the member had it gives back, or may have lost.
  void has_nothing(Member member);
  /// So for all members, what is on its way to them included.
  void disturbed(SteadyTime now) { disturbed_ = now; }

  void power_failed(SteadyTime now);
  /// The log ends at `end` and has lost what was behind it.
  void log_was_cut(const TopicPartition& partition, Offset end);
  void log_starts_at(const TopicPartition& partition, Offset start);

  /// Records of `logs` that are still to be delivered: those that nobody had, or had and did not settle.
  Offsets missing(const std::map<TopicPartition, Extent>& logs) const;
  std::size_t settled_count() const { return settled_count_; }

 private:
  struct Hold {
    Delivery delivery;
    SteadyTime begun_min;  ///< Of the lock.
    bool ended = false;
  };
  struct Said {
    client::AcknowledgeType type{};
    SteadyTime at;
  };
  struct Record {
    std::optional<Hold> hold;
    std::map<Member, Said> said;
    int in_doubt = 0;                   ///< So many acknowledgements may have settled it, or not.
    std::optional<SteadyTime> settled;  ///< When that was answered.
  };
  void check_lock(const TopicPartition& partition, Offset offset, const Record& record, const Delivery& delivery);

  Violated violated_;
  SharePromise promise_;
  std::map<TopicPartition, std::map<Offset, Record>> records_;
  std::map<TopicPartition, Offset> starts_max_;
  std::set<TopicPartition> unsure_;  ///< Offsets were given away twice: the states may be those of other records.
  SteadyTime disturbed_{};
  std::size_t settled_count_ = 0;
};

}  // namespace sluice::sim
