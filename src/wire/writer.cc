#include "wire/writer.h"

#include <cstring>

namespace sluice::wire {

void Writer::raw(Bytes bytes) {
  if (bytes.empty()) return;
  SLUICE_ASSERT(bytes.size() <= room_.size() - at_);
  std::memcpy(room_.data() + at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

void Writer::varint(std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) fixed(static_cast<std::uint8_t>(value | 0x80));
  fixed(static_cast<std::uint8_t>(value));
}

void Writer::string(const char*, std::string_view text, bool flexible) {
  if (flexible)
    varint(static_cast<std::uint32_t>(text.size() + 1));
  else
    int16(static_cast<std::int16_t>(text.size()));
  raw(as_bytes(text));
}

void Writer::nullable_string(const char* field, std::optional<std::string_view> text, bool flexible, bool) {
  if (text)
    string(field, *text, flexible);
  else if (flexible)
    varint(0);
  else
    int16(-1);
}

void Writer::bytes(const char*, Bytes bytes, bool flexible) {
  count(bytes.size(), flexible);
  raw(bytes);
}

void Writer::nullable_bytes(const char* field, std::optional<Bytes> value, bool flexible, bool) {
  if (value)
    bytes(field, *value, flexible);
  else
    null_count(flexible);
}

void Writer::records(const char*, const Records& records, bool flexible) {
  count(records.size(), flexible);
  if (!records.is_external()) {
    raw(records.bytes());
    return;
  }
  if (records.size() == 0) return;
  SLUICE_ASSERT(externals_ != nullptr);
  externals_->push_back({.position = at_, .size = records.size(), .token = records.token()});
}

void Writer::nullable_records(const char* field, const std::optional<Records>& value, bool flexible, bool) {
  if (value)
    records(field, *value, flexible);
  else
    null_count(flexible);
}

void Writer::count(std::size_t count, bool flexible) {
  if (flexible)
    varint(static_cast<std::uint32_t>(count + 1));
  else
    int32(static_cast<std::int32_t>(count));
}

void Writer::null_count(bool flexible) {
  if (flexible)
    varint(0);
  else
    int32(-1);
}

}  // namespace sluice::wire
