// tools/dump/segment_file.h: a segment or snapshot as it lies on disk, batch by batch, whatever state it is in.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::tools {

/// The file may belong to a running node, so it is read and not mapped.
class SegmentFile {
 public:
  /// One batch or old message; nothing of it is checked but that it lies within the file.
  struct Entry {
    std::uint64_t position = 0;
    Bytes bytes;  ///< Until the next read.
  };

  /// Errors: not_found.
  static Result<SegmentFile> open(const std::string& path);

  std::uint64_t size() const { return size_; }
  /// What begins at `position` and ends before `end`, the file's at the most. None where no whole one is left.
  /// Errors: corrupt (a size that no message has), io.
  Result<std::optional<Entry>> read(std::uint64_t position, std::uint64_t end);

 private:
  SegmentFile(std::string path, std::ifstream in, std::uint64_t size)
      : path_(std::move(path)), in_(std::move(in)), size_(size) {}
  Result<Bytes> read_bytes(std::uint64_t position, std::size_t size);

  std::string path_;
  std::ifstream in_;
  std::uint64_t size_;
  std::vector<std::byte> window_;
  std::uint64_t window_begin_ = 0;
};

/// A small file as a whole. Errors: not_found, too_large (beyond `size_max`).
Result<std::vector<std::byte>> read_whole(const std::string& path, std::size_t size_max);

/// The last part of a path.
std::string_view file_name_of(std::string_view path);
/// The path of a segment's file with another suffix: ".log" for that of an index.
std::string sibling_of(std::string_view path, std::string_view suffix);
/// The offset that a file of a log is named by. Errors: invalid_argument, in Java's words.
Result<std::int64_t> offset_of(std::string_view path);

}  // namespace sluice::tools
