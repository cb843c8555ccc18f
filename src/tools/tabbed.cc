#include "tools/tabbed.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::tools {

std::string tabbed(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    std::size_t width = headers[i].size();
    for (const std::vector<std::string>& row : rows) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += fmt::format("{:<{}}\t", row[i], widths[i]);
    text += '\n';
  };
  add(headers);
  for (const std::vector<std::string>& row : rows) add(row);
  return text;
}

}  // namespace sluice::tools
