#include "tools/columns.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::tools {

std::string Columns::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].width_min;
    if (width > 0 && columns_[i].grows)
      for (const std::vector<std::string>& row : rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    text += fmt::format("{}{:<{}}", i == 0 ? "" : " ", columns_[i].header, widths[i]);
  text += '\n';
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      text += fmt::format("{}{:<{}}", i == 0 ? "" : " ", row[i], widths[i]);
    text += '\n';
  }
  return text;
}

}  // namespace sluice::tools
