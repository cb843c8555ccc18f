#include "server/table_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::sim {

void TableLedger::written(const std::string& key, std::int64_t number, bool deletes) {
  keys_[key].writes.push_back({number, deletes});
}

void TableLedger::acknowledged(const std::string& key) {
  keys_[key].acknowledged = keys_[key].writes.size();
  ++acknowledged_count_;
}

std::vector<std::string> TableLedger::check(const std::vector<Entry>& entries) const {
  std::vector<std::string> wrong;
  std::map<std::string, std::size_t> reached;  // Of each key's writes: behind the last one seen.
  Offset previous{-1};
  for (const Entry& entry : entries) {
    if (entry.offset <= previous)
      wrong.push_back(fmt::format("offset {} comes behind {}", entry.offset.value, previous.value));
    previous = entry.offset;
    const auto key = keys_.find(entry.key);
    if (key == keys_.end()) {
      wrong.push_back(fmt::format("key {} at {} was never written", entry.key, entry.offset.value));
      continue;
    }
    const auto& writes = key->second.writes;
    std::size_t& next = reached[entry.key];
    const Write write{entry.number, entry.deletes};
    const auto found = std::find(writes.begin() + static_cast<std::ptrdiff_t>(next), writes.end(), write);
    if (found == writes.end())
      wrong.push_back(fmt::format("{} of key {} is at {}, where it does not belong", entry.number, entry.key,
                                  entry.offset.value));
    else
      next = static_cast<std::size_t>(found - writes.begin()) + 1;
  }
  for (const auto& [name, key] : keys_) {
    if (key.acknowledged == 0) continue;
    const std::size_t seen = reached.contains(name) ? reached.at(name) : 0;
    if (seen >= key.acknowledged) continue;
    const Write& last = key.writes[key.acknowledged - 1];
    // Of a forgotten deletion nothing is left, and above all nothing from before it.
    if (last.deletes && !keeps_deletions_ && seen == 0) continue;
    wrong.push_back(fmt::format("key {}: {} was acknowledged{}, and nothing of it or later is found", name,
                                last.number, last.deletes ? ", a deletion" : ""));
  }
  return wrong;
}

}  // namespace sluice::sim
