// tools/delete_records.cc: `sluice delete-records`, known as kafka-delete-records.sh: deletes what comes before
// given offsets.
#include <fstream>
#include <iterator>

#include "client/admin.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/records_to_delete.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::TopicPartition;
using Offsets = std::map<TopicPartition, Offset>;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server(s) to use for bootstrapping", "REQUIRED: The server to connect to"},
    {"broker-list", "String: server(s) to use for bootstrapping", "The same as --bootstrap-server"},
    {"command-config", "String: command config property file path",
     "Property file with configs for the admin client"},
    {"help", "", "Print usage information"},
    {"offset-json-file", "String: Offset json file path",
     "REQUIRED: The JSON file with offset per partition: {\"partitions\": [{\"topic\": \"foo\", \"partition\": 1, "
     "\"offset\": 1}], \"version\":1}"},
    {"version", "", "Display version information"},
    {"zookeeper", "String: urls", "Taken for the brokers on the same hosts"},
};
constexpr std::string_view kSummary =
    "This tool helps to delete records of the given partitions down to the specified offset.";

Task<int> remove(client::Admin& admin, Offsets before) {
  fmt::print("Executing records delete operation\n");
  const auto outcomes = co_await admin.delete_records(std::move(before));
  for (const auto& [partition, outcome] : outcomes)
    if (!outcome && is_unreachable(outcome.error())) co_return complain(outcome.error().what);
  fmt::print("Records delete operation completed:\n");
  for (const auto& [partition, outcome] : outcomes) {
    if (outcome)
      fmt::print("partition: {}\tlow_watermark: {}\n", client::to_string(partition), outcome->value);
    else
      fmt::print("partition: {}\terror: {}\n", client::to_string(partition), exception_text(outcome.error()));
  }
  co_return 0;
}

Task<int> act(Loop& loop, Network& network, const client::ClientConfig& config, Offsets before) {
  client::Admin admin(loop, network, config);
  const int result = co_await remove(admin, std::move(before));
  co_await admin.close();
  co_return result;
}

Result<Offsets> read_offsets(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, "Unable to read file {}", path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parse_records_to_delete(text);
}

}  // namespace

int delete_records(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  const auto config = admin_config(*options, "admin-client");
  if (!config) return complain(config.error().what, help);
  const auto path = options->find("offset-json-file");
  if (!path) return complain("Missing required argument \"[offset-json-file]\"", help);
  const auto offsets = read_offsets(*path);
  if (!offsets) return complain(offsets.error().what);
  return run([&](Loop& loop, Network& network) { return act(loop, network, *config, *offsets); });
}

}  // namespace sluice::tools
