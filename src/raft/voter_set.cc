#include "raft/voter_set.h"

#include <optional>

#include "base/number_text.h"

namespace sluice::raft {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Reads "{id}@{host}:{port}"; the host may stand in brackets.
std::optional<Voter> parse_voter(std::string_view text, std::string_view listener) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) return std::nullopt;
  const auto id = parse_number<std::int32_t>(text.substr(0, at));
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(at + 1, colon - at - 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!id || *id < 0 || !port || host.empty()) return std::nullopt;
  return Voter{.key = {.id = {*id}, .directory_id = {}},
               .endpoints = {{.listener = std::string(listener), .host = std::string(host), .port = *port}}};
}

}  // namespace

VoterSet::VoterSet(std::vector<Voter> voters) {
  for (Voter& voter : voters) {
    const NodeId id = voter.key.id;
    voters_.insert_or_assign(id, std::move(voter));
  }
}

Result<VoterSet> VoterSet::parse(std::string_view text, std::string_view listener) {
  VoterSet set;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view entry = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (entry.empty()) continue;
    auto voter = parse_voter(entry, listener);
    if (!voter)
      return fail(Errc::invalid_argument, "controller.quorum.voters: \"{}\" is not of the form id@host:port",
                  entry);
    const NodeId id = voter->key.id;
    if (!set.voters_.emplace(id, std::move(*voter)).second)
      return fail(Errc::invalid_argument, "controller.quorum.voters: node {} stands there twice", id.value);
  }
  return set;
}

VoterSet VoterSet::from(const wire::VotersRecord& record) {
  VoterSet set;
  for (const auto& entry : record.voters) {
    Voter voter{.key = {entry.voter_id, entry.voter_directory_id},
                .endpoints = {},
                .kraft_version_min = {entry.kraft_version_feature.min_supported_version},
                .kraft_version_max = {entry.kraft_version_feature.max_supported_version}};
    for (const auto& endpoint : entry.endpoints)
      voter.endpoints.push_back({std::string(endpoint.name), std::string(endpoint.host), endpoint.port});
    set.voters_.insert_or_assign(entry.voter_id, std::move(voter));
  }
  return set;
}

wire::VotersRecord VoterSet::record() const {
  wire::VotersRecord record;
  for (const auto& [id, voter] : voters_) {
    auto& entry = record.voters.emplace_back();
    entry.voter_id = id;
    entry.voter_directory_id = voter.key.directory_id;
    for (const VoterEndpoint& endpoint : voter.endpoints) {
      auto& to = entry.endpoints.emplace_back();
      to.name = endpoint.listener;
      to.host = endpoint.host;
      to.port = endpoint.port;
    }
    entry.kraft_version_feature.min_supported_version = voter.kraft_version_min.value;
    entry.kraft_version_feature.max_supported_version = voter.kraft_version_max.value;
  }
  return record;
}

const Voter* VoterSet::find(NodeId id) const {
  const auto found = voters_.find(id);
  return found == voters_.end() ? nullptr : &found->second;
}

bool VoterSet::contains(const ReplicaKey& key) const {
  const Voter* voter = find(key.id);
  if (voter == nullptr) return false;
  return voter->key.directory_id.is_zero() || key.directory_id.is_zero() ||
         voter->key.directory_id == key.directory_id;
}

}  // namespace sluice::raft
