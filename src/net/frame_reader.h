// net/frame_reader.h: a stream of bytes as frames: a big-endian int32 size, then that many bytes.
#pragma once

#include <cstddef>
#include <deque>

#include "base/buffer.h"
#include "net/memory_budget.h"
#include "net/network.h"

namespace sluice {

/// What a shard's connections read into before it is known whose frame it is.
class ReadScratch {
 public:
  MutableBytes bytes() { return buffer_.bytes(); }

 private:
  static constexpr std::size_t kSize = 64 * 1024;
  Buffer buffer_{kSize};
};

/// One request or response as it came, with the memory that it counts for.
struct Frame {
  Buffer bytes;  ///< Without the size in front.
  MemoryBudget::Share share;
};

/// Cuts what one connection receives into frames. Small frames come many at a time through the scratch buffer; a
/// large one is received straight into its own, together with the size of the next. Memory follows the bytes that
/// came, not the size that a frame claims: a very large frame's buffer grows in steps as it fills. Between frames
/// it holds none.
class FrameReader {
 public:
  /// All outlive this. `scratch` and `budget` are shared by the readers of a shard.
  FrameReader(Connection& connection, ReadScratch& scratch, MemoryBudget& budget)
      : connection_(connection), scratch_(scratch), budget_(budget) {}

  /// The next frame; `size_max` bounds it. Waits for the budget before it reads on.
  /// Errors: closed when the peer has ended or the connection was closed; too_large and corrupt (a negative size)
  /// with the first four bytes in `peek()`; io.
  Task<Result<Frame>> next(std::size_t size_max);
  /// The four bytes where the frame's size stands, and what came behind them: what a peer that does not speak this
  /// protocol said first. Valid after an error of next(), until the next call.
  Bytes peek() const { return unread_.bytes(); }
  /// True where a frame has begun and its end is awaited.
  bool in_frame() const { return !unread_.empty() || remaining_ > 0; }

 private:
  /// Puts more bytes behind `unread_`.
  Task<Result<void>> fill();
  Task<Result<Buffer>> rest_of(std::size_t size);
  void keep_for_later(Bytes bytes);

  Connection& connection_;
  ReadScratch& scratch_;
  MemoryBudget& budget_;
  Buffer unread_;               // Received behind the last frame.
  std::size_t position_ = 0;    // Of what is not yet taken from `unread_`.
  std::size_t remaining_ = 0;   // Bytes of a frame that is being read into a buffer of its own.
  bool expects_large_ = false;  // The last frame was.
};

}  // namespace sluice
