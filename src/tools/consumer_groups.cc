// tools/consumer_groups.cc: `sluice consumer-groups`, known as kafka-consumer-groups.sh: lists and describes
// groups of consumers, deletes them, and moves their offsets.
#include <algorithm>
#include <set>

#include "tools/command.h"
#include "tools/group_command.h"
#include "tools/group_tables.h"
#include "tools/kafka_error.h"
#include "tools/name_pattern.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupListing;

constexpr Option kOptions[] = {
    {"all-groups", "", "Apply to all consumer groups"},
    {"all-topics", "", "Consider all topics assigned to a group in the `reset-offsets` process"},
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"broker-list", "String: server to connect to", "The same as --bootstrap-server"},
    {"by-duration", "String: duration", "Reset offsets by duration from current timestamp: 'PnDTnHnMnS'"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"delete", "", "Delete groups with their offsets: --group g1 --group g2"},
    {"delete-offsets", "", "Delete offsets of one consumer group, of one or more topics"},
    {"describe", "", "Describe consumer group and list offset lag (messages not yet processed)"},
    {"dry-run", "", "Only show results without executing changes; the default of reset-offsets"},
    {"execute", "", "Execute operation. Supported operations: reset-offsets"},
    {"export", "", "Print the offsets as CSV. Supported operations: reset-offsets"},
    {"from-file", "String: path to CSV file", "Reset offsets to values defined in CSV file"},
    {"group", "String: consumer group", "The consumer group we wish to act on; may be repeated"},
    {"help", "", "Print usage information"},
    {"list", "", "List all consumer groups"},
    {"members", "", "Describe members of the group"},
    {"offsets", "", "Describe the offsets of the group; the default of describe"},
    {"reset-offsets", "", "Reset offsets of consumer groups, which must have no members"},
    {"shift-by", "Long: number-of-offsets", "Reset offsets shifting current offset by 'n', which may be negative"},
    {"state", "String", "Describe the state of the group, or list groups with it, or those in given states", true},
    {"timeout", "Long: timeout (ms)", "How long to wait for answers"},
    {"to-current", "", "Reset offsets to current offset"},
    {"to-datetime", "String: datetime", "Reset offsets to offset from datetime: 'YYYY-MM-DDTHH:mm:SS.sss'"},
    {"to-earliest", "", "Reset offsets to earliest offset"},
    {"to-latest", "", "Reset offsets to latest offset"},
    {"to-offset", "Long: offset", "Reset offsets to a specific offset"},
    {"topic", "String: topic", "Topics, or partitions as 'topic1:0,1,2', to delete or reset the offsets of"},
    {"type", "String", "List groups with their types, or those of given types", true},
    {"validate-regex", "String: regex", "Say whether a regular expression is valid"},
    {"verbose", "", "Provide additional information, if any, when describing the group"},
    {"version", "", "Display version information"},
    {"zookeeper", "String: urls", "Taken for the brokers on the same hosts"},
};
constexpr std::string_view kSummary =
    "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset "
    "consumer group offsets.";
constexpr std::string_view kActions[] = {"list",          "describe",       "delete",
                                         "reset-offsets", "delete-offsets", "validate-regex"};
// In the order in which Kafka's command looks for those that exclude each other.
constexpr std::string_view kScenarios[] = {"to-offset", "to-datetime", "by-duration", "to-earliest",
                                           "to-latest", "to-current",  "shift-by",    "from-file"};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, end - at);
    std::erase(word, ' ');
    words.push_back(std::move(word));
    at = end + 1;
  }
  return words;
}

/// Nothing in the set: all. Errors: of usage.
std::expected<std::set<std::string>, Refusal> wanted_states(const Options& options) {
  std::set<std::string> states;
  const std::string text = options.get("state", "");
  if (text.empty()) return states;
  for (const std::string& word : split(text)) {
    const auto state = group_state(word);
    if (!state)
      return wrong_usage(
          fmt::format("Invalid state list '{}'. Valid states are: Assigning, PreparingRebalance, Dead, "
                      "Reconciling, CompletingRebalance, Stable, Empty",
                      text));
    states.insert(*state);
  }
  return states;
}

std::expected<std::set<std::string>, Refusal> wanted_types(const Options& options) {
  std::set<std::string> types;
  const std::string text = options.get("type", "");
  if (text.empty()) return types;
  for (const std::string& word : split(text)) {
    const std::string type = shown_type(word);
    if (type != "Consumer" && type != "Classic")
      return wrong_usage(fmt::format("Invalid types list '{}'. Valid types are: Consumer, Classic", text));
    types.insert(type);
  }
  return types;
}

Task<Done> list(Admin& admin, const Options& options) {
  const auto states = wanted_states(options);
  if (!states) co_return std::unexpected(states.error());
  const auto types = wanted_types(options);
  if (!types) co_return std::unexpected(types.error());
  auto groups = co_await list_consumer_groups(admin);
  if (!groups) co_return refused(groups.error(), true);
  std::erase_if(*groups, [&](const GroupListing& group) {
    return (!states->empty() && !states->contains(group.state)) ||
           (!types->empty() && !types->contains(shown_type(group.type)));
  });
  if (options.has("state") || options.has("type")) {
    fmt::print("{}", listing_table(*groups, {.type = options.has("type"), .state = options.has("state")}));
    co_return Done{};
  }
  for (const GroupListing& group : *groups) fmt::print("{}\n", group.group_id);
  co_return Done{};
}

Task<Done> remove(Admin& admin, const Options& options) {
  auto ids = co_await chosen_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  const auto outcomes = co_await admin.delete_groups(std::move(*ids));
  std::string deleted;
  std::string failures;
  for (const auto& [id, outcome] : outcomes) {
    if (!outcome && is_unreachable(outcome.error())) co_return refused(outcome.error(), true);
    if (outcome)
      deleted += (deleted.empty() ? "" : ", ") + fmt::format("'{}'", id);
    else
      failures +=
          fmt::format("* Group '{}' could not be deleted due to: {}\n", id, exception_text(outcome.error()));
  }
  if (failures.empty()) {
    fmt::print("Deletion of requested consumer groups ({}) was successful.\n", deleted);
    co_return Done{};
  }
  print_error("Deletion of some consumer groups failed:");
  fmt::print("{}", failures);
  if (!deleted.empty()) fmt::print("\nThese consumer groups were deleted successfully: {}\n", deleted);
  co_return Done{};
}

int validate(const std::string& text) {
  const auto pattern = NamePattern::parse(text);
  if (pattern)
    fmt::print("The regular expression `{}` is valid.\n", text);
  else
    fmt::print("The regular expression `{}` is invalid: {}.\n", text, pattern.error().what);
  return 0;
}

std::string check_reset(const Options& options) {
  if (options.has("dry-run") && options.has("execute"))
    return "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
  if (!options.has("group") && !options.has("all-groups"))
    return "Option [reset-offsets] takes one of these options: [all-groups], [group]";
  std::string_view chosen;
  for (const std::string_view scenario : kScenarios) {
    if (!options.has(scenario)) continue;
    if (!chosen.empty())
      return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", chosen, scenario);
    chosen = scenario;
  }
  if (chosen.empty())
    return "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [shift-by], "
           "[to-datetime], "
           "[by-duration], [to-earliest], [to-latest], [to-current], [from-file]]";
  for (const std::string_view number : {"to-offset", "shift-by"})
    if (const auto value = options.number(number); !value) return value.error().what;
  if (!options.has("dry-run") && !options.has("execute"))
    fmt::print(
        stderr,
        "WARN: No action will be performed as the --execute option is missing. Add --dry-run to say that this "
        "is what is wanted.\n");
  return "";
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
  if (options.has("topic"))
    return "The consumer does not support topic-specific offset deletion from a consumer group.";
  return "";
}

std::string check_action(const Options& options) {
  std::string wrong;
  if (options.has("describe")) wrong = check_describe(options);
  if (wrong.empty() && options.has("delete")) wrong = check_delete(options);
  if (!wrong.empty()) return wrong;
  if (options.has("delete-offsets") && (!options.has("group") || !options.has("topic")))
    return "Option [delete-offsets] takes the following options: [group], [topic]";
  return options.has("reset-offsets") ? check_reset(options) : "";
}

/// What is wrong with the options together; empty: nothing. In Kafka's order.
std::string check(const Options& options) {
  for (const std::string_view part : {"members", "offsets", "verbose", "state"})
    if (options.has(part) && !options.has("describe") && !(part == "state" && options.has("list")))
      return fmt::format("Option(s) [{}] are unavailable given other options on the command line", part);
  if (options.has("type") && !options.has("list"))
    return "Option(s) [type] are unavailable given other options on the command line";
  std::string wrong = check_action(options);
  if (wrong.empty()) wrong = conflict(options, "group", {"all-groups", "list"});
  if (wrong.empty()) wrong = conflict(options, "topic", {"list", "describe"});
  if (!wrong.empty()) return wrong;
  const auto actions =
      std::ranges::count_if(kActions, [&](std::string_view action) { return options.has(action); });
  if (actions != 1)
    return "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, "
           "--delete-offsets, --validate-regex";
  return "";
}

Task<Done> act_on(Admin& admin, const Options& options) {
  if (options.has("list")) return list(admin, options);
  if (options.has("describe")) return describe_groups(admin, options);
  if (options.has("delete")) return remove(admin, options);
  if (options.has("reset-offsets")) return reset_offsets(admin, options);
  return delete_offsets(admin, options);
}

}  // namespace

int consumer_groups(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  if (const std::string wrong = check(*options); !wrong.empty()) return complain(wrong, help);
  if (const auto pattern = options->find("validate-regex")) return validate(*pattern);
  const auto config = group_command_config(*options);
  if (!config) return complain(config.error().what, help);
  return run_group_command(*config, "consumer", help, [&](Admin& admin) { return act_on(admin, *options); });
}

}  // namespace sluice::tools
