#include "storage/clean_shutdown.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <boost/system/error_code.hpp>

namespace sluice {

CleanShutdown CleanShutdown::parse(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse({text.data(), text.size()}, error);
  const boost::json::object* object = error ? nullptr : json.if_object();
  const boost::json::value* epoch = object == nullptr ? nullptr : object->if_contains("brokerEpoch");
  CleanShutdown shutdown;
  if (epoch != nullptr && epoch->is_int64()) shutdown.broker_epoch = epoch->as_int64();
  return shutdown;
}

std::string CleanShutdown::format() const {
  return "{\"version\":0,\"brokerEpoch\":" + std::to_string(broker_epoch.value_or(-1)) + "}";
}

}  // namespace sluice
