// tools/bench/group_load.h: groups with members, for the loads that need some.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/bench/group_member.h"
#include "tools/bench/plan.h"
#include "tools/bench/server_watch.h"

namespace sluice::tools::bench {

/// A name of a group or transactional id that no run before has used.
std::string new_name(std::size_t number);

/// An id that no member has had before, as clients make them.
std::string new_member_id();

/// Connections of groups that are gone, for the next ones: opening hundreds may take seconds, as listeners queue
/// few.
class SpareConnections {
 public:
  void keep(const Endpoint& broker, LoadGroup group);
  /// A connection without an exchange. Errors: those of connecting.
  Result<LoadGroup::Member> take(const Endpoint& broker);

 private:
  std::map<std::string, std::vector<LoadGroup::Member>> by_broker_;
};

/// Connections to `coordinator` for `members` members of the group of `progress`, by the protocol of the plan;
/// none has spoken yet. `target` and `progress` outlive them. Errors: those of connecting.
Result<LoadGroup> join_members(const Plan& plan, const Target& target, GroupProgress& progress,
                               std::size_t members, const Endpoint& coordinator, SpareConnections& spare);

/// Runs the group of connections until it has done `requests` pieces of work, whatever it did before. `watch`, if
/// any, looks at the server when that is so. Returns how long it took. Errors: timed_out (it
/// took more than a minute), those of the exchanges.
Result<std::chrono::duration<double>> run_until(LoadGroup& group, std::uint64_t requests, ServerWatch* watch);

}  // namespace sluice::tools::bench
