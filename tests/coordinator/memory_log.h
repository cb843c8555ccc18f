// coordinator/memory_log.h: a coordinator's log in memory, with the faults that a test asks for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "coordinator/coordinator_log.h"

namespace sluice::test {

/// What outlives the coordinator: batches as the log keeps them. Logs are opened on it.
class MemoryStore {
 public:
  explicit MemoryStore(Loop& loop) : changed_(loop) {}

  std::unique_ptr<CoordinatorLog> open();

  /// From now on batches stay uncommitted, and appends wait, until commit().
  void hold() { holding_ = true; }
  void commit();
  /// The next append, or the one that waits, fails with this. What it held is in the log if `keep`.
  void fail_next(Errc code, bool keep);
  /// Puts bytes of batches at the end, as another program wrote them.
  void put(Buffer batches);

  /// What records of transactions need to be let in.
  AppendGuard guard{0};

  std::vector<std::size_t> batch_sizes() const;
  Offset start() const;
  Offset end() const { return end_; }
  std::size_t append_count() const { return appends_; }

 private:
  friend class MemoryLog;
  struct Fault {
    Errc code;
    bool keep;
  };
  struct Stored {
    Offset base;
    Offset next;
    Buffer bytes;
  };
  Task<Result<Offset>> append(MutableBytes batch, const bool& closed);
  Task<Result<Offset>> append_transactional(MutableBytes batch, AppendGuard given, const bool& closed);
  Task<Result<void>> committed(Offset end, const bool& closed);
  Result<Buffer> read(Offset from, std::size_t size_max) const;
  void close() { changed_.notify_all(); }
  void cut(Offset end);
  void prune(Offset before);

  Event changed_;
  std::vector<Stored> batches_;
  Offset end_{0};
  Offset committed_{0};
  bool holding_ = false;
  std::optional<Fault> fault_;
  std::size_t appends_ = 0;
};

}  // namespace sluice::test
