// tools/line_format.h: how a line that kafka-console-producer.sh reads becomes a record, by the properties of
// Kafka's LineMessageReader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/client_config.h"
#include "record/record_view.h"

namespace sluice::tools {

/// Headers, key and value in this order, each but the last ended by its delimiter.
struct LineFormat {
  bool parse_key = false;
  bool parse_headers = false;
  std::string key_separator = "\t";
  std::string headers_delimiter = "\t";
  std::string headers_separator = ",";
  std::string headers_key_separator = ":";
  bool ignore_error = false;               ///< A part whose delimiter is missing is taken to be missing.
  std::optional<std::string> null_marker;  ///< A part that is this is null.
};

/// Errors: invalid_argument, where two of the delimiters that must be told apart are the same.
Result<LineFormat> read_line_format(const client::Settings& properties);

/// Views into the line.
struct Line {
  std::vector<HeaderView> headers;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};

/// `number` is the line's, for messages. Errors: invalid_argument.
Result<Line> split_line(std::string_view text, const LineFormat& format, std::size_t number);

}  // namespace sluice::tools
