// config/properties.h: Java's .properties format, in which Kafka's configuration files are written.
//
// A line is a key and a value with =, : or space between them. Lines that begin with # or ! are comments; a
// backslash at a line's end joins the next one, whose indentation does not count. Escapes: \t \n \r \f \uXXXX, and
// \ before anything else stands for that itself.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

struct Property {
  std::string key;
  std::string value;  ///< UTF-8.
  int line = 0;       ///< Where it begins, counted from 1; 0 if it was not read from a file.
};

/// Every property in the order of the file, repeated keys included. A text that is not UTF-8 is taken as
/// ISO-8859-1, Java's own. Errors: corrupt, with `file` and the line, for \u without four hexadecimal digits, and
/// for NUL.
Result<std::vector<Property>> parse_properties(std::string_view text, std::string_view file);

/// A text that parse_properties, and Java, read back as the same properties. One property a line.
std::string write_properties(std::span<const Property> properties);

}  // namespace sluice
