#include "base/posix_disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/posix_file.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::read_write: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT;
    case OpenMode::replace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

/// What a standard filesystem call left in `code`, as a result.
Result<void> result_of(const std::error_code& code, const char* doing, const std::string& path) {
  if (code) return fail(system_error(code.value(), fmt::format("{} {}", doing, path)));
  return {};
}

Result<std::vector<DirectoryEntry>> list_directory(const std::string& path) {
  std::error_code code;
  std::vector<DirectoryEntry> entries;
  for (fs::directory_iterator next(path, code), end; !code && next != end; next.increment(code)) {
    std::error_code gone;  // A file may vanish between the listing and the look at it.
    const bool is_directory = next->is_directory(gone);
    const auto size = is_directory ? 0 : next->file_size(gone);
    entries.push_back({next->path().filename().string(), is_directory, gone ? 0 : size});
  }
  if (code) return fail(system_error(code.value(), "listing " + path));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

Result<void> sync_at(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return fail(system_error(errno, "opening directory " + path));
  const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failure != 0) return fail(system_error(failure, "syncing directory " + path));
  return {};
}

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(int descriptor) : descriptor_(descriptor) {}
  ~PosixLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

// A record lock, as Java's FileChannel.tryLock takes it, so that Kafka and this program keep each other out.
Result<std::unique_ptr<DiskLock>> lock_at(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail(system_error(errno, "opening " + path));
  auto lock = std::make_unique<PosixLock>(descriptor);
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_SETLK, &whole) == 0) return lock;
  if (errno == EACCES || errno == EAGAIN)
    return fail(Errc::already_exists, "{} is locked by another process", path);
  return fail(system_error(errno, "locking " + path));
}

}  // namespace

Task<Result<std::unique_ptr<File>>> PosixDisk::open(std::string path, OpenMode mode) {
  const int flags = flags_of(mode) | O_CLOEXEC;
  const int result = co_await pool_.run([&path, flags] {
    const int descriptor = ::open(path.c_str(), flags, 0644);
    return descriptor >= 0 ? descriptor : -errno;
  });
  if (result < 0) co_return fail(system_error(-result, "opening " + path));
  co_return std::make_unique<PosixFile>(pool_, result, std::move(path));
}

Task<Result<std::vector<DirectoryEntry>>> PosixDisk::list(std::string path) {
  co_return co_await pool_.run([&path] { return list_directory(path); });
}

Task<Result<void>> PosixDisk::make_directory(std::string path) {
  co_return co_await pool_.run([&path] {
    std::error_code code;
    fs::create_directories(path, code);
    return result_of(code, "creating directory", path);
  });
}

Task<Result<void>> PosixDisk::remove(std::string path) {
  co_return co_await pool_.run([&path]() -> Result<void> {
    std::error_code code;
    if (!fs::remove(path, code) && !code) return fail(Errc::not_found, "removing {}: there is no such file", path);
    return result_of(code, "removing", path);
  });
}

Task<Result<void>> PosixDisk::remove_all(std::string path) {
  co_return co_await pool_.run([&path] {
    std::error_code code;
    fs::remove_all(path, code);
    return result_of(code, "removing", path);
  });
}

Task<Result<void>> PosixDisk::rename(std::string from, std::string to) {
  co_return co_await pool_.run([&from, &to] {
    std::error_code code;
    fs::rename(from, to, code);
    return result_of(code, "renaming", fmt::format("{} to {}", from, to));
  });
}

Task<Result<void>> PosixDisk::sync_directory(std::string path) {
  co_return co_await pool_.run([&path] { return sync_at(path); });
}

Task<Result<bool>> PosixDisk::exists(std::string path) {
  co_return co_await pool_.run([&path]() -> Result<bool> {
    std::error_code code;
    const bool found = fs::exists(path, code);
    if (code) return fail(system_error(code.value(), "looking for " + path));
    return found;
  });
}

Task<Result<std::unique_ptr<DiskLock>>> PosixDisk::lock(std::string path) {
  co_return co_await pool_.run([&path] { return lock_at(path); });
}

Task<Result<Disk::Space>> PosixDisk::space(std::string path) {
  co_return co_await pool_.run([&path]() -> Result<Space> {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) return fail(system_error(errno, "looking at " + path));
    return Space{.total = status.f_blocks * status.f_frsize, .free = status.f_bavail * status.f_frsize};
  });
}

}  // namespace sluice
