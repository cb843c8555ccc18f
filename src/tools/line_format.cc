#include "tools/line_format.h"

#include "base/bytes.h"

namespace sluice::tools {
namespace {

/// What is left of a line, from which parts are taken off the front.
class Rest {
 public:
  Rest(std::string_view text, const LineFormat& format, std::size_t number)
      : text_(text), format_(format), number_(number) {}

  /// Nothing if the delimiter is missing, and may be.
  Result<std::optional<std::string_view>> take(std::string_view delimiter, std::string_view name) {
    const std::size_t end = text_.find(delimiter, at_);
    if (end == std::string_view::npos) {
      if (format_.ignore_error) return std::nullopt;
      return fail(Errc::invalid_argument, "No {} found on line number {}: '{}'", name, number_, text_);
    }
    const std::string_view part = text_.substr(at_, end - at_);
    at_ = end + delimiter.size();
    return part;
  }
  std::string_view all() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  const LineFormat& format_;
  std::size_t number_;
  std::size_t at_ = 0;
};

std::optional<std::string_view> or_null(std::string_view part, const LineFormat& format) {
  if (format.null_marker && part == *format.null_marker) return std::nullopt;
  return part;
}

Result<HeaderView> parse_header(std::string_view pair, const LineFormat& format, std::size_t number) {
  const std::size_t at = pair.find(format.headers_key_separator);
  if (at == std::string_view::npos) {
    if (format.ignore_error) return HeaderView{.key = pair, .value = std::nullopt};
    return fail(Errc::invalid_argument, "No header key separator found in pair '{}' on line number {}", pair,
                number);
  }
  const std::string_view key = pair.substr(0, at);
  if (!or_null(key, format))
    return fail(Errc::invalid_argument,
                "Header keys should not be equal to the null marker '{}' as they can't be null", key);
  const auto value = or_null(pair.substr(at + format.headers_key_separator.size()), format);
  return HeaderView{.key = key, .value = value ? std::optional(as_bytes(*value)) : std::nullopt};
}

Result<std::vector<HeaderView>> parse_headers(std::string_view text, const LineFormat& format,
                                              std::size_t number) {
  std::vector<HeaderView> headers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(format.headers_separator), text.size());
    Result<HeaderView> header = parse_header(text.substr(0, end), format, number);
    if (!header) return fail(std::move(header.error()));
    headers.push_back(*header);
    text.remove_prefix(std::min(end + format.headers_separator.size(), text.size()));
  }
  return headers;
}

Result<void> check_told_apart(const LineFormat& format) {
  const auto same = [](std::string_view one, std::string_view other) {
    return fail(Errc::invalid_argument, "{} and {} may not be equal", one, other);
  };
  if (!format.parse_headers) return {};
  if (format.headers_delimiter == format.headers_separator) return same("headers.delimiter", "headers.separator");
  if (format.headers_delimiter == format.headers_key_separator)
    return same("headers.delimiter", "headers.key.separator");
  if (format.headers_separator == format.headers_key_separator)
    return same("headers.separator", "headers.key.separator");
  return {};
}

}  // namespace

Result<LineFormat> read_line_format(const client::Settings& properties) {
  LineFormat format;
  const auto get = [&properties](std::string_view key, std::string otherwise) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::move(otherwise) : found->second;
  };
  format.parse_key = get("parse.key", "") == "true";
  format.parse_headers = get("parse.headers", "") == "true";
  format.key_separator = get("key.separator", format.key_separator);
  format.headers_delimiter = get("headers.delimiter", format.headers_delimiter);
  format.headers_separator = get("headers.separator", format.headers_separator);
  format.headers_key_separator = get("headers.key.separator", format.headers_key_separator);
  format.ignore_error = get("ignore.error", "") == "true";
  if (properties.contains("null.marker")) format.null_marker = get("null.marker", "");
  if (auto checked = check_told_apart(format); !checked) return fail(std::move(checked.error()));
  return format;
}

Result<Line> split_line(std::string_view text, const LineFormat& format, std::size_t number) {
  Rest rest(text, format, number);
  Line line;
  if (format.parse_headers) {
    const auto part = rest.take(format.headers_delimiter, "headers delimiter");
    if (!part) return fail(part.error());
    if (*part && or_null(**part, format)) {
      auto headers = parse_headers(**part, format, number);
      if (!headers) return fail(std::move(headers.error()));
      line.headers = std::move(*headers);
    }
  }
  if (format.parse_key) {
    const auto part = rest.take(format.key_separator, "key separator");
    if (!part) return fail(part.error());
    if (*part) line.key = or_null(**part, format);
  }
  line.value = or_null(rest.all(), format);
  return line;
}

}  // namespace sluice::tools
