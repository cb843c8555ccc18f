#include "tools/group_command.h"

#include <algorithm>
#include <cstdio>

#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

constexpr std::int64_t kTimeoutMaxMs = 24 * 60 * 60 * 1000;

Task<int> act(Loop& loop, Network& network, const client::ClientConfig& config, std::string_view kind,
              const std::string& help, const std::function<Task<Done>(client::Admin&)>& work, int said_status) {
  client::Admin admin(loop, network, config);
  const Done done = co_await work(admin);
  co_await admin.close();
  if (done) co_return 0;
  switch (done.error().kind) {
    case Refusal::Kind::usage: co_return complain(done.error().text, help);
    case Refusal::Kind::plain: co_return complain(done.error().text);
    case Refusal::Kind::said: break;
  }
  print_error(fmt::format("Executing {} group command failed due to {}", kind, done.error().text));
  co_return said_status;
}

}  // namespace

std::unexpected<Refusal> wrong_usage(std::string text) {
  return std::unexpected(Refusal{.kind = Refusal::Kind::usage, .text = std::move(text)});
}

std::unexpected<Refusal> failed_plainly(std::string text) {
  return std::unexpected(Refusal{.kind = Refusal::Kind::plain, .text = std::move(text)});
}

std::unexpected<Refusal> refused(const client::Failure& failure, bool with_class) {
  if (is_unreachable(failure) || failure.code == ErrorCode::unsupported_version)
    return failed_plainly(failure.what);
  return std::unexpected(
      Refusal{.kind = Refusal::Kind::said,
              .text = with_class ? exception_text(failure) : std::string(sentence_of(failure))});
}

void print_error(const std::string& text) { fmt::print("\nError: {}\n", text); }

std::string conflict(const Options& options, std::string_view used,
                     std::initializer_list<std::string_view> others) {
  if (!options.has(used)) return "";
  for (const std::string_view other : others)
    if (options.has(other)) return fmt::format("Option \"[{}]\" can't be used with option \"[{}]\"", used, other);
  return "";
}

std::vector<std::string> listed_words(const std::string& text) {
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

std::expected<std::set<std::string>, Refusal> wanted_states(const Options& options,
                                                            std::optional<std::string> (*known)(std::string_view),
                                                            std::string_view valid) {
  std::set<std::string> states;
  const std::string text = options.get("state", "");
  if (text.empty()) return states;
  for (const std::string& word : listed_words(text)) {
    auto state = known(word);
    if (!state) return wrong_usage(fmt::format("Invalid state list '{}'. Valid states are: {}", text, valid));
    states.insert(std::move(*state));
  }
  return states;
}

std::string check_describe(const Options& options, std::initializer_list<std::string_view> parts) {
  if (!options.has("group") && !options.has("all-groups"))
    return "Option [describe] takes one of these options: [all-groups], [group]";
  if (std::ranges::count_if(parts, [&](std::string_view part) { return options.has(part); }) > 1)
    return fmt::format("Option [describe] takes at most one of these options: [{}]", fmt::join(parts, "], ["));
  if (options.find("state")) return "Option [describe] does not take a value for [state]";
  return "";
}

std::string check_scenario(const Options& options, std::initializer_list<std::string_view> scenarios,
                           std::string_view none) {
  std::string_view chosen;
  for (const std::string_view scenario : scenarios) {
    if (!options.has(scenario)) continue;
    if (!chosen.empty()) return conflict(options, chosen, {scenario});
    chosen = scenario;
  }
  return chosen.empty() ? std::string(none) : "";
}

std::string check_offset_scenario(const Options& options) {
  const std::string wrong = check_scenario(
      options,
      {"to-offset", "to-datetime", "by-duration", "to-earliest", "to-latest", "to-current", "shift-by",
       "from-file"},
      "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], [shift-by], [to-datetime], "
      "[by-duration], [to-earliest], [to-latest], [to-current], [from-file]]");
  if (!wrong.empty()) return wrong;
  for (const std::string_view number : {"to-offset", "shift-by"})
    if (const auto value = options.number(number); !value) return value.error().what;
  return "";
}

Result<client::ClientConfig> group_command_config(const Options& options) {
  auto config = admin_config(options, "admin-client");
  if (!config) return config;
  const auto timeout = options.number("timeout");
  if (!timeout) return fail(timeout.error());
  if (*timeout && (**timeout < 0 || **timeout > kTimeoutMaxMs))
    return fail(Errc::invalid_argument, "The timeout {} is not between 0 and a day", **timeout);
  if (*timeout) config->default_api_timeout = std::chrono::milliseconds(**timeout);
  return config;
}

int run_group_command(const client::ClientConfig& config, std::string_view kind, const std::string& help,
                      const std::function<Task<Done>(client::Admin&)>& work, int said_status) {
  return run(
      [&](Loop& loop, Network& network) { return act(loop, network, config, kind, help, work, said_status); });
}

Task<client::Outcome<std::vector<client::GroupListing>>> list_consumer_groups(client::Admin& admin) {
  auto groups = co_await admin.list_groups();
  if (!groups) co_return groups;
  std::erase_if(*groups, [](const client::GroupListing& group) {
    // A group without members may never have said which protocol it follows.
    const bool consumers = group.protocol_type.empty() || group.protocol_type == "consumer";
    const bool known = group.type.empty() || group.type == "classic" || group.type == "consumer" ||
                       group.type == "Classic" || group.type == "Consumer";
    return !consumers || !known;
  });
  co_return groups;
}

Task<std::expected<std::vector<std::string>, Refusal>> chosen_groups(client::Admin& admin,
                                                                     const Options& options) {
  std::vector<std::string> ids = options.all("group");
  if (options.has("all-groups")) {
    const auto groups = co_await list_consumer_groups(admin);
    if (!groups) co_return refused(groups.error(), true);
    for (const client::GroupListing& group : *groups) ids.push_back(group.group_id);
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  co_return ids;
}

std::string address_of(client::Admin& admin, NodeId broker) {
  const client::BrokerInfo* found = admin.cluster().view().find_broker(broker);
  return found == nullptr ? "" : fmt::format("{}:{}", found->endpoint.host, found->endpoint.port);
}

}  // namespace sluice::tools
