// tools/json_event.h: events as the verifiable tools print them: a JSON object a line, time and name in front.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string_view>

#include "base/loop.h"

namespace sluice::tools {

/// {"timestamp":…,"name":…} to which fields are added in the order in which they are to be printed.
boost::json::object json_event(Loop& loop, std::string_view name);
/// The same with the time in milliseconds since 1970 of what it tells of.
boost::json::object json_event_at(std::int64_t timestamp, std::string_view name);
/// Prints it to standard output at once. False where nobody reads any more.
bool print_event(const boost::json::object& event);

}  // namespace sluice::tools
