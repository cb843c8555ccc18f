// share/share_partition.h: the delivery of one partition's records to the members of one share group (KIP-932). A
// pure state machine: fetched offsets, acknowledgements and time go in; what is acquired, and what is to be
// written, come out.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/share_state.h"
#include "share/delivery.h"
#include "share/record_runs.h"
#include "wire/error_code.h"

namespace sluice {

/// A change of state that the share coordinator has to know before it counts. Until settle() the records stay with
/// the member that has acquired them.
struct ShareChange {
  std::uint64_t id = 0;
  ShareStateBatches batches;

  bool empty() const { return batches.empty(); }
};

/// Records are numbered from start(): all before it are done with. Those from there to end() are in flight: each
/// is available, with a member, or done; those behind were never delivered. However long a group falls behind,
/// what is in flight is bounded by record_locks_max and the size of one batch.
class SharePartition {
 public:
  /// As the share coordinator remembers it. `start` is not -1.
  SharePartition(Offset start, const ShareStateBatches& known, DeliverySettings settings);

  void configure(const DeliverySettings& settings) { settings_ = settings; }
  const DeliverySettings& settings() const { return settings_; }

  Offset start() const { return runs_.start(); }
  Offset end() const { return runs_.end(); }
  /// Where a fetch has to begin to find what may be acquired at `now`; none where there is too much in flight.
  std::optional<Offset> next_to_fetch(SteadyTime now) const;
  /// Records from start() that are done with, also those that will be when `change` is written.
  std::int32_t complete_count(const ShareChange& change = {}) const;
  std::int64_t acquired_count() const;
  bool has_acquired(std::string_view member) const;

  /// Acquires for `member` what is available of `fetched`, which begins no later than `from`; the locks are held
  /// until release, acknowledgement or the end of their time.
  std::vector<AcquiredRange> acquire(std::string_view member, SteadyTime now, Offset from,
                                     std::span<const FetchedBatch> fetched, AcquireLimits limits);
  /// Those of `acquired` that are no records for this group (of aborted transactions) are done with at once.
  /// Returns what is left.
  std::vector<AcquiredRange> exclude(std::vector<AcquiredRange> acquired, std::span<const FetchedBatch> excluded);

  /// Takes all that is said, or nothing. Errors: invalid_request (beyond the end, or words that do not match),
  /// invalid_record_state (not acquired by the member, or being acknowledged already).
  std::expected<ShareChange, ErrorCode> acknowledge(std::string_view member, SteadyTime now,
                                                    std::span<const AcknowledgedRange> said);
  /// Gives back what the member has acquired and said nothing of.
  ShareChange release(std::string_view member, SteadyTime now);
  /// Gives back what has been acquired for too long.
  ShareChange expire(SteadyTime now);
  /// When expire() has something to do, or something becomes available by itself, if ever.
  std::optional<SteadyTime> next_due(SteadyTime now) const;

  /// The change was written, or could not be.
  void settle(const ShareChange& change, bool written, SteadyTime now);
  /// The log begins at `log_start` now: what lies before it is gone, acquired or not.
  void log_started_at(Offset log_start);

 private:
  std::uint32_t number_of(std::string_view member);
  std::optional<std::uint32_t> find_member(std::string_view member) const;
  bool may_be_acquired(const RecordRun& run, SteadyTime now) const;
  Offset last_to_acquire(Offset first, Offset last, std::int64_t left, std::span<const FetchedBatch> fetched,
                         bool exactly) const;
  void pass_over(Offset from, Offset to, SteadyTime now);
  void lock(Offset first, Offset last, std::uint32_t member, SteadyTime now);
  /// What the word makes of a record that was delivered `delivery_count` times.
  DeliveryState state_after(Acknowledgement word, std::int16_t delivery_count) const;
  std::optional<ErrorCode> check(std::uint32_t member, const AcknowledgedRange& said) const;
  void begin_change(ShareChange& change, RecordRuns::iterator run, DeliveryState next);
  template <class Which>
  ShareChange give_back(Which which);
  void drop_done();

  DeliverySettings settings_;
  RecordRuns runs_;
  std::map<std::string, std::uint32_t, std::less<>> members_;
  std::uint32_t last_member_ = 0;
  std::uint64_t last_change_ = 0;
};

}  // namespace sluice
