// storage/detail/joined_append.h: appends that wait, and those of them that are written together.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/event.h"
#include "storage/log.h"

namespace sluice {

/// One batch that waits to be written; lives in the frame of the call that brought it.
struct Log::PendingAppend {
  BatchView batch;
  LeaderEpoch epoch;
  AppendOrigin origin;
  std::optional<VerificationGuard> guard;
  Event turn;  ///< Either the outcome is there, or this one is to write, and others with it.
  std::optional<Result<Appended>> outcome;
};

/// Takes appends from the front of those that wait, as many as go together. To be used with the log's turn to
/// write. When it dies each of them has an outcome, and the first of those left, if any, has been told to write.
class Log::JoinedAppend {
 public:
  /// Something must wait.
  explicit JoinedAppend(Log& log);
  ~JoinedAppend();
  JoinedAppend(const JoinedAppend&) = delete;
  JoinedAppend& operator=(const JoinedAppend&) = delete;

  /// Whether another one waits that may be written with those taken.
  bool fits_next() const;
  /// Takes it: it is refused, found to be a repeat, or given its place behind the others.
  void take_next();

  /// Whether none is left to be written.
  bool empty() const { return batches_.empty(); }
  std::span<const BatchView> batches() const { return batches_; }
  /// What they change about producers.
  ProducerAppend take_producers() { return std::move(producers_); }
  /// Tells each what has become of all.
  void settle(const Result<Appended>& written);

 private:
  struct Placed {
    PendingAppend* append;
    WallTime stamped;
  };
  Log& log_;
  ProducerAppend producers_;
  std::vector<PendingAppend*> members_;
  std::vector<Placed> placed_;
  std::vector<BatchView> batches_;
  std::size_t bytes_ = 0;
  Offset next_;
};

}  // namespace sluice
