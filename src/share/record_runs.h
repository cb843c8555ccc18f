// share/record_runs.h: the records of a partition that a share group is at work on, as runs of neighbours that are
// in the same state.
#pragma once

#include <cstdint>
#include <map>

#include "share/delivery.h"

namespace sluice {

/// What neighbouring records have in common.
struct RecordRun {
  DeliveryState state = DeliveryState::available;
  std::int16_t delivery_count = 0;
  std::uint32_t member = 0;  ///< Who has acquired them.
  SteadyTime until{};        ///< When the lock ends; of what is available: when it may be delivered again.
  std::uint64_t change = 0;  ///< The change of state that is being written; zero for none.
  DeliveryState next{};      ///< The state after that change.
  bool rejected = false;     ///< Given up since a member rejected it.

  friend bool operator==(const RecordRun&, const RecordRun&) = default;
};

/// Covers the offsets from start() up to end(), every one of them in one run.
class RecordRuns {
 public:
  struct Run {
    Offset last;
    RecordRun common;
  };
  using ByFirst = std::map<Offset, Run>;
  using iterator = ByFirst::iterator;
  using const_iterator = ByFirst::const_iterator;

  explicit RecordRuns(Offset start) : start_(start), end_(start) {}

  Offset start() const { return start_; }
  Offset end() const { return end_; }  ///< Behind the last record.
  std::int64_t size() const { return end_ - start_; }

  /// By their first offsets. What they have in common may be changed.
  const ByFirst& all() const { return runs_; }
  ByFirst& all() { return runs_; }

  /// The run that has `offset`, which lies between start() and end().
  iterator at(Offset offset);
  const_iterator at(Offset offset) const;
  /// Makes a run of its own of the records from `first` to `last`, which are all in one run, and returns it.
  iterator cut_out(Offset first, Offset last);
  /// Adds records behind the end, up to and with `last`.
  iterator append(Offset last, const RecordRun& common);
  /// Makes one run of `run` and its neighbours where they have everything in common. Returns the run.
  iterator join(iterator run);
  /// Drops what lies before `start`; where that is behind the end, all.
  void drop_before(Offset start);

 private:
  Offset start_;
  Offset end_;
  ByFirst runs_;
};

}  // namespace sluice
