#include "raft/metadata_log.h"

#include "raft/control_batch.h"
#include "record/batch_view.h"

namespace sluice::raft {

Uuid metadata_topic_id() {
  Uuid id;
  id.bytes.back() = std::byte{1};
  return id;
}

MetadataLog::MetadataLog(Loop& loop, Disk& disk, MetadataLogOptions options, std::string directory, Quorum quorum)
    : loop_(loop),
      disk_(disk),
      options_(std::move(options)),
      directory_(std::move(directory)),
      quorum_(std::move(quorum)),
      appends_(loop) {}

Task<Result<void>> MetadataLog::elect() {
  const Turns::Turn turn = co_await appends_.turn();
  if (auto standing = quorum_.campaign(); !standing) co_return standing;
  for (Quorum::Output todo = quorum_.take_output(); !todo.empty(); todo = quorum_.take_output()) {
    if (todo.persist) {
      if (auto persisted = co_await persist(std::move(*todo.persist)); !persisted) co_return persisted;
    }
    if (todo.begin_epoch) {
      if (auto begun = co_await begin_epoch(); !begun) co_return begun;
    }
  }
  SLUICE_ASSERT(quorum_.role() == Role::leader && quorum_.high_watermark());
  co_return Result<void>{};
}

Task<Result<void>> MetadataLog::persist(ElectionState state) {
  QuorumStateFile file(disk_, directory_);
  auto written = co_await file.write(std::move(state), kraft_version_, quorum_.voters());
  if (written) quorum_.persisted();
  co_return written;
}

Task<Result<void>> MetadataLog::begin_epoch() {
  ControlBatch batch({.base = log_->end(), .epoch = quorum_.epoch(), .time = loop_.wall_now()});
  batch.add_leader_change(quorum_.local().id, quorum_.voters(), quorum_.granted_by());
  if (kraft_version_ != kStaticVoters && !voters_in_log_) {
    batch.add_kraft_version(kraft_version_);
    batch.add_voters(quorum_.voters());
  }
  Buffer bytes = batch.finish();
  auto written = co_await write_and_flush({&bytes, 1}, false);
  if (written && kraft_version_ != kStaticVoters) voters_in_log_ = true;
  co_return written;
}

Task<Result<AppendedRecords>> MetadataLog::append(std::span<const Bytes> records, Grouping grouping) {
  SLUICE_ASSERT(!records.empty());
  const Turns::Turn turn = co_await appends_.turn();
  if (quorum_.role() != Role::leader)
    co_return fail(Errc::not_leader, "node {} does not lead epoch {}", quorum_.local().id.value,
                   quorum_.epoch().value);
  if (torn_) co_return fail(Errc::storage_offline, "{}: the last append was torn", directory_);
  const AppendedRecords appended{.base = log_->end(),
                                 .end = log_->end() + static_cast<std::int64_t>(records.size()),
                                 .epoch = quorum_.epoch(),
                                 .time = loop_.wall_now()};
  auto batches =
      make_batches(records, grouping, {.base = appended.base, .epoch = appended.epoch, .time = appended.time});
  if (!batches) co_return fail(std::move(batches.error()));
  if (auto written = co_await write_and_flush(*batches, true); !written)
    co_return fail(std::move(written.error()));
  SLUICE_ASSERT(log_->end() == appended.end);
  co_return appended;
}

Task<Result<void>> MetadataLog::write_and_flush(std::span<Buffer> batches, bool one_by_one) {
  std::vector<BatchView> views;
  for (Buffer& batch : batches) {
    const auto view = BatchView::parse(batch.bytes(), CrcCheck::skip);
    SLUICE_ASSERT(view.has_value());
    views.push_back(*view);
  }
  std::span<const BatchView> rest(views);
  while (!rest.empty()) {
    const std::size_t count = one_by_one ? 1 : rest.size();
    const std::span<const BatchView> next = rest.first(count);
    const auto written = co_await log_->append_as_leader(next, quorum_.epoch(), AppendOrigin::raft_leader);
    if (!written) {
      // Whoever appended will not know of the part that was written, and must not go on without it.
      torn_ = rest.size() < views.size();
      co_return fail(torn_ ? Errc::storage_offline : written.error().code, "{}", written.error().what);
    }
    rest = rest.subspan(count);
  }
  if (auto flushed = co_await log_->flush(); !flushed) co_return flushed;
  quorum_.durable(log_->end());
  co_return Result<void>{};
}

std::optional<SnapshotId> MetadataLog::latest_snapshot() const {
  if (snapshots_.empty() || *snapshots_.rbegin() == kBootstrapSnapshot) return std::nullopt;
  return *snapshots_.rbegin();
}

Task<Result<std::unique_ptr<SnapshotReader>>> MetadataLog::read_snapshot(SnapshotId id) {
  co_return co_await SnapshotReader::open(disk_, directory_, id);
}

Task<Result<std::unique_ptr<SnapshotWriter>>> MetadataLog::begin_snapshot(SnapshotId id,
                                                                          WallTime last_append_time) {
  SLUICE_ASSERT(id.end <= high_watermark());
  SnapshotWriter::Head head{.id = id,
                            .last_append_time = last_append_time,
                            .now = loop_.wall_now(),
                            .kraft_version = kraft_version_,
                            .voters = quorum_.voters()};
  co_return co_await SnapshotWriter::create(disk_, directory_, std::move(head));
}

Task<Result<void>> MetadataLog::end_snapshot(std::unique_ptr<SnapshotWriter> writer) {
  if (auto finished = co_await writer->finish(); !finished) co_return finished;
  snapshots_.insert(writer->id());
  co_return co_await clean();
}

/// Removes the oldest snapshots, and the log before the oldest one left, as long as there is too much or it is too
/// old. The newest snapshot always stays.
Task<Result<void>> MetadataLog::clean() {
  while (snapshots_.size() >= 2) {
    const SnapshotId oldest = *snapshots_.begin();
    const SnapshotId next = *std::next(snapshots_.begin());
    const auto remove = co_await should_remove(oldest);
    if (!remove) co_return fail(remove.error());
    if (!*remove) break;
    if (log_->start() < next.end) {
      if (auto moved = co_await log_->advance_start(next.end, high_watermark()); !moved) co_return moved;
    }
    if (auto deleted = co_await log_->delete_old_segments(high_watermark()); !deleted)
      co_return fail(deleted.error());
    if (auto removed = co_await disk_.remove(path_of(oldest)); !removed) co_return removed;
    snapshots_.erase(oldest);
  }
  co_return Result<void>{};
}

Task<Result<bool>> MetadataLog::should_remove(SnapshotId id) {
  if (options_.retention_bytes >= 0) {
    std::uint64_t total = log_->size();
    for (const SnapshotId& snapshot : std::set<SnapshotId>(snapshots_)) {
      const auto size = co_await size_of(snapshot);
      if (!size) co_return fail(size.error());
      total += *size;
    }
    if (std::cmp_greater(total, options_.retention_bytes)) co_return true;
  }
  if (options_.retention_time < std::chrono::milliseconds{0}) co_return false;
  auto reader = co_await SnapshotReader::open(disk_, directory_, id);
  if (!reader) co_return fail(std::move(reader.error()));
  if (auto first = co_await (*reader)->next(); !first) co_return fail(std::move(first.error()));
  const auto time = (*reader)->control().snapshot_time;
  co_return time&& loop_.wall_now() - *time > options_.retention_time;
}

Task<Result<std::uint64_t>> MetadataLog::size_of(SnapshotId id) {
  auto file = co_await disk_.open(path_of(id), OpenMode::read);
  if (!file) co_return fail(std::move(file.error()));
  co_return co_await (*file)->size();
}

Task<Result<void>> MetadataLog::close() {
  const Turns::Turn turn = co_await appends_.turn();
  auto closed = co_await log_->close();
  if (!closed) co_await log_->abandon();  // What a failed disk holds is looked at when it is opened again.
  co_return closed;
}

}  // namespace sluice::raft
