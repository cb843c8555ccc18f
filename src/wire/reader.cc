#include "wire/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::wire {
namespace {

// Kafka writes no longer ones, and refuses them when it reads, though a compact length could say more.
constexpr std::size_t kStringSizeMax = 32767;

}  // namespace

void Reader::begin(std::string_view message, std::int16_t version, VersionRange versions) {
  message_ = message;
  version_ = version;
  if (!versions.contains(version))
    fail_with(Errc::unsupported_version, "", fmt::format("only {} to {} are known", versions.low, versions.high));
}

void Reader::expect_end() {
  if (remaining() > 0) fail_with(Errc::corrupt, "", fmt::format("{} bytes are left over", remaining()));
}

void Reader::fail_with(Errc code, const char* field, std::string what) {
  if (failed_) return;
  failed_ = true;
  at_ = end_;
  const std::string path = path_to(field);
  error_.code = code;
  if (!message_.empty()) error_.what = fmt::format("{} version {}: ", message_, version_);
  if (!path.empty()) error_.what += path + ": ";
  error_.what += what;
}

std::string Reader::path_to(const char* field) const {
  std::string path = field;
  for (const Step* step = step_; step != nullptr; step = step->outer_) {
    std::string outer = step->field_;
    if (step->index_ >= 0) outer += fmt::format("[{}]", step->index_);
    path = path.empty() ? outer : outer + "." + path;
  }
  return path;
}

void Reader::fail_short(const char* field, std::size_t wanted) {
  if (failed_) return;
  fail_with(Errc::corrupt, field, fmt::format("takes {} bytes, but {} are left", wanted, remaining()));
}

void Reader::fail_null(const char* field) { fail_with(Errc::corrupt, field, "is null, which it may not be"); }

std::uint32_t Reader::long_varint(const char* field) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (at_ == end_) {
      fail_short(field, 1);
      return 0;
    }
    const auto byte = std::to_integer<std::uint32_t>(*at_++);
    if (shift == 28 && byte > 0x0f) break;  // Beyond 32 bits, or a sixth byte to come.
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail_with(Errc::corrupt, field, "is a number of more than 32 bits");
  return 0;
}

Uuid Reader::uuid(const char* field) {
  Uuid id;
  const Bytes taken = take(field, id.bytes.size());
  if (!taken.empty()) std::memcpy(id.bytes.data(), taken.data(), id.bytes.size());
  return id;
}

Bytes Reader::take(const char* field, std::size_t size) {
  if (remaining() < size) {
    fail_short(field, size);
    return {};
  }
  const Bytes taken{at_, size};
  at_ += size;
  return taken;
}

template <std::integral Length>
std::optional<std::size_t> Reader::length(const char* field, bool flexible) {
  if (flexible) {
    const std::uint32_t length_and_one = varint(field);
    if (length_and_one == 0) return std::nullopt;
    return length_and_one - 1;
  }
  const auto length = fixed<Length>(field);
  if (length < 0) return std::nullopt;
  return static_cast<std::size_t>(length);
}

std::string_view Reader::string(const char* field, bool flexible) {
  return nullable_string(field, flexible, false).value_or(std::string_view{});
}

std::optional<std::string_view> Reader::nullable_string(const char* field, bool flexible, bool nullable) {
  const std::optional<std::size_t> size = length<std::int16_t>(field, flexible);
  if (!size) {
    if (!nullable) fail_null(field);
    return std::nullopt;
  }
  if (*size > kStringSizeMax) {
    fail_with(Errc::corrupt, field, fmt::format("claims a string of {} bytes", *size));
    return std::nullopt;
  }
  return as_text(take(field, *size));
}

Bytes Reader::bytes(const char* field, bool flexible) {
  return nullable_bytes(field, flexible, false).value_or(Bytes{});
}

std::optional<Bytes> Reader::nullable_bytes(const char* field, bool flexible, bool nullable) {
  const std::optional<std::size_t> size = length<std::int32_t>(field, flexible);
  if (!size) {
    if (!nullable) fail_null(field);
    return std::nullopt;
  }
  return take(field, *size);
}

Records Reader::records(const char* field, bool flexible) { return Records(bytes(field, flexible)); }

std::optional<Records> Reader::nullable_records(const char* field, bool flexible, bool nullable) {
  const std::optional<Bytes> read = nullable_bytes(field, flexible, nullable);
  if (!read) return std::nullopt;
  return Records(*read);
}

std::optional<std::size_t> Reader::nullable_count(const char* field, bool flexible, std::size_t size_min) {
  const std::optional<std::size_t> count = length<std::int32_t>(field, flexible);
  if (!count) return std::nullopt;
  if (*count > remaining() / size_min) {
    fail_with(Errc::corrupt, field,
              fmt::format("claims {} elements, which do not fit in {} bytes", *count, remaining()));
    return 0;
  }
  return count;
}

std::size_t Reader::count(const char* field, bool flexible, std::size_t size_min) {
  const std::optional<std::size_t> count = nullable_count(field, flexible, size_min);
  if (!count) fail_null(field);
  return count.value_or(0);
}

bool Reader::allow(const char* field, std::size_t size) {
  if (size > memory_left_) {
    fail_with(Errc::too_large, field,
              fmt::format("would take {} bytes of memory, {} are left", size, memory_left_));
    return false;
  }
  memory_left_ -= size;
  return true;
}

void TagReader::check_count() {
  // Each takes at least two bytes, its tag and its size.
  if (left_ > in_.remaining() / 2) in_.fail_with(Errc::corrupt, "", fmt::format("claims {} tagged fields", left_));
}

bool TagReader::advance() {
  if (open_) close();
  if (left_ == 0 || in_.failed()) return false;
  --left_;
  const std::byte* const begin = in_.at_;
  tag_ = in_.varint("tag");
  const std::uint32_t size = in_.varint("size of a tagged field");
  if (size > in_.remaining()) {
    in_.fail_short("a tagged field", size);
    return false;
  }
  in_.end_ = in_.at_ + size;
  open_ = true;
  if (tag_ >= known_end_) keep(begin);
  return true;
}

/// Ends the tag that was read last, which must have taken all its bytes.
void TagReader::close() {
  open_ = false;
  if (in_.failed()) return;  // The reader stays where nothing is left to read.
  if (in_.remaining() > 0)
    in_.fail_with(Errc::corrupt, "", fmt::format("tagged field {} leaves {} bytes over", tag_, in_.remaining()));
  else
    in_.end_ = end_;
}

/// Adds the tag from `begin` to the reader's end to the unknown ones, where it follows them directly: tags ascend,
/// and a frame whose tags do not may lose some of them, but never gets a wrong one.
void TagReader::keep(const std::byte* begin) {
  const bool any = unknown_.count() > 0;
  const std::byte* const first = any ? unknown_.bytes().data() : begin;
  if (unknown_.count() == UnknownTags::kCountMax || first + unknown_.bytes().size() != begin) return;
  unknown_ = UnknownTags(unknown_.count() + 1, {first, in_.end_});
}

}  // namespace sluice::wire
