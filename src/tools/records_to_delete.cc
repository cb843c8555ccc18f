#include "tools/records_to_delete.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <set>

namespace sluice::tools {
namespace {

namespace json = boost::json;

Result<const json::value*> member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return fail(Errc::invalid_argument, "No such field exists: `{}`", name);
  return value;
}

Result<std::int64_t> number(const json::object& object, std::string_view name, std::int64_t most) {
  const auto value = member(object, name);
  if (!value) return fail(value.error());
  const std::int64_t* whole = (*value)->if_int64();
  if (whole == nullptr || *whole > most || *whole < -1)
    return fail(Errc::invalid_argument, "The field `{}` is not a number that it can be", name);
  return *whole;
}

Result<std::pair<client::TopicPartition, Offset>> entry_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fail(Errc::invalid_argument, "An entry of `partitions` is not an object");
  const auto topic = member(*object, "topic");
  if (!topic) return fail(topic.error());
  const json::string* name = (*topic)->if_string();
  if (name == nullptr) return fail(Errc::invalid_argument, "The field `topic` is not a string");
  const auto partition = number(*object, "partition", std::numeric_limits<std::int32_t>::max());
  if (!partition) return fail(partition.error());
  const auto offset = number(*object, "offset", std::numeric_limits<std::int64_t>::max());
  if (!offset) return fail(offset.error());
  return std::pair(client::TopicPartition{std::string(name->data(), name->size()),
                                          PartitionIndex{static_cast<std::int32_t>(*partition)}},
                   Offset{*offset});
}

}  // namespace

Result<std::map<client::TopicPartition, Offset>> parse_records_to_delete(std::string_view text) {
  boost::system::error_code error;
  const json::value whole = json::parse(text, error);
  const json::object* object = error ? nullptr : whole.if_object();
  if (object == nullptr) return fail(Errc::invalid_argument, "The input string is not a valid JSON");
  if (object->contains("version")) {
    const json::value& version = object->at("version");
    if (!version.is_int64() || version.get_int64() != 1)
      return fail(Errc::invalid_argument, "Not supported version field value {}",
                  json::serialize(version).c_str());
  }
  const json::value* partitions = object->if_contains("partitions");
  if (partitions == nullptr) return fail(Errc::invalid_argument, "Missing partitions field");
  if (!partitions->is_array()) return fail(Errc::invalid_argument, "The field `partitions` is not an array");
  std::map<client::TopicPartition, Offset> offsets;
  std::set<client::TopicPartition> repeated;
  for (const json::value& value : partitions->get_array()) {
    const auto entry = entry_of(value);
    if (!entry) return fail(entry.error());
    if (!offsets.insert(*entry).second) repeated.insert(entry->first);
  }
  std::string names;
  for (const client::TopicPartition& partition : repeated)
    names += (names.empty() ? "" : ",") + client::to_string(partition);
  if (!names.empty())
    return fail(Errc::invalid_argument, "Offset json file contains duplicate topic partitions: {}", names);
  return offsets;
}

}  // namespace sluice::tools
