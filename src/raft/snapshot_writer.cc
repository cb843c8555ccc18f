#include "raft/snapshot_writer.h"

#include "raft/record_batches.h"

namespace sluice::raft {

Task<Result<std::unique_ptr<SnapshotWriter>>> SnapshotWriter::create(Disk& disk, std::string directory,
                                                                     Head head) {
  const std::string partial = directory + "/" + snapshot_file_name(head.id) + std::string(kSnapshotPartialSuffix);
  auto file = co_await disk.open(partial, OpenMode::replace);
  if (!file) co_return fail(std::move(file.error()));
  std::unique_ptr<SnapshotWriter> writer(
      new SnapshotWriter(disk, std::move(directory), std::move(head), std::move(*file)));
  if (auto written = co_await writer->write_head(); !written) co_return fail(std::move(written.error()));
  co_return writer;
}

Task<Result<void>> SnapshotWriter::write_head() {
  ControlBatch batch({.base = next_offset_, .epoch = head_.id.epoch, .time = head_.now});
  batch.add_snapshot_header(head_.last_append_time);
  if (head_.kraft_version != kStaticVoters) {
    batch.add_kraft_version(head_.kraft_version);
    if (!head_.voters.empty()) batch.add_voters(head_.voters);
  }
  next_offset_ = next_offset_ + static_cast<std::int64_t>(batch.record_count());
  const Buffer bytes = batch.finish();
  co_return co_await write(bytes.bytes());
}

Task<Result<void>> SnapshotWriter::append(std::span<const Bytes> records) {
  const auto batches =
      make_batches(records, Grouping::loose, {.base = next_offset_, .epoch = head_.id.epoch, .time = head_.now});
  if (!batches) co_return fail(batches.error());
  for (const Buffer& batch : *batches)
    if (auto written = co_await write(batch.bytes()); !written) co_return written;
  next_offset_ = next_offset_ + static_cast<std::int64_t>(records.size());
  co_return Result<void>{};
}

Task<Result<void>> SnapshotWriter::finish() {
  ControlBatch batch({.base = next_offset_, .epoch = head_.id.epoch, .time = head_.now});
  batch.add_snapshot_footer();
  const Buffer bytes = batch.finish();
  if (auto written = co_await write(bytes.bytes()); !written) co_return written;
  if (auto synced = co_await file_->sync(); !synced) co_return synced;
  file_.reset();
  const std::string partial = path() + std::string(kSnapshotPartialSuffix);
  if (auto renamed = co_await disk_.rename(partial, path()); !renamed) co_return renamed;
  co_return co_await disk_.sync_directory(directory_);
}

Task<Result<void>> SnapshotWriter::write(Bytes bytes) {
  auto written = co_await file_->write(size_, bytes);
  if (written) size_ += bytes.size();
  co_return written;
}

}  // namespace sluice::raft
