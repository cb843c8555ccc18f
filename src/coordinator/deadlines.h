// coordinator/deadlines.h: what is due when, by name. Pure: somebody else looks at the clock.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/loop.h"

namespace sluice {

/// One deadline for each name. Names due at the same time come in their own order.
class Deadlines {
 public:
  Deadlines() = default;
  Deadlines(Deadlines&&) = default;
  Deadlines& operator=(Deadlines&&) = default;

  /// Sets or moves the deadline of `name`; none takes it away.
  void set(std::string_view name, std::optional<SteadyTime> due);
  void cancel(std::string_view name) { set(name, std::nullopt); }
  void clear();
  bool contains(std::string_view name) const { return by_name_.contains(name); }

  std::optional<SteadyTime> next() const;
  /// The name whose deadline comes first and is not after `now`; it has none any more.
  std::optional<std::string> take_due(SteadyTime now);

 private:
  // The views are of the map's keys, which stay where they are.
  std::map<std::string, SteadyTime, std::less<>> by_name_;
  std::set<std::pair<SteadyTime, std::string_view>> by_time_;
};

}  // namespace sluice
