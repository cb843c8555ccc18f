// tools/tabbed.h: tables whose cells are filled up to the widest and followed by a tab, as kafka-transactions.sh
// prints them.
#pragma once

#include <string>
#include <vector>

namespace sluice::tools {

/// Each row has a value for each header.
std::string tabbed(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows);

}  // namespace sluice::tools
