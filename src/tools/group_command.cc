#include "tools/group_command.h"

#include <algorithm>
#include <cstdio>

#include "tools/kafka_error.h"

namespace sluice::tools {

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
