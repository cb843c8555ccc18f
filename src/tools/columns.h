// tools/columns.h: tables as Kafka's commands print them: columns side by side, as wide as what they hold.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::tools {

struct Column {
  std::string_view header;
  std::size_t width_min = 0;  ///< Values and header are filled up to this; 0: they are not filled up at all.
  bool grows = true;          ///< Whether longer values widen the whole column.
};

/// A header line and a line for each row, with one blank between columns.
class Columns {
 public:
  explicit Columns(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// One value for each column.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::tools
