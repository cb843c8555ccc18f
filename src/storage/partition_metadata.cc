#include "storage/partition_metadata.h"

#include "storage/checkpoint_file.h"

namespace sluice::partition_metadata {
namespace {

constexpr std::size_t kFileBytesMax = 4096;

std::optional<std::string_view> value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(':')) continue;
    line = line.substr(key.size() + 1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  return std::nullopt;
}

}  // namespace

Result<Uuid> parse(std::string_view text) {
  const auto version = value_of(text, "version");
  if (!version || !checkpoint::number(*version)) return fail(Errc::corrupt, "no version is said");
  if (*checkpoint::number(*version) != 0) return fail(Errc::unsupported_version, "version {}, not 0", *version);
  const auto id = value_of(text, "topic_id");
  if (!id) return fail(Errc::corrupt, "no topic_id is said");
  const auto uuid = Uuid::parse(*id);
  if (!uuid) return fail(Errc::corrupt, "topic_id: {}", uuid.error().what);
  if (uuid->is_zero()) return fail(Errc::corrupt, "the topic_id is zero");
  return *uuid;
}

std::string format(const Uuid& topic_id) { return "version: 0\ntopic_id: " + topic_id.text(); }

Task<Result<std::optional<Uuid>>> read(Disk& disk, std::string directory) {
  const std::string path = directory + "/" + std::string(kFileName);
  const auto text = co_await disk.read_file(path, kFileBytesMax);
  if (!text && text.error().code == Errc::not_found) co_return std::nullopt;
  if (!text) co_return fail(text.error());
  const auto id = parse(*text);
  if (!id) co_return fail(id.error().code, "{}: {}", path, id.error().what);
  co_return *id;
}

Task<Result<void>> write(Disk& disk, std::string directory, Uuid topic_id) {
  co_return co_await disk.replace_file(directory + "/" + std::string(kFileName), format(topic_id));
}

Task<Result<void>> write_with(Log& log, Disk& disk, Uuid topic_id) {
  log.sync_with_next_flush(std::string(kFileName));
  const auto file = co_await disk.open(log.directory() + "/" + std::string(kFileName), OpenMode::replace);
  if (!file) co_return fail(file.error());
  const std::string text = format(topic_id);
  co_return co_await (*file)->write(0, as_bytes(text));
}

}  // namespace sluice::partition_metadata
