// raft/batch_file.h: the batches of a file, one after the other.
#pragma once

#include <memory>
#include <optional>

#include "base/buffer.h"
#include "base/disk.h"
#include "base/result.h"
#include "record/batch_view.h"

namespace sluice::raft {

/// Reads checked batches forward from a position. For one task.
class BatchFile {
 public:
  /// Reads up to `end`.
  BatchFile(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t end)
      : file_(std::move(file)), position_(position), end_(end) {}

  /// The next batch, which views this object's buffer until the next call; none at the end. Errors: incomplete
  /// (the file ends within a batch), corrupt and the like, too_large (beyond what any batch of the metadata log
  /// may have), and those of File.
  Task<Result<std::optional<ConstBatchView>>> next();
  std::uint64_t position() const { return position_; }

 private:
  /// Makes the buffer hold `size` bytes from the position on.
  Task<Result<void>> read(std::size_t size);

  std::shared_ptr<File> file_;
  std::uint64_t position_;
  std::uint64_t end_;
  Buffer buffer_;
};

}  // namespace sluice::raft
