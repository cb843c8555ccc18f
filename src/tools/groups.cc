// tools/groups.cc: `sluice groups`, known as kafka-groups.sh: lists groups of all types.
#include <algorithm>

#include "client/admin.h"
#include "tools/command.h"
#include "tools/group_tables.h"
#include "tools/kafka_error.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::GroupListing;

constexpr Option kOptions[] = {
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The Kafka server to connect to"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"consumer", "", "Show consumer groups of every kind, those of the classic protocol and without members too"},
    {"group-type", "String: type", "Show groups of one type: classic, consumer, share or streams"},
    {"help", "", "Print usage information"},
    {"list", "", "List the groups"},
    {"protocol", "String: protocol", "Show groups of one protocol type"},
    {"share", "", "Show share groups"},
    {"streams", "", "Show streams groups"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "This tool helps to list groups of all types.";
constexpr std::string_view kTypes[] = {"Classic", "Consumer", "Share", "Streams"};
constexpr std::string_view kFilters[] = {"consumer", "share", "streams"};

/// What is wrong with the options; empty if nothing is.
std::string check(const Options& options) {
  if (!options.has("list")) return "Command must include exactly one action: --list.";
  if (const auto type = options.find("group-type");
      type && std::ranges::find(kTypes, shown_type(*type)) == std::end(kTypes))
    return "--group-type must be a valid group type.";
  std::string_view first;
  for (const std::string_view filter : kFilters) {
    if (!options.has(filter)) continue;
    for (const std::string_view other : {first, std::string_view("group-type"), std::string_view("protocol")})
      if (!other.empty() && options.has(other))
        return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", filter, other);
    first = filter;
  }
  return {};
}

bool is_shown(const GroupListing& group, const Options& options) {
  const std::string type = shown_type(group.type);
  if (options.has("consumer"))
    return type == "Consumer" ||
           (type == "Classic" && (group.protocol_type.empty() || group.protocol_type == "consumer"));
  if (options.has("share")) return type == "Share";
  if (options.has("streams")) return type == "Streams";
  const auto wanted_type = options.find("group-type");
  const auto wanted_protocol = options.find("protocol");
  return (!wanted_type || shown_type(*wanted_type) == type) &&
         (!wanted_protocol || *wanted_protocol == group.protocol_type);
}

void print(const std::vector<GroupListing>& groups) {
  std::size_t width = 20;
  for (const GroupListing& group : groups)
    width = std::max({width, group.group_id.size(), group.protocol_type.size()});
  const auto cell = [width](std::string_view text) { return fmt::format("{:<{}}", text, width); };
  fmt::print("{} {} {}\n", cell("GROUP"), cell("TYPE"), cell("PROTOCOL"));
  // Each value is followed by a blank, the last one too.
  for (const GroupListing& group : groups)
    fmt::print("{} {} {} \n", cell(group.group_id), cell(shown_type(group.type)), cell(group.protocol_type));
}

Task<int> act(Loop& loop, Network& network, const client::ClientConfig& config, const Options& options) {
  client::Admin admin(loop, network, config);
  auto groups = co_await admin.list_groups();
  co_await admin.close();
  if (!groups) co_return complain(exception_text(groups.error()));
  std::erase_if(*groups, [&](const GroupListing& group) { return !is_shown(group, options); });
  print(*groups);
  co_return 0;
}

}  // namespace

int groups(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  if (const std::string wrong = check(*options); !wrong.empty()) return complain(wrong, help);
  const auto config = admin_config(*options, "admin-client");
  if (!config) return complain(config.error().what, help);
  return run([&](Loop& loop, Network& network) { return act(loop, network, *config, *options); });
}

}  // namespace sluice::tools
