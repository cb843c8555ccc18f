// tools/share_groups.cc: `sluice share-groups`, known as kafka-share-groups.sh: lists, describes and deletes share
// groups, and moves or deletes their offsets (KIP-932).
#include <algorithm>
#include <cstdio>
#include <set>

#include "tools/command.h"
#include "tools/group_tables.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/share_group_command.h"
#include "tools/share_group_tables.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::GroupListing;

constexpr Option kOptions[] = {
    {"all-groups", "", "Apply to all share groups"},
    {"all-topics", "", "Reset the offsets of all topics that the group has read"},
    {"bootstrap-server", "String: server to connect to", "REQUIRED: The server(s) to connect to"},
    {"command-config", "String: command config property file", "Property file with configs for the admin client"},
    {"delete", "", "Delete share groups, which must have no members"},
    {"delete-offsets", "", "Delete a share group's offsets of topics; it must have no members"},
    {"describe", "", "Describe share groups, their members and offsets"},
    {"dry-run", "", "Only show results without executing changes. Supported operations: reset-offsets"},
    {"execute", "", "Execute operation. Supported operations: reset-offsets"},
    {"group", "String: share group", "The share group we wish to act on; may be repeated"},
    {"help", "", "Print usage information"},
    {"list", "", "List all share groups"},
    {"members", "", "Describe members of the group"},
    {"offsets", "", "Describe the offsets of the group; the default of describe"},
    {"reset-offsets", "", "Reset the offsets of a share group, which must have no members"},
    {"state", "String", "Describe the state of the group, or list groups with it, or those in given states", true},
    {"timeout", "Long: timeout (ms)", "How long to wait for answers"},
    {"to-datetime", "String: datetime", "Reset offsets to offset from datetime: 'YYYY-MM-DDThh:mm:ss.sss'"},
    {"to-earliest", "", "Reset offsets to earliest offset"},
    {"to-latest", "", "Reset offsets to latest offset"},
    {"topic", "String: topic", "Topics, or partitions as 'topic1:0,1,2', to reset or delete the offsets of"},
    {"verbose", "", "Provide additional information, if any, when describing the group"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary = "This tool helps to list, describe, reset and delete share groups.";
constexpr std::string_view kActions[] = {"list", "describe", "delete", "reset-offsets", "delete-offsets"};

/// Nothing in the set: all. Errors: of usage.
std::expected<std::set<std::string>, Refusal> wanted_states(const Options& options) {
  std::set<std::string> states;
  const std::string text = options.get("state", "");
  for (std::size_t at = 0; !text.empty() && at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string word = text.substr(at, end - at);
    std::erase(word, ' ');
    const auto state = share_group_state(word);
    if (!state)
      return wrong_usage(fmt::format("Invalid state list '{}'. Valid states are: Stable, Empty, Dead", text));
    states.insert(*state);
    at = end + 1;
  }
  return states;
}

Task<Done> list(Admin& admin, const Options& options) {
  const auto states = wanted_states(options);
  if (!states) co_return std::unexpected(states.error());
  auto groups = co_await list_share_groups(admin);
  if (!groups) co_return refused(groups.error(), true);
  std::erase_if(*groups,
                [&](const GroupListing& group) { return !states->empty() && !states->contains(group.state); });
  if (options.has("state")) {
    fmt::print("{}", share_listing_table(*groups));
    co_return Done{};
  }
  for (const GroupListing& group : *groups) fmt::print("{}\n", group.group_id);
  co_return Done{};
}

/// Why the groups that cannot be deleted cannot, by id, as far as the list of groups tells.
Task<std::expected<std::map<std::string, std::string>, Refusal>> undeletable(Admin& admin,
                                                                             std::vector<std::string> ids) {
  const auto groups = co_await list_share_groups(admin);
  if (!groups) co_return refused(groups.error(), true);
  std::map<std::string, std::string> why;
  for (const std::string& id : ids) {
    const auto found = std::ranges::find(*groups, id, &GroupListing::group_id);
    if (found == groups->end())
      why[id] = fmt::format("java.lang.IllegalArgumentException: Group '{}' is not a share group.", id);
    else if (found->state != "Empty")
      why[id] = fmt::format("java.lang.IllegalStateException: Share group '{}' is not EMPTY.", id);
  }
  co_return why;
}

Task<Done> remove(Admin& admin, const Options& options) {
  auto ids = co_await chosen_share_groups(admin, options);
  if (!ids) co_return std::unexpected(ids.error());
  auto failures = co_await undeletable(admin, *ids);
  if (!failures) co_return std::unexpected(failures.error());
  std::erase_if(*ids, [&](const std::string& id) { return failures->contains(id); });
  const auto outcomes = co_await admin.delete_groups(std::move(*ids));
  std::string deleted;
  for (const auto& [id, outcome] : outcomes) {
    if (!outcome && is_unreachable(outcome.error())) co_return refused(outcome.error(), true);
    if (outcome)
      deleted += (deleted.empty() ? "" : ", ") + fmt::format("'{}'", id);
    else
      (*failures)[id] = exception_text(outcome.error());
  }
  if (failures->empty()) {
    fmt::print("Deletion of requested share groups ({}) was successful.\n", deleted);
    co_return Done{};
  }
  print_error("Deletion of some share groups failed:");
  for (const auto& [id, why] : *failures) fmt::print("* Group '{}' could not be deleted due to: {}\n", id, why);
  if (!deleted.empty()) fmt::print("\nThese share groups were deleted successfully: {}\n", deleted);
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
  const bool group = options.has("group");
  const bool all = options.has("all-groups");
  if (!group && !all) return "Option [delete] takes the options [group] or [all-groups]";
  if (group && all) return "Option [delete] takes either [group] or [all-groups], not both.";
  if (options.has("topic")) return "Option [delete] does not take the option: [topic]";
  return "";
}

std::string check_reset(const Options& options) {
  if (options.has("dry-run") && options.has("execute"))
    return "Option [reset-offsets] only accepts one of [execute] and [dry-run]";
  if (!options.has("dry-run") && !options.has("execute"))
    return "Option [reset-offsets] takes the option: [execute] or [dry-run]";
  if (!options.has("group")) return "Option [reset-offsets] takes the option: [group]";
  if (options.has("topic") == options.has("all-topics"))
    return "Option [reset-offsets] takes one of these options: [all-topics], [topic]";
  std::string_view chosen;
  for (const std::string_view scenario : {"to-datetime", "to-earliest", "to-latest"}) {
    if (!options.has(scenario)) continue;
    if (!chosen.empty())
      return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", chosen, scenario);
    chosen = scenario;
  }
  if (chosen.empty())
    return "Option [reset-offsets] takes one of these options: [to-datetime], [to-earliest], [to-latest]";
  return "";
}

/// What is wrong with the options together; empty: nothing.
std::string check(const Options& options) {
  const auto actions =
      std::ranges::count_if(kActions, [&](std::string_view action) { return options.has(action); });
  if (actions != 1)
    return "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, "
           "--delete-offsets.";
  if (options.has("describe"))
    if (std::string wrong = check_describe(options); !wrong.empty()) return wrong;
  if (options.has("delete"))
    if (std::string wrong = check_delete(options); !wrong.empty()) return wrong;
  if (options.has("reset-offsets"))
    if (std::string wrong = check_reset(options); !wrong.empty()) return wrong;
  if (options.has("delete-offsets") && (!options.has("group") || !options.has("topic")))
    return "Option [delete-offsets] takes the following options: [group], [topic]";
  if (std::string wrong = conflict(options, "group", {"all-groups", "list"}); !wrong.empty()) return wrong;
  return conflict(options, "topic", {"list", "describe"});
}

Task<Done> act_on(Admin& admin, const Options& options) {
  if (options.has("list")) return list(admin, options);
  if (options.has("describe")) return describe_share_groups(admin, options);
  if (options.has("delete")) return remove(admin, options);
  if (options.has("reset-offsets")) return reset_share_offsets(admin, options);
  return delete_share_offsets(admin, options);
}

}  // namespace

Task<client::Outcome<std::vector<GroupListing>>> list_share_groups(Admin& admin) {
  auto groups = co_await admin.list_groups();
  if (!groups) co_return groups;
  std::erase_if(*groups, [](const GroupListing& group) { return shown_type(group.type) != "Share"; });
  co_return groups;
}

Task<std::expected<std::vector<std::string>, Refusal>> chosen_share_groups(Admin& admin, const Options& options) {
  std::set<std::string> ids(options.all("group").begin(), options.all("group").end());
  if (options.has("all-groups")) {
    const auto groups = co_await list_share_groups(admin);
    if (!groups) co_return refused(groups.error(), true);
    for (const GroupListing& group : *groups) ids.insert(group.group_id);
  }
  co_return std::vector<std::string>(ids.begin(), ids.end());
}

int share_groups(Arguments words) {
  const auto options = Options::parse(words, kOptions);
  const std::string help = usage(kSummary, kOptions);
  if (!options) return complain(options.error().what, help);
  if (const auto helped = maybe_help(words, *options, help)) return *helped;
  if (const std::string wrong = check(*options); !wrong.empty()) return complain(wrong, help);
  const auto config = group_command_config(*options);
  if (!config) return complain(config.error().what, help);
  return run_group_command(*config, "share", help, [&](Admin& admin) { return act_on(admin, *options); });
}

}  // namespace sluice::tools
