// Opening the metadata log: its snapshots, its batches, and what they say of the quorum.
#include "raft/control_batch.h"
#include "raft/election_state.h"
#include "raft/metadata_log.h"
#include "storage/partition_metadata.h"

namespace sluice::raft {
namespace {

constexpr std::string_view kBootstrapFile = "bootstrap.checkpoint";

Task<Result<std::vector<Buffer>>> read_all(SnapshotReader* reader) {
  std::vector<Buffer> records;
  while (true) {
    const auto values = co_await reader->next();
    if (!values) co_return fail(values.error());
    if (!*values) break;
    for (const Bytes value : **values) records.push_back(Buffer::copy_of(value));
  }
  co_return records;
}

/// Reads bootstrap.checkpoint, which Kafka before 4.4 made: batches without a header or footer that could be told.
Task<Result<std::vector<Buffer>>> read_bootstrap_file(Disk* disk, std::string path) {
  auto file = co_await disk->open(path, OpenMode::read);
  if (!file) co_return fail(std::move(file.error()));
  std::shared_ptr<File> shared = std::move(*file);
  const auto size = co_await shared->size();
  if (!size) co_return fail(size.error());
  BatchFile batches(std::move(shared), 0, *size);
  std::vector<Buffer> records;
  while (true) {
    const auto batch = co_await batches.next();
    if (!batch) co_return fail(batch.error().code, "{}: {}", path, batch.error().what);
    if (!*batch) break;
    if ((*batch)->is_control()) continue;
    const auto values = record_values(**batch);
    if (!values) co_return fail(values.error().code, "{}: {}", path, values.error().what);
    for (const Bytes value : *values) records.push_back(Buffer::copy_of(value));
  }
  co_return records;
}

/// Writes whose directory it is, unless that stands there already.
Task<Result<void>> mark_directory(Disk* disk, std::string directory) {
  const auto topic = co_await partition_metadata::read(*disk, directory);
  if (!topic) co_return fail(topic.error());
  if (!*topic) co_return co_await partition_metadata::write(*disk, std::move(directory), metadata_topic_id());
  if (**topic != metadata_topic_id())
    co_return fail(Errc::corrupt, "{} is the directory of topic {}, not of the metadata log", directory,
                   (*topic)->text());
  co_return Result<void>{};
}

}  // namespace

Task<Result<std::unique_ptr<MetadataLog>>> MetadataLog::open(Loop& loop, Disk& disk, MetadataLogOptions options) {
  std::string directory = options.log_dir + "/" + std::string(kMetadataLogName);
  const Quorum unknown({.local = options.local, .voters = {}, .election = {}});
  std::unique_ptr<MetadataLog> log(new MetadataLog(loop, disk, std::move(options), std::move(directory), unknown));
  if (auto made = co_await disk.make_directory(log->directory_); !made) co_return fail(std::move(made.error()));
  if (auto found = co_await log->find_snapshots(); !found) co_return fail(std::move(found.error()));
  if (auto opened = co_await log->open_log(); !opened) co_return fail(std::move(opened.error()));

  auto started = co_await log->read_control();
  if (started) started = co_await log->start_quorum();
  if (!started) {
    co_await log->log_->abandon();
    co_return fail(std::move(started.error()));
  }
  co_return log;
}

Task<Result<void>> MetadataLog::find_snapshots() {
  const auto entries = co_await disk_.list(directory_);
  if (!entries) co_return fail(entries.error());
  for (const DirectoryEntry& entry : *entries) {
    const auto name = SnapshotFileName::parse(entry.name);
    if (!name) continue;
    if (name->state == SnapshotFileName::State::whole) {
      snapshots_.insert(name->id);
    } else if (auto removed = co_await disk_.remove(directory_ + "/" + entry.name); !removed) {
      co_return removed;
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> MetadataLog::open_log() {
  if (auto marked = co_await mark_directory(&disk_, directory_); !marked) co_return marked;
  LogOpening opening = options_.log;
  opening.directory = directory_;
  opening.config.message_bytes_max = kBatchBytesMax;
  opening.config.retention_time = LogConfig::Milliseconds{-1};  // Snapshots decide what may go.
  opening.config.retention_bytes = LogConfig::kUnlimited;
  opening.config.cleanup_delete = true;
  opening.config.cleanup_compact = false;
  auto opened = co_await Log::open(loop_, disk_, std::move(opening));
  if (!opened) co_return fail(std::move(opened.error()));
  log_ = std::move(*opened);

  // A node that fetched a snapshot may have crashed before it cut its log.
  const auto latest = latest_snapshot();
  if (latest && latest->end > log_->end()) {
    if (auto cut = co_await log_->truncate_fully_and_start_at(latest->end); !cut) co_return cut;
  }
  if (log_->start().value > 0 && (!latest || latest->end < log_->start()))
    co_return fail(Errc::corrupt, "{}: the log begins at {}, and no snapshot tells what came before", directory_,
                   log_->start().value);
  co_return Result<void>{};
}

/// Learns from snapshot and log what the quorum's version is and who votes.
Task<Result<void>> MetadataLog::read_control() {
  QuorumControl control;
  Offset from = log_->start();
  if (!snapshots_.empty()) {
    const SnapshotId newest = *snapshots_.rbegin();
    auto reader = co_await SnapshotReader::open(disk_, directory_, newest);
    if (!reader) co_return fail(std::move(reader.error()));
    if (auto first = co_await (*reader)->next(); !first) co_return fail(std::move(first.error()));
    control = (*reader)->control();
    voters_in_log_ = newest != kBootstrapSnapshot && control.voters.has_value();
    from = std::max(from, newest.end);
  }
  LogReader reader(*log_, from);
  while (true) {
    const auto batch = co_await reader.next(log_->end());
    if (!batch) co_return fail(batch.error());
    if (!*batch) break;
    if (!(*batch)->batch.is_control()) continue;
    QuorumControl later;
    if (auto taken = later.take((*batch)->batch); !taken) co_return taken;
    if (later.kraft_version) control.kraft_version = later.kraft_version;
    if (!later.voters) continue;
    control.voters = std::move(later.voters);
    voters_in_log_ = true;
  }
  kraft_version_ = control.kraft_version.value_or(kStaticVoters);
  if (kraft_version_ != kStaticVoters && control.voters) options_.static_voters = std::move(*control.voters);
  co_return Result<void>{};
}

Task<Result<void>> MetadataLog::start_quorum() {
  if (snapshots_.empty() && log_->end().value == 0)
    co_return fail(Errc::not_found, "{} is not formatted", options_.log_dir);
  const auto election = co_await QuorumStateFile(disk_, directory_).read();
  if (!election) co_return fail(election.error());
  const auto latest = log_->epochs().latest();
  const LeaderEpoch log_epoch = latest ? latest->epoch : latest_snapshot().value_or(kBootstrapSnapshot).epoch;
  quorum_ = Quorum({.local = options_.local,
                    .voters = options_.static_voters,
                    .election = election->value_or(ElectionState{}),
                    .log_epoch = log_epoch,
                    .log_end = log_->end()});
  co_return Result<void>{};
}

Task<Result<std::vector<Buffer>>> MetadataLog::read_bootstrap_records() {
  const std::string file = options_.log_dir + "/" + std::string(kBootstrapFile);
  const auto exists = co_await disk_.exists(file);
  if (!exists) co_return fail(exists.error());
  if (*exists) co_return co_await read_bootstrap_file(&disk_, file);
  if (!snapshots_.contains(kBootstrapSnapshot)) co_return std::vector<Buffer>{};
  auto reader = co_await SnapshotReader::open(disk_, directory_, kBootstrapSnapshot);
  if (!reader) co_return fail(std::move(reader.error()));
  co_return co_await read_all(reader->get());
}

}  // namespace sluice::raft
