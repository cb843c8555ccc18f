#include "base/posix_file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sluice {
namespace {

/// The parts of one write call; what it did not take stays for the next.
class PendingWrite {
 public:
  explicit PendingWrite(std::span<const Bytes> parts) : parts_(parts) { skip_empty(); }

  bool done() const { return parts_.empty(); }

  std::span<const iovec> next() {
    std::size_t count = 0;
    for (const Bytes part : parts_.first(std::min(parts_.size(), vectors_.size()))) {
      const Bytes rest = count == 0 ? part.subspan(taken_) : part;
      vectors_[count++] = {const_cast<std::byte*>(rest.data()), rest.size()};
    }
    return {vectors_.data(), count};
  }

  void took(std::size_t count) {
    while (count > 0) {
      const std::size_t rest = parts_.front().size() - taken_;
      if (count < rest) {
        taken_ += count;
        return;
      }
      count -= rest;
      taken_ = 0;
      parts_ = parts_.subspan(1);
    }
    skip_empty();
  }

 private:
  void skip_empty() {
    while (!parts_.empty() && parts_.front().size() == taken_) {
      parts_ = parts_.subspan(1);
      taken_ = 0;
    }
  }

  std::span<const Bytes> parts_;
  std::size_t taken_ = 0;  // Of the first part.
  std::array<iovec, 64> vectors_;
};

/// Reads until `into` is full or the file ends; 0 or the error number, with `count` what was read.
int read_fully(int descriptor, std::uint64_t position, MutableBytes into, std::size_t& count) {
  while (count < into.size()) {
    const ssize_t got =
        ::pread(descriptor, into.data() + count, into.size() - count, static_cast<off_t>(position + count));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    count += static_cast<std::size_t>(got);
  }
  return 0;
}

// Much is reserved only for what has grown much, so that a disk's room does not go to many files that hardly grow.
constexpr std::uint64_t kReserveFrom = std::uint64_t{8} << 20;
constexpr std::uint64_t kReservePart = 8;  // Of what was appended.
constexpr std::uint64_t kReserveMax = std::uint64_t{16} << 20;
constexpr std::uint64_t kRoomPart =
    64;  // Of what the disk has left, lest many files, or one on a small disk, take it.

}  // namespace

PosixFile::~PosixFile() { ::close(descriptor_); }

Error PosixFile::error(const char* doing) const { return system_error(errno, fmt::format("{} {}", doing, path_)); }

Task<Result<std::size_t>> PosixFile::read(std::uint64_t position, MutableBytes into) {
  std::size_t count = 0;
  iovec vector{into.data(), into.size()};
  const ssize_t cached = ::preadv2(descriptor_, &vector, 1, static_cast<off_t>(position), RWF_NOWAIT);
  if (cached > 0) count = static_cast<std::size_t>(cached);
  if (cached == 0 || count == into.size()) co_return count;

  const int descriptor = descriptor_;
  const int failure = co_await pool_.run(
      [&count, descriptor, position, into] { return read_fully(descriptor, position, into, count); });
  if (failure != 0) co_return fail(system_error(failure, "reading " + path_));
  co_return count;
}

void PosixFile::wrote(std::uint64_t position, std::uint64_t size) {
  appended_ = position == end_ ? appended_ + size : size;
  end_ = position + size;
  if (reserves_ && appended_ >= kReserveFrom && end_ >= reserved_) reserve_ahead();
}

void PosixFile::reserve_ahead() {
  struct statvfs room{};
  const bool known = ::fstatvfs(descriptor_, &room) == 0;
  const std::uint64_t left = known ? std::uint64_t{room.f_bavail} * room.f_frsize / kRoomPart : kReserveMax;
  const std::uint64_t size = std::min({appended_ / kReservePart, left, kReserveMax});
  if (size == 0) return;
  const int failure =
      ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end_), static_cast<off_t>(size));
  // A disk without room says so when it is written to; file systems without reservations do as well without.
  reserves_ = failure == 0;
  if (reserves_) reserved_ = end_ + size;
}

Task<Result<void>> PosixFile::write(std::uint64_t position, std::span<const Bytes> parts) {
  const std::uint64_t begin = position;
  PendingWrite pending(parts);
  while (!pending.done()) {
    const std::span<const iovec> vectors = pending.next();
    const ssize_t count =
        ::pwritev(descriptor_, vectors.data(), static_cast<int>(vectors.size()), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) co_return fail(error("writing"));
    pending.took(static_cast<std::size_t>(count));
    position += static_cast<std::uint64_t>(count);
  }
  wrote(begin, position - begin);
  co_return Result<void>{};
}

Task<Result<void>> PosixFile::sync() {
  const int descriptor = descriptor_;
  const int failure = co_await pool_.run([descriptor] { return ::fdatasync(descriptor) == 0 ? 0 : errno; });
  if (failure != 0) co_return fail(system_error(failure, "syncing " + path_));
  co_return Result<void>{};
}

Task<Result<void>> PosixFile::truncate(std::uint64_t size) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) co_return fail(error("truncating"));
  appended_ = reserved_ = 0;
  end_ = size;
  co_return Result<void>{};
}

Task<Result<void>> PosixFile::allocate(std::uint64_t size) {
  const int descriptor = descriptor_;
  const int failure = co_await pool_.run(
      [descriptor, size] { return ::posix_fallocate(descriptor, 0, static_cast<off_t>(size)); });
  if (failure != 0) co_return fail(system_error(failure, "allocating " + path_));
  co_return Result<void>{};
}

Task<Result<std::uint64_t>> PosixFile::size() {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) co_return fail(error("looking at"));
  co_return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace sluice
