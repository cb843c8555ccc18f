#include "raft/format.h"

#include <algorithm>

#include "base/bytes.h"
#include "raft/metadata_log.h"
#include "raft/snapshot_writer.h"
#include "wire/random_uuid.h"

namespace sluice::raft {
namespace {

/// Checks that what is formatted already may stay. Errors: already_exists, invalid_argument.
Result<void> check_formatted(const LogDirState& state, const FormatOptions& options) {
  const MetaProperties& found = *state.properties;
  if (!options.ignore_formatted)
    return fail(
        Errc::already_exists,
        "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format "
        "the others.",
        state.path);
  if (found.cluster_id != options.cluster_id)
    return fail(Errc::invalid_argument, "Invalid cluster.id in: {}/{}. Expected {}, but read {}", state.path,
                MetaProperties::kFileName, options.cluster_id, found.cluster_id.value_or(""));
  if (found.node_id != options.node_id)
    return fail(Errc::invalid_argument, "Invalid node.id in: {}/{}. Expected {}, but read {}", state.path,
                MetaProperties::kFileName, options.node_id.value, found.node_id.value_or(NodeId{-1}).value);
  return {};
}

Task<Result<void>> write_bootstrap_snapshot(Loop* loop, Disk* disk, const FormatOptions* options,
                                            Uuid directory_id) {
  std::string directory = options->metadata_log_dir + "/" + std::string(kMetadataLogName);
  if (auto made = co_await disk->make_directory(directory); !made) co_return made;
  std::vector<Voter> voters = options->initial_voters;
  for (Voter& voter : voters)
    if (voter.key.id == options->node_id && voter.key.directory_id.is_zero())
      voter.key.directory_id = directory_id;
  const WallTime now = loop->wall_now();
  SnapshotWriter::Head head{.id = kBootstrapSnapshot,
                            .last_append_time = now,
                            .now = now,
                            .kraft_version = options->kraft_version,
                            .voters = VoterSet(std::move(voters))};
  auto writer = co_await SnapshotWriter::create(*disk, std::move(directory), std::move(head));
  if (!writer) co_return fail(std::move(writer.error()));
  std::vector<Bytes> records;
  for (const auto& record : options->bootstrap_records) records.emplace_back(record);
  if (!records.empty()) {
    if (auto appended = co_await (*writer)->append(records); !appended) co_return appended;
  }
  co_return co_await (*writer)->finish();
}

/// The id of a directory that is formatted now: of the metadata log's, the one under which this node votes, if
/// that was given.
Uuid directory_id_for(Loop& loop, const LogDirState& state, const FormatOptions& options) {
  if (state.path == options.metadata_log_dir)
    for (const Voter& voter : options.initial_voters)
      if (voter.key.id == options.node_id && !voter.key.directory_id.is_zero()) return voter.key.directory_id;
  return random_uuid(loop);
}

/// The directory that holds `path`.
std::string parent_of(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? path.substr(0, 1) : path.substr(0, slash));
}

}  // namespace

Task<Result<std::vector<LogDirState>>> read_log_dirs(Disk& disk, std::vector<std::string> log_dirs) {
  std::vector<LogDirState> states;
  for (std::string& path : log_dirs) {
    auto properties = co_await MetaProperties::read(disk, path);
    if (!properties) co_return fail(std::move(properties.error()));
    states.push_back({.path = std::move(path), .properties = std::move(*properties)});
  }
  co_return states;
}

Task<Result<Formatted>> format(Loop& loop, Disk& disk, FormatOptions options) {
  SLUICE_ASSERT(std::ranges::find(options.log_dirs, options.metadata_log_dir) != options.log_dirs.end());
  auto states = co_await read_log_dirs(disk, options.log_dirs);
  if (!states) co_return fail(std::move(states.error()));
  Formatted result;
  for (LogDirState& state : *states) {
    if (!state.properties) continue;
    if (auto allowed = check_formatted(state, options); !allowed) co_return fail(std::move(allowed.error()));
  }
  for (LogDirState& state : *states) {
    if (state.properties) {
      result.kept.push_back(std::move(state));
      continue;
    }
    const Uuid directory_id = directory_id_for(loop, state, options);
    if (state.path == options.metadata_log_dir && options.bootstrap_snapshot) {
      if (auto written = co_await write_bootstrap_snapshot(&loop, &disk, &options, directory_id); !written)
        co_return fail(std::move(written.error()));
      // The snapshot's folder must not go missing behind a meta.properties that says that all is there.
      if (auto synced = co_await disk.sync_directory(state.path); !synced)
        co_return fail(std::move(synced.error()));
    }
    state.properties =
        MetaProperties{.cluster_id = options.cluster_id, .node_id = options.node_id, .directory_id = directory_id};
    if (auto made = co_await disk.make_directory(state.path); !made) co_return fail(std::move(made.error()));
    if (auto written = co_await state.properties->write(disk, state.path, loop.wall_now()); !written)
      co_return fail(std::move(written.error()));
    if (auto synced = co_await disk.sync_directory(parent_of(state.path)); !synced)
      co_return fail(std::move(synced.error()));
    result.formatted.push_back(std::move(state));
  }
  co_return result;
}

}  // namespace sluice::raft
