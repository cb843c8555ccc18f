// wire/json_text.h: builds JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::wire {

/// Text on one line, a value after the other; commas come by themselves. The caller closes what it opens and names
/// each member of an object before its value.
class JsonText {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void name(std::string_view name);

  /// Where what was written last ends.
  std::size_t size() const { return text_.size(); }
  /// A member of the object that is open: its place among its siblings, and where it stands.
  struct Member {
    std::size_t order = 0;
    std::size_t end = 0;
  };
  /// Puts the members that were written last, the first of which begins behind `begin`, into their order.
  void arrange(std::size_t begin, std::vector<Member> members);

  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void number(std::int64_t value);
  /// As Java writes it: 0.5, 1000.0, 1.0E10. Infinities and NaN, which JSON lacks, become strings, as in Kafka.
  void number(double value);
  /// Bytes that are not UTF-8 become U+FFFD.
  void string(std::string_view text);

  std::string take() { return std::move(text_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void literal(std::string_view text);
  void separate();

  std::string text_;
  bool first_ = true;  // Nothing stands before the next value in its array or object, or its name does.
};

}  // namespace sluice::wire
