// tools/streams_groups.cc: `sluice streams-groups`, known as kafka-streams-groups.sh: lists, describes and deletes
// streams groups, and moves or deletes their offsets (KIP-1071).
#include <algorithm>
#include <set>

#include "tools/command.h"
#include "tools/session.h"
#include "tools/streams_group_command.h"
#include "tools/streams_group_tables.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupListing;

constexpr Option kOptions[] = {
    {"all-groups", "", "Apply to all streams groups"},
    {"all-input-topics", "", "Reset or delete the offsets of all topics that the group's topology reads"},
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"by-duration", "String: duration", "Reset offsets by duration from current timestamp: 'PnDTnHnMnS'"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"delete", "", "Delete streams groups, which must have no members: --group g1 --group g2"},
    {"delete-all-internal-topics", "",
     "With delete, or reset-offsets and execute: also the group's internal topics"},
    {"delete-internal-topic", "String",
     "With reset-offsets and execute: also this internal topic; may be repeated"},
    {"delete-offsets", "", "Delete offsets of one streams group, of one or more topics"},
    {"describe", "", "Describe streams group and list offset lag related to given group"},
    {"dry-run", "", "Only show results without executing changes. Supported operations: reset-offsets"},
    {"execute", "", "Execute operation. Supported operations: reset-offsets"},
    {"export", "", "Print the offsets as CSV. Supported operations: reset-offsets"},
    {"from-file", "String: path to CSV file", "Reset offsets to values defined in CSV file"},
    {"group", "String: streams group", "The streams group we wish to act on; may be repeated"},
    {"help", "", "Print usage information"},
    {"input-topic", "String: topic", "Topics, or partitions as 'topic1:0,1,2', to reset or delete the offsets of"},
    {"list", "", "List all streams groups"},
    {"members", "", "Describe members of the group"},
    {"offsets", "", "Describe the offsets of the group; the default of describe"},
    {"reset-offsets", "", "Reset offsets of streams groups, which must have no members"},
    {"shift-by", "Long: number-of-offsets", "Reset offsets shifting current offset by 'n', which may be negative"},
    {"state", "String", "Describe the state of the group, or list groups with it, or those in given states", true},
    {"timeout", "Long: timeout (ms)", "How long to wait for answers"},
    {"to-current", "", "Reset offsets to current offset"},
    {"to-datetime", "String: datetime", "Reset offsets to offset from datetime: 'YYYY-MM-DDThh:mm:ss.sss'"},
    {"to-earliest", "", "Reset offsets to earliest offset"},
    {"to-latest", "", "Reset offsets to latest offset"},
    {"to-offset", "Long: offset", "Reset offsets to a specific offset"},
    {"verbose", "", "Provide additional information, if any, when describing the group"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary =
    "This tool helps to list and describe streams groups, to delete them, and to reset and delete their offsets.";
constexpr std::string_view kActions[] = {"list", "describe", "delete", "reset-offsets", "delete-offsets"};
// In the order in which Kafka's command looks for those that exclude each other.
constexpr std::string_view kScenarios[] = {"to-offset", "to-datetime", "by-duration", "to-earliest",
                                           "to-latest", "to-current",  "shift-by",    "from-file"};

/// Nothing in the set: all. Errors: of usage.
std::expected<std::set<std::string>, Refusal> wanted_states(const Options& options) {
  std::set<std::string> states;
  const std::string text = options.get("state", "");
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, end - at);
    std::erase(word, ' ');
    const auto state = streams_group_state(word);
    if (!state)
      return wrong_usage(
          fmt::format("Invalid state list '{}'. Valid states are: Assigning, Dead, Reconciling, Stable, Empty, "
                      "NotReady",
                      text));
    states.insert(*state);
    at = end + 1;
  }
  return states;
}

Task<Done> list(Admin& admin, const Options& options) {
  const auto states = wanted_states(options);
  if (!states) co_return std::unexpected(states.error());
  auto groups = co_await list_streams_groups(admin);
  if (!groups && !options.has("state")) co_return wrapped(std::move(groups.error()));
  if (!groups) co_return std::unexpected(groups.error());
  if (!options.has("state")) {
    for (const GroupListing& group : *groups) fmt::print("{}\n", group.group_id);
    co_return Done{};
  }
  std::erase_if(*groups,
                [&](const GroupListing& group) { return !states->empty() && !states->contains(group.state); });
  fmt::print("{}", streams_listing_table(*groups));
  co_return Done{};
}

std::string check_describe(const Options& options) {
  if (!options.has("group") && !options.has("all-groups"))
    return "Option [describe] takes one of these options: [all-groups], [group]";
  int count = 0;
  for (const std::string_view part : {"members", "offsets", "state"}) count += options.has(part) ? 1 : 0;
  if (count > 1) return "Option [describe] takes at most one of these options: [members], [offsets], [state]";
  if (options.find("state")) return "Option [describe] does not take a value for [state]";
  return "";
}

std::string check_delete(const Options& options) {
  if (!options.has("group") && !options.has("all-groups"))
    return "Option [delete] takes one of these options: [all-groups], [group]";
  if (options.has("input-topic") || options.has("all-input-topics"))
    return "Kafka Streams does not support topic-specific offset deletion from a streams group.";
  return "";
}

std::string check_delete_offsets(const Options& options) {
  if (!options.has("group") || (!options.has("input-topic") && !options.has("all-input-topics")))
    return "Option [delete-offsets] takes the [group] and one of these options: [all-input-topics], [input-topic]";
  const std::vector<std::string>& groups = options.all("group");
  if (groups.size() > 1)
    return fmt::format("Option [delete-offsets] supports only one [group] at a time, but found: [{}]",
                       fmt::join(groups, ", "));
  return "";
}

std::string check_reset(const Options& options) {
  if (options.has("dry-run") && options.has("execute"))
    return "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
  if (!options.has("dry-run") && !options.has("execute"))
    return "Option [reset-offsets] takes the option: [execute] or [dry-run]";
  if (!options.has("group") && !options.has("all-groups"))
    return "Option [reset-offsets] takes one of these options: [all-groups], [group]";
  std::string_view chosen;
  for (const std::string_view scenario : kScenarios) {
    if (!options.has(scenario)) continue;
    if (!chosen.empty()) return conflict(options, chosen, {scenario});
    chosen = scenario;
  }
  if (chosen.empty())
    return "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [shift-by], "
           "[to-datetime], [by-duration], [to-earliest], [to-latest], [to-current], [from-file]]";
  for (const std::string_view number : {"to-offset", "shift-by"})
    if (const auto value = options.number(number); !value) return value.error().what;
  return "";
}

std::string check_internal_topics(const Options& options) {
  if (options.has("delete-all-internal-topics")) {
    if (!options.has("reset-offsets") && !options.has("delete"))
      return "Option [delete-all-internal-topics] takes one of these options: [delete], [reset-offsets]";
    if (options.has("reset-offsets") && !options.has("execute"))
      return "Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.";
    return "";
  }
  if (options.has("delete-internal-topic") && (!options.has("reset-offsets") || !options.has("execute")))
    return "Option [delete-internal-topic] takes [reset-offsets] when [execute] is used.";
  return "";
}

std::string check_action(const Options& options) {
  std::string wrong;
  if (options.has("describe")) wrong = check_describe(options);
  if (wrong.empty() && options.has("delete")) wrong = check_delete(options);
  if (wrong.empty() && options.has("delete-offsets")) wrong = check_delete_offsets(options);
  if (wrong.empty() && options.has("reset-offsets")) wrong = check_reset(options);
  if (wrong.empty()) wrong = check_internal_topics(options);
  return wrong;
}

/// What is wrong with the options together; empty: nothing. In Kafka's order.
std::string check(const Options& options) {
  for (const std::string_view part : {"members", "offsets", "verbose", "state"})
    if (options.has(part) && !options.has("describe") && !(part == "state" && options.has("list")))
      return fmt::format("Option(s) [{}] are unavailable given other options on the command line", part);
  std::string wrong = check_action(options);
  if (wrong.empty() && (options.has("dry-run") || options.has("execute")) && !options.has("reset-offsets"))
    wrong = "Only Option [reset-offsets] accepts [execute] or [dry-run]";
  if (wrong.empty()) wrong = conflict(options, "group", {"all-groups", "list"});
  if (wrong.empty()) wrong = conflict(options, "input-topic", {"list", "describe", "delete"});
  if (!wrong.empty()) return wrong;
  const auto actions =
      std::ranges::count_if(kActions, [&](std::string_view action) { return options.has(action); });
  if (actions != 1)
    return "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or "
           "--delete-offsets.";
  return "";
}

Task<Done> chosen_action(Admin& admin, const Options& options) {
  if (options.has("list")) return list(admin, options);
  if (options.has("describe")) return describe_streams_groups(admin, options);
  if (options.has("delete")) return delete_streams_groups(admin, options);
  if (options.has("reset-offsets")) return reset_streams_offsets(admin, options);
  return delete_streams_offsets(admin, options);
}

/// `failed` tells whether it has come to nothing.
Task<Done> act_on(Admin& admin, const Options& options, bool& failed) {
  Done done = co_await chosen_action(admin, options);
  failed = !done.has_value();
  co_return done;
}

}  // namespace

int streams_groups(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  if (const std::string wrong = check(*options); !wrong.empty()) return complain(wrong, help);
  const auto config = group_command_config(*options);
  if (!config) return complain(config.error().what, help);
  bool failed = false;
  const int status =
      run_group_command(*config, "streams", help, [&](Admin& admin) { return act_on(admin, *options, failed); });
  // Unlike the commands for other groups, Kafka's does not end well where the cluster refuses.
  return failed ? 1 : status;
}

}  // namespace sluice::tools
