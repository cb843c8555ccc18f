// program/initial_controllers.cc: the voters that --initial-controllers names (KIP-853).
#include <algorithm>

#include "base/number_text.h"
#include "program/format_plan.h"

namespace sluice::program {
namespace {

/// Takes a host off the front of `text`, and the brackets of an IPv6 address off the host. None if no colon
/// follows.
std::optional<std::string> take_host(std::string_view& text) {
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find("]:");
    end = bracket == std::string_view::npos ? bracket : bracket + 1;
  }
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

Result<raft::Voter> parse_controller(std::string_view text, std::string_view listener) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return fail(Errc::invalid_argument, "No @ found in dynamic voter string.");
  const auto id = parse_number<std::int32_t>(text.substr(0, at));
  if (!id) return fail(Errc::invalid_argument, "Failed to parse node id in dynamic voter string.");
  if (*id < 0) return fail(Errc::invalid_argument, "Invalid negative node id {} in dynamic voter string.", *id);
  std::string_view rest = text.substr(at + 1);
  auto host = take_host(rest);
  if (!host) return fail(Errc::invalid_argument, "No colon following hostname could be found.");
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos)
    return fail(Errc::invalid_argument, "No colon following port could be found.");
  const auto port = parse_number<std::uint16_t>(rest.substr(0, colon));
  if (!port) return fail(Errc::invalid_argument, "Failed to parse port in dynamic voter string.");
  const auto directory = Uuid::parse(rest.substr(colon + 1));
  if (!directory) return fail(Errc::invalid_argument, "Failed to parse directory ID in dynamic voter string.");
  return raft::Voter{.key = {.id = {*id}, .directory_id = *directory},
                     .endpoints = {{.listener = std::string(listener), .host = std::move(*host), .port = *port}}};
}

}  // namespace

Result<std::vector<raft::Voter>> parse_initial_controllers(std::string_view text, std::string_view listener) {
  std::vector<raft::Voter> voters;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view entry = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (entry.starts_with(' ')) entry.remove_prefix(1);
    while (entry.ends_with(' ')) entry.remove_suffix(1);
    if (entry.empty()) continue;
    auto voter = parse_controller(entry, listener);
    if (!voter) return fail(std::move(voter.error()));
    const auto same = [&voter](const raft::Voter& other) { return other.key.id == voter->key.id; };
    if (std::ranges::any_of(voters, same))
      return fail(Errc::invalid_argument, "Node id {} was specified more than once.", voter->key.id.value);
    voters.push_back(std::move(*voter));
  }
  if (voters.empty()) return fail(Errc::invalid_argument, "No voters given.");
  return voters;
}

}  // namespace sluice::program
