#include "raft/snapshot_reader.h"

#include "record/record_reader.h"

namespace sluice::raft {

Task<Result<std::unique_ptr<SnapshotReader>>> SnapshotReader::open(Disk& disk, std::string directory,
                                                                   SnapshotId id) {
  std::string path = directory + "/" + snapshot_file_name(id);
  auto file = co_await disk.open(path, OpenMode::read);
  if (!file) co_return fail(std::move(file.error()));
  std::shared_ptr<File> shared = std::move(*file);
  const auto size = co_await shared->size();
  if (!size) co_return fail(size.error());
  co_return std::unique_ptr<SnapshotReader>(
      new SnapshotReader(std::move(path), id, BatchFile(std::move(shared), 0, *size)));
}

Task<Result<std::optional<std::vector<Bytes>>>> SnapshotReader::next() {
  while (!control_.snapshot_footer) {
    const auto batch = co_await batches_.next();
    if (!batch) co_return fail(batch.error().code, "{}: {}", path_, batch.error().what);
    if (!*batch) co_return fail(Errc::corrupt, "{} ends without a footer", path_);
    if ((*batch)->is_control()) {
      if (auto taken = control_.take(**batch); !taken)
        co_return fail(taken.error().code, "{}: {}", path_, taken.error().what);
      continue;
    }
    auto values = record_values(**batch);
    if (!values) co_return fail(values.error().code, "{}: {}", path_, values.error().what);
    if (!values->empty()) co_return std::move(*values);
  }
  co_return std::nullopt;
}

Result<std::vector<Bytes>> record_values(ConstBatchView batch) {
  if (batch.codec() != Codec::none)
    return fail(Errc::unsupported_codec, "batch at offset {} of the metadata is compressed with {}",
                batch.base_offset().value, name(batch.codec()));
  std::vector<Bytes> values;
  Decompressor decompressor;
  RecordReader reader(batch, decompressor);
  while (auto record = reader.next()) {
    if (!*record) return fail(record->error());
    if (!(*record)->value)
      return fail(Errc::corrupt, "record at offset {} of the metadata has no value", (*record)->offset.value);
    values.push_back(*(*record)->value);
  }
  return values;
}

}  // namespace sluice::raft
