#include "raft/election_state.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <limits>

namespace sluice::raft {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

std::string format_static(const ElectionState& state, const VoterSet& voters) {
  std::string ids;
  for (const auto& [id, voter] : voters.voters())
    ids += fmt::format("{}{{\"voterId\":{}}}", ids.empty() ? "" : ",", id.value);
  return fmt::format(
      R"({{"clusterId":"","leaderId":{},"leaderEpoch":{},"votedId":{},"appliedOffset":0,"currentVoters":[{}],"data_version":0}})",
      state.leader.value_or(NodeId{-1}).value, state.epoch.value, state.voted ? state.voted->id.value : -1, ids);
}

std::string format_dynamic(const ElectionState& state) {
  const ReplicaKey voted = state.voted.value_or(ReplicaKey{});
  return fmt::format(R"({{"leaderId":{},"leaderEpoch":{},"votedId":{},"votedDirectoryId":"{}","data_version":1}})",
                     state.leader.value_or(NodeId{-1}).value, state.epoch.value, voted.id.value,
                     voted.directory_id.text());
}

Result<std::int32_t> number(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64())
    return fail(Errc::corrupt, "{} has no number {}", QuorumStateFile::kName, key);
  const std::int64_t wide = value->get_int64();
  if (wide < -1 || wide > std::numeric_limits<std::int32_t>::max())
    return fail(Errc::corrupt, "{} has {} {}", QuorumStateFile::kName, key, wide);
  return static_cast<std::int32_t>(wide);
}

Result<Uuid> voted_directory(const boost::json::object& object) {
  const boost::json::value* value = object.if_contains("votedDirectoryId");
  if (value == nullptr) return Uuid{};
  if (!value->is_string()) return fail(Errc::corrupt, "{}: votedDirectoryId is no text", QuorumStateFile::kName);
  return Uuid::parse(std::string_view(value->get_string().data(), value->get_string().size()));
}

}  // namespace

std::string format_quorum_state(const ElectionState& state, KRaftVersion version, const VoterSet& voters) {
  return version == kStaticVoters ? format_static(state, voters) : format_dynamic(state);
}

Result<ElectionState> parse_quorum_state(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return fail(Errc::corrupt, "{} is not a JSON object", QuorumStateFile::kName);
  const boost::json::object& object = parsed.get_object();

  const auto version = number(object, "data_version");
  if (!version) return fail(version.error());
  if (*version != 0 && *version != 1)
    return fail(Errc::unsupported_version, "{} has data_version {}; 0 and 1 are known", QuorumStateFile::kName,
                *version);
  const auto leader = number(object, "leaderId");
  const auto epoch = number(object, "leaderEpoch");
  const auto voted = number(object, "votedId");
  for (const auto* field : {&leader, &epoch, &voted})
    if (!*field) return fail(field->error());
  const auto directory = voted_directory(object);
  if (!directory) return fail(Errc::corrupt, "{}: {}", QuorumStateFile::kName, directory.error().what);

  ElectionState state{.epoch = {std::max(*epoch, 0)}, .leader = std::nullopt, .voted = std::nullopt};
  if (*leader >= 0) state.leader = NodeId{*leader};
  if (*voted >= 0) state.voted = ReplicaKey{{*voted}, *directory};
  return state;
}

Task<Result<std::optional<ElectionState>>> QuorumStateFile::read() const {
  const auto exists = co_await disk_->exists(path_);
  if (!exists) co_return fail(exists.error());
  if (!*exists) co_return std::nullopt;
  const auto text = co_await disk_->read_file(path_, kFileBytesMax);
  if (!text) co_return fail(text.error());
  if (text->empty()) co_return std::nullopt;
  auto state = parse_quorum_state(*text);
  if (!state) co_return fail(state.error().code, "{}: {}", path_, state.error().what);
  co_return *state;
}

Task<Result<void>> QuorumStateFile::write(ElectionState state, KRaftVersion version, VoterSet voters) {
  std::string text = format_quorum_state(state, version, voters);
  co_return co_await disk_->replace_file(path_, std::move(text));
}

}  // namespace sluice::raft
