#include "tools/dump/segment_file.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "record/batch_view.h"

namespace sluice::tools {
namespace {

constexpr std::size_t kWindowBytes = 1 << 20;
constexpr std::int32_t kLengthMin = 14;  // Of a message of magic 0 without key and value.
constexpr std::size_t kLengthEnd = batch_field::kLength + sizeof(std::int32_t);

}  // namespace

Result<SegmentFile> SegmentFile::open(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return fail(Errc::not_found, "{} cannot be read", path);
  const auto size = static_cast<std::uint64_t>(in.tellg());
  return SegmentFile(path, std::move(in), size);
}

Result<Bytes> SegmentFile::read_bytes(std::uint64_t position, std::size_t size) {
  const std::uint64_t end = position + size;
  if (position < window_begin_ || end > window_begin_ + window_.size()) {
    const std::size_t wanted = std::max(size, kWindowBytes);
    window_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, size_ - position)));
    window_begin_ = position;
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(position));
    in_.read(reinterpret_cast<char*>(window_.data()), static_cast<std::streamsize>(window_.size()));
    if (!in_) return fail(Errc::io, "{} cannot be read at {}", path_, position);
  }
  return Bytes(window_).subspan(static_cast<std::size_t>(position - window_begin_), size);
}

Result<std::optional<SegmentFile::Entry>> SegmentFile::read(std::uint64_t position, std::uint64_t end) {
  end = std::min(end, size_);
  if (position > end || end - position <= kEntryHeadSize) return std::nullopt;
  const auto head = read_bytes(position, kEntryHeadSize);
  if (!head) return fail(head.error());
  const auto length = load<std::int32_t>(*head, batch_field::kLength);
  if (length < kLengthMin)
    return fail(Errc::corrupt, "Found record size {} smaller than minimum record overhead ({}) in file {}.",
                length, kLengthMin, path_);
  const std::size_t size = kLengthEnd + static_cast<std::size_t>(length);
  if (size > end - position) return std::nullopt;
  const auto bytes = read_bytes(position, size);
  if (!bytes) return fail(bytes.error());
  return Entry{.position = position, .bytes = *bytes};
}

Result<std::vector<std::byte>> read_whole(const std::string& path, std::size_t size_max) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return fail(Errc::not_found, "{} cannot be read", path);
  const auto size = static_cast<std::size_t>(in.tellg());
  if (size > size_max) return fail(Errc::too_large, "{} has {} bytes", path, size);
  std::vector<std::byte> bytes(size);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in) return fail(Errc::io, "{} cannot be read", path);
  return bytes;
}

std::string_view file_name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string sibling_of(std::string_view path, std::string_view suffix) {
  const std::string_view name = file_name_of(path);
  std::string sibling(path.substr(0, path.size() - name.size()));
  return sibling.append(name.substr(0, name.find('.'))).append(suffix);
}

Result<std::int64_t> offset_of(std::string_view path) {
  const std::string_view name = file_name_of(path);
  const std::string_view digits = name.substr(0, name.find('.'));
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail(Errc::invalid_argument, "For input string: \"{}\"", digits);
  return offset;
}

}  // namespace sluice::tools
