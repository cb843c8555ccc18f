#include "wire/sizer.h"

#include <cstdint>
#include <limits>

namespace sluice::wire {
namespace {

constexpr std::size_t kStringSizeMax = std::numeric_limits<std::int16_t>::max();
// Of an array, of bytes and of a whole frame.
constexpr std::size_t kSizeMax = std::numeric_limits<std::int32_t>::max();

}  // namespace

Sizer::Sizer(std::string_view message, std::int16_t version, VersionRange versions)
    : message_(message), version_(version) {
  if (!versions.contains(version))
    error_ = Error{Errc::unsupported_version,
                   fmt::format("{} has versions {} to {}, not {}", message, versions.low, versions.high, version)};
}

Result<EncodedSize> Sizer::result() const {
  if (error_) return fail(*error_);
  if (size_.total() > kSizeMax)
    return fail(Errc::too_large, "{} version {} takes {} bytes", message_, version_, size_.total());
  return size_;
}

void Sizer::refuse(const char* field, std::string what) {
  if (!error_)
    error_ = Error{Errc::invalid_argument, fmt::format("{} version {}: {}: {}", message_, version_, field, what)};
}

void Sizer::null(const char* field, std::size_t size, bool nullable) {
  size_.written += size;
  if (!nullable) refuse(field, "is null, which this version cannot say");
}

void Sizer::string(const char* field, std::string_view text, bool flexible) {
  if (text.size() > kStringSizeMax) refuse(field, fmt::format("is a string of {} bytes", text.size()));
  size_.written += text.size();
  if (flexible)
    varint(static_cast<std::uint32_t>(text.size() + 1));
  else
    size_.written += 2;
}

void Sizer::nullable_string(const char* field, std::optional<std::string_view> text, bool flexible,
                            bool nullable) {
  if (text)
    string(field, *text, flexible);
  else
    null(field, flexible ? 1 : 2, nullable);
}

void Sizer::bytes(const char* field, Bytes bytes, bool flexible) {
  count(field, bytes.size(), flexible);
  size_.written += bytes.size();
}

void Sizer::nullable_bytes(const char* field, std::optional<Bytes> value, bool flexible, bool nullable) {
  if (value)
    bytes(field, *value, flexible);
  else
    null(field, flexible ? 1 : 4, nullable);
}

void Sizer::records(const char* field, const Records& records, bool flexible) {
  count(field, records.size(), flexible);
  if (records.is_external()) {
    size_.external += records.size();
    ++size_.external_count;
  } else {
    size_.written += records.size();
  }
}

void Sizer::nullable_records(const char* field, const std::optional<Records>& value, bool flexible,
                             bool nullable) {
  if (value)
    records(field, *value, flexible);
  else
    null(field, flexible ? 1 : 4, nullable);
}

void Sizer::count(const char* field, std::size_t count, bool flexible) {
  if (count > kSizeMax) refuse(field, fmt::format("has {} elements", count));
  if (flexible)
    varint(static_cast<std::uint32_t>(count + 1));
  else
    size_.written += 4;
}

void Sizer::presence(const char* field, bool present, bool nullable) {
  size_.written += 1;
  if (!present) null(field, 0, nullable);
}

}  // namespace sluice::wire
