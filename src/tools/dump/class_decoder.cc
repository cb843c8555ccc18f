// tools/dump/class_decoder.cc: --key-decoder-class and --value-decoder-class.
#include <fmt/format.h>

#include "tools/dump/decoder.h"

namespace sluice::tools {
namespace {

using Decode = std::string (*)(Bytes bytes);

template <std::integral Number>
std::string number_text(Bytes bytes) {
  if (bytes.size() < sizeof(Number)) return fmt::format("<{} bytes, not {}>", bytes.size(), sizeof(Number));
  return std::to_string(load<Number>(bytes, 0));
}

Decode find_decoder(std::string_view name) {
  name = name.substr(name.rfind('.') + 1);
  if (name == "StringDecoder") return java_string;
  if (name == "IntegerDecoder") return number_text<std::int32_t>;
  if (name == "LongDecoder") return number_text<std::int64_t>;
  return nullptr;
}

class ClassDecoder final : public RecordDecoder {
 public:
  ClassDecoder(Decode key, Decode value) : key_(key), value_(value) {}

  Result<DecodedRecord> decode(const RecordView& record) const override {
    DecodedRecord decoded;
    if (record.key) decoded.key = key_(*record.key);
    if (record.value) decoded.payload = value_(*record.value);
    return decoded;
  }

 private:
  Decode key_;
  Decode value_;
};

/// How many bytes at the front of `text` belong together, and whether they are a character.
struct Sequence {
  std::size_t size = 1;
  bool valid = false;
};

Sequence sequence_at(Bytes text) {
  const auto byte = [&text](std::size_t at) { return std::to_integer<unsigned>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {.size = 1, .valid = true};
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first < 0xf5                  ? 4
                                                           : 0;
  if (first < 0xc2 || size == 0) return {};
  // The second byte is bound by the first, so that there is one spelling only.
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
  if (text.size() < 2 || byte(1) < low || byte(1) > high) return {};
  for (std::size_t at = 2; at < size; ++at)
    if (at == text.size() || byte(at) < 0x80 || byte(at) > 0xbf) return {.size = at, .valid = false};
  const bool surrogate = first == 0xed && byte(1) > 0x9f;
  return {.size = size, .valid = !surrogate};
}

}  // namespace

std::string java_string(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Sequence sequence = sequence_at(bytes);
    text += sequence.valid ? as_text(bytes.first(sequence.size)) : "\xef\xbf\xbd";
    bytes = bytes.subspan(sequence.size);
  }
  return text;
}

Result<std::unique_ptr<RecordDecoder>> class_decoder(std::string_view key_class, std::string_view value_class) {
  for (const std::string_view name : {key_class, value_class})
    if (find_decoder(name) == nullptr)
      return fail(
          Errc::not_found,
          "Failed to load decoder class {}: this program has StringDecoder, IntegerDecoder and LongDecoder, "
          "and loads no Java",
          name);
  return std::make_unique<ClassDecoder>(find_decoder(key_class), find_decoder(value_class));
}

}  // namespace sluice::tools
