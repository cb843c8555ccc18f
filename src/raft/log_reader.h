// raft/log_reader.h: the committed records of the metadata log, batch by batch.
#pragma once

#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "storage/log.h"

namespace sluice::raft {

/// One batch of the log.
struct LogBatch {
  ConstBatchView batch;
  std::vector<Bytes> records;  ///< Of a data batch; empty for a control batch.
};

/// Reads forward. For one task, and no longer than the log lives.
class LogReader {
 public:
  /// Begins with the batch that holds `from`, whose earlier records come too.
  LogReader(Log& log, Offset from) : log_(log), next_(from) {}

  /// The next batch that ends before `limit`; its bytes stay until the next call. None when there is none yet.
  /// Errors: out_of_range (`from` is not in the log any more), corrupt, unsupported_codec, and those of the log.
  Task<Result<std::optional<LogBatch>>> next(Offset limit);
  /// Behind the last batch that was read.
  Offset next_offset() const { return next_; }

 private:
  Log& log_;
  Offset next_;
  Buffer chunk_;
  std::size_t position_ = 0;
};

}  // namespace sluice::raft
