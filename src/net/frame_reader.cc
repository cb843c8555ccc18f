#include "net/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {
constexpr std::size_t kSizeBytes = 4;
// A frame's buffer is at most this far ahead of what has arrived of it.
constexpr std::size_t kGrowth = 64 * 1024;
}  // namespace

Task<Result<void>> FrameReader::fill() {
  const Result<std::size_t> got = co_await connection_.read(scratch_.bytes());
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
  const Bytes here = Bytes(unread_.bytes()).subspan(position_);
  const std::size_t taken = std::min(size, here.size());
  Buffer frame;
  frame.reserve(std::min(size, taken + kGrowth));
  frame.append(here.first(taken));
  position_ += taken;

  remaining_ = size - taken;
  while (remaining_ > 0) {
    const std::size_t before = frame.size();
    // Straight into the frame, without a stop in the scratch buffer: from here on nothing else can come.
    if (frame.capacity() == before) frame.reserve(std::min(size, before + std::max(kGrowth, before / 2)));
    frame.resize(std::min(size, frame.capacity()));
    const Result<std::size_t> got = co_await connection_.read(frame.bytes().subspan(before));
    if (!got) co_return fail(got.error());
    if (*got == 0)
      co_return fail(Errc::closed, "{} has closed the connection in the middle of a frame",
                     to_string(connection_.peer()));
    frame.resize(before + *got);
    remaining_ -= *got;
  }
  co_return frame;
}

}  // namespace sluice
