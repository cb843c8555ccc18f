#include "net/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {
constexpr std::size_t kSizeBytes = 4;
// A frame's buffer is at most this far ahead of what has arrived of it. As much as a producer's request usually
// is: what is not written to takes no memory, and growing would copy.
constexpr std::size_t kGrowth = 1024 * 1024;
// From here on a frame is worth a call of its own, since copying it costs more.
constexpr std::size_t kLarge = 4 * 1024;
// Where a large frame is expected: enough for its size, little to be copied.
constexpr std::size_t kFirstBytes = 64;
}  // namespace

Task<Result<void>> FrameReader::fill() {
  const MutableBytes room = expects_large_ ? scratch_.bytes().first(kFirstBytes) : scratch_.bytes();
  const Result<std::size_t> got = co_await connection_.read(room);
  if (!got) co_return fail(got.error());
  if (*got == 0) co_return fail(Errc::closed, "{} has closed the connection", to_string(connection_.peer()));
  const std::size_t kept = unread_.size() - position_;
  if (position_ > 0) {
    std::memmove(unread_.data(), unread_.data() + position_, kept);
    unread_.resize(kept);
    position_ = 0;
  }
  unread_.append(Bytes(scratch_.bytes()).first(*got));
  co_return Result<void>{};
}

Task<Result<Frame>> FrameReader::next(std::size_t size_max) {
  while (unread_.size() - position_ < kSizeBytes) {
    if (unread_.size() == position_) {
      unread_ = Buffer();  // An idle connection keeps no memory.
      position_ = 0;
    }
    const Result<void> filled = co_await fill();
    if (!filled) co_return fail(filled.error());
  }
  const auto size = load<std::int32_t>(unread_.bytes(), position_);
  if (size < 0) co_return fail(Errc::corrupt, "a frame of {} bytes from {}", size, to_string(connection_.peer()));
  if (std::cmp_greater(size, size_max))
    co_return fail(Errc::too_large, "a frame of {} bytes from {}, where {} are allowed", size,
                   to_string(connection_.peer()), size_max);
  position_ += kSizeBytes;

  Frame frame;
  frame.share = co_await budget_.take(static_cast<std::size_t>(size));
  Result<Buffer> bytes = co_await rest_of(static_cast<std::size_t>(size));
  if (!bytes) co_return fail(std::move(bytes.error()));
  frame.bytes = std::move(*bytes);
  co_return frame;
}

Task<Result<Buffer>> FrameReader::rest_of(std::size_t size) {
  expects_large_ = size >= kLarge;
  const Bytes here = Bytes(unread_.bytes()).subspan(position_);
  const std::size_t taken = std::min(size, here.size());
  // The size of the next frame is taken along: it then needs no call of its own.
  const std::size_t ahead = expects_large_ ? kSizeBytes : 0;
  Buffer frame;
  frame.reserve(std::min(size + ahead, taken + kGrowth));
  frame.append(here.first(taken));
  position_ += taken;

  remaining_ = size - taken;
  while (remaining_ > 0) {
    const std::size_t before = frame.size();
    // Straight into the frame, without a stop in the scratch buffer.
    if (frame.capacity() == before) frame.reserve(std::min(size + ahead, before + std::max(kGrowth, before / 2)));
    frame.resize(std::min(size + ahead, frame.capacity()));
    const Result<std::size_t> got = co_await connection_.read(frame.bytes().subspan(before));
    if (!got) co_return fail(got.error());
    if (*got == 0)
      co_return fail(Errc::closed, "{} has closed the connection in the middle of a frame",
                     to_string(connection_.peer()));
    const std::size_t filled = before + *got;
    remaining_ -= std::min(*got, remaining_);
    if (filled > size) keep_for_later(Bytes(frame.bytes()).subspan(size, filled - size));
    frame.resize(std::min(filled, size));
  }
  co_return frame;
}

void FrameReader::keep_for_later(Bytes bytes) {
  // All that was unread went into the frame.
  unread_.clear();
  position_ = 0;
  unread_.append(bytes);
}

}  // namespace sluice
