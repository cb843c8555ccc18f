#include "tools/json_event.h"

#include <boost/json/serialize.hpp>
#include <cstdio>

namespace sluice::tools {

boost::json::object json_event_at(std::int64_t timestamp, std::string_view name) {
  boost::json::object event;
  event["timestamp"] = timestamp;
  event["name"] = name;
  return event;
}

boost::json::object json_event(Loop& loop, std::string_view name) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(loop.wall_now().time_since_epoch());
  return json_event_at(now.count(), name);
}

bool print_event(const boost::json::object& event) {
  const std::string line = boost::json::serialize(event) + "\n";
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fflush(stdout) == 0;
}

}  // namespace sluice::tools
