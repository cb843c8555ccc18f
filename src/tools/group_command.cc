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
              const std::string& help, const std::function<Task<Done>(client::Admin&)>& work) {
  client::Admin admin(loop, network, config);
  const Done done = co_await work(admin);
  co_await admin.close();
  if (done) co_return 0;
  switch (done.error().kind) {
    case Refusal::Kind::usage: co_return complain(done.error().text, help);
    case Refusal::Kind::unreachable: co_return complain(done.error().text);
    case Refusal::Kind::said: break;
  }
  print_error(fmt::format("Executing {} group command failed due to {}", kind, done.error().text));
  co_return 0;
}

}  // namespace

std::unexpected<Refusal> wrong_usage(std::string text) {
  return std::unexpected(Refusal{.kind = Refusal::Kind::usage, .text = std::move(text)});
}

std::unexpected<Refusal> refused(const client::Failure& failure, bool with_class) {
  if (is_unreachable(failure) || failure.code == ErrorCode::unsupported_version)
    return std::unexpected(Refusal{.kind = Refusal::Kind::unreachable, .text = failure.what});
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
                      const std::function<Task<Done>(client::Admin&)>& work) {
  return run([&](Loop& loop, Network& network) { return act(loop, network, config, kind, help, work); });
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

}  // namespace sluice::tools
