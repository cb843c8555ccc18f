#include "coordinator/deadlines.h"

namespace sluice {

void Deadlines::set(std::string_view name, std::optional<SteadyTime> due) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) {
    if (!due) return;
    const auto added = by_name_.emplace(name, *due).first;
    by_time_.emplace(*due, added->first);
    return;
  }
  if (due == known->second) return;
  auto entry = by_time_.extract({known->second, known->first});
  if (!due) {
    by_name_.erase(known);
    return;
  }
  known->second = entry.value().first = *due;
  by_time_.insert(std::move(entry));
}

void Deadlines::clear() {
  by_time_.clear();
  by_name_.clear();
}

std::optional<SteadyTime> Deadlines::next() const {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

std::optional<std::string> Deadlines::take_due(SteadyTime now) {
  if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
  std::string name(by_time_.begin()->second);
  cancel(name);
  return name;
}

}  // namespace sluice
