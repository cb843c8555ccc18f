// base/posix_file.h: an open file of the operating system.
#pragma once

#include <string>

#include "base/disk.h"
#include "base/thread_pool.h"

namespace sluice {

/// A file that is written from end to end gets its blocks in advance, since the system then finds them faster;
/// they lie beyond the file's size until it is cut, be it to the size that it has.
class PosixFile final : public File {
 public:
  /// Takes over `descriptor`; `path` is for error messages.
  PosixFile(ThreadPool& pool, int descriptor, std::string path)
      : pool_(pool), descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override;

  Task<Result<std::size_t>> read(std::uint64_t position, MutableBytes into) override;
  Task<Result<void>> write(std::uint64_t position, std::span<const Bytes> parts) override;
  Task<Result<void>> sync() override;
  Task<Result<void>> truncate(std::uint64_t size) override;
  Task<Result<void>> allocate(std::uint64_t size) override;
  Task<Result<std::uint64_t>> size() override;
  int descriptor() const override { return descriptor_; }

 private:
  Error error(const char* doing) const;
  void wrote(std::uint64_t position, std::uint64_t size);
  void reserve_ahead();

  ThreadPool& pool_;
  int descriptor_;
  std::string path_;
  std::uint64_t end_ = 0;       ///< Of the last write.
  std::uint64_t appended_ = 0;  ///< In writes that each began where the one before ended.
  std::uint64_t reserved_ = 0;  ///< Up to where there are blocks; 0: nothing was reserved.
  bool reserves_ = true;
};

}  // namespace sluice
