// server/ledger.h: what the clients of a simulated node were told, and what follows from it for what they may ever
// be told after.
//
// Each record carries a value of its own, by which it is known again: who sent it, and as which of his. The
// ledger holds each sighting and each acknowledgement against all others: a record once acknowledged or once read
// stays at its offset, with nothing missing before it. A stopped or killed node forgets nothing; one that lost
// power may forget the end of a log that was not configured to flush, and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/topic_partition.h"
#include "wire/ids.h"

namespace sluice::sim {

/// What one record says.
struct Value {
  int producer = 0;
  std::int64_t number = 0;
  friend auto operator<=>(const Value&, const Value&) = default;

  /// With a filling that follows from the value, so that every byte can be checked.
  std::string text() const;
  /// Nothing if it is not a value as it was sent.
  static std::optional<Value> parse(std::string_view text);
};

/// What was agreed with the node about a topic when it was created.
struct TopicPromise {
  bool flushed = false;     ///< flush.messages=1: acknowledged is durable.
  bool keeps_all = true;    ///< No retention: only delete_records moves its start.
  bool may_vanish = false;  ///< Deleted now and then, so that nothing is expected of its records.
};

class Ledger {
 public:
  using TopicPartition = client::TopicPartition;
  using Contents = std::map<Offset, Value>;

  /// A sentence for each thing that must not be.
  const std::vector<std::string>& violations() const { return violations_; }
  void violated(std::string what);

  void promise(const std::string& topic, TopicPromise promise) { promises_[topic] = promise; }

  // Records.

  /// What a producer promises of its records.
  struct ProducerPromise {
    bool once = false;     ///< Idempotent: no record twice.
    bool ordered = false;  ///< In the order of their numbers, leaving out repetitions.
  };
  void producer(int id, ProducerPromise promise) { producers_[id] = promise; }
  /// The client refused to send it: nobody may ever read it.
  void refused(Value value) { refused_.insert(value); }
  /// `offset` -1: the node did not say where.
  void acknowledged(const TopicPartition& partition, Offset offset, Value value);
  void read(const TopicPartition& partition, Offset offset, Value value);
  std::size_t acknowledged_count() const { return acknowledged_count_; }

  /// Somebody asks that what lies before `offset` be deleted.
  void start_may_move_to(const TopicPartition& partition, Offset offset);
  bool start_may_be(const TopicPartition& partition, Offset start) const;
  /// The node has come back from a power failure; the log ends at `end`.
  void power_failed(const TopicPartition& partition, Offset end);
  /// All partitions that anything is known of.
  std::vector<TopicPartition> partitions() const;
  /// Whether a reader that was at `offset` may find itself elsewhere.
  bool end_may_have_moved(const TopicPartition& partition) const { return shortened_.contains(partition); }
  /// All that can be read of a partition, and where its log starts and ends.
  void audit(const TopicPartition& partition, Offset start, Offset end, const Contents& contents);

  // Offsets of groups.

  using Commit = std::uint64_t;
  Commit commit_begins(const std::string& group, const TopicPartition& partition, Offset offset);
  void commit_acknowledged(const std::string& group, const TopicPartition& partition, Commit commit);
  /// Power failed, and the group topic was not configured to flush.
  void commits_may_be_lost();
  void audit_committed(const std::string& group, const std::map<TopicPartition, Offset>& committed);

 private:
  struct Commits {
    std::optional<std::pair<Commit, Offset>> acknowledged;
    std::map<Commit, Offset> in_doubt;
    bool any = false;
  };
  void place(const TopicPartition& partition, Offset offset, Value value, std::string_view how);
  void audit_order(const TopicPartition& partition, const Contents& contents);

  std::map<std::string, TopicPromise> promises_;
  std::map<int, ProducerPromise> producers_;
  std::set<Value> refused_;
  std::map<TopicPartition, Contents> placed_;
  std::map<TopicPartition, std::set<Value>> somewhere_;  ///< Acknowledged, nobody knows where.
  std::map<TopicPartition, Offset> starts_max_;
  std::set<TopicPartition> shortened_;
  std::map<std::string, std::map<TopicPartition, Commits>> commits_;
  Commit last_commit_ = 0;
  std::size_t acknowledged_count_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace sluice::sim
