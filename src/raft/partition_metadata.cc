#include "raft/partition_metadata.h"

namespace sluice::raft {
namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::string_view kVersionKey = "version: ";
constexpr std::string_view kTopicKey = "topic_id: ";

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return line;
}

}  // namespace

std::string format_partition_metadata(const Uuid& topic_id) {
  return fmt::format("{}0\n{}{}", kVersionKey, kTopicKey, topic_id.text());
}

Result<Uuid> parse_partition_metadata(std::string_view text) {
  const std::string_view version = take_line(text);
  const std::string_view topic = take_line(text);
  if (!version.starts_with(kVersionKey) || !topic.starts_with(kTopicKey))
    return fail(Errc::corrupt, "{} does not name version and topic", kPartitionMetadataFile);
  if (version.substr(kVersionKey.size()) != "0")
    return fail(Errc::unsupported_version, "{} has {}; version 0 is known", kPartitionMetadataFile, version);
  auto id = Uuid::parse(topic.substr(kTopicKey.size()));
  if (!id) return fail(Errc::corrupt, "{}: {}", kPartitionMetadataFile, id.error().what);
  return id;
}

Task<Result<void>> keep_partition_metadata(Disk& disk, std::string directory, Uuid topic_id) {
  const std::string path = directory + "/" + std::string(kPartitionMetadataFile);
  const auto exists = co_await disk.exists(path);
  if (!exists) co_return fail(exists.error());
  if (!*exists) {
    std::string text = format_partition_metadata(topic_id);
    co_return co_await disk.replace_file(path, std::move(text));
  }
  const auto text = co_await disk.read_file(path, kFileBytesMax);
  if (!text) co_return fail(text.error());
  const auto found = parse_partition_metadata(*text);
  if (!found) co_return fail(found.error().code, "{}: {}", path, found.error().what);
  if (*found != topic_id)
    co_return fail(Errc::corrupt, "{} is of topic {}, not {}", path, found->text(), topic_id.text());
  co_return Result<void>{};
}

}  // namespace sluice::raft
