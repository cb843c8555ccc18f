#include "raft/meta_properties.h"

#include <fmt/chrono.h>

#include <charconv>
#include <map>

namespace sluice::raft {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;

/// A key or value as Java escapes them; only what can stand in a cluster's id needs it.
std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '=' || c == ':' || c == '#' || c == '!' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::map<std::string, std::string, std::less<>> parse_lines(std::string_view text) {
  std::map<std::string, std::string, std::less<>> values;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    values.insert_or_assign(std::string(trim(line.substr(0, equals))), unescape(trim(line.substr(equals + 1))));
  }
  return values;
}

std::optional<std::int32_t> number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<MetaProperties> MetaProperties::parse(std::string_view text) {
  const auto values = parse_lines(text);
  const auto find = [&values](std::string_view key) -> std::optional<std::string> {
    const auto found = values.find(key);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
  const auto version = number(find("version").value_or(""));
  if (!version) return fail(Errc::corrupt, "{} has no version", kFileName);
  if (*version != 1)
    return fail(Errc::unsupported_version, "{} has version {}; version 1 is known", kFileName, *version);
  MetaProperties properties;
  const auto cluster_id = find("cluster.id");
  if (!cluster_id || cluster_id->empty()) return fail(Errc::corrupt, "{} has no cluster.id", kFileName);
  properties.cluster_id = *cluster_id;
  const auto node_id = number(find("node.id").value_or(""));
  if (!node_id || *node_id < 0) return fail(Errc::corrupt, "{} has no node.id", kFileName);
  properties.node_id = {*node_id};
  if (const auto directory = find("directory.id")) {
    const auto id = Uuid::parse(*directory);
    if (!id) return fail(Errc::corrupt, "{}: directory.id: {}", kFileName, id.error().what);
    properties.directory_id = *id;
  }
  return properties;
}

std::string MetaProperties::format(WallTime now) const {
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::string text = fmt::format("#\n#{:%a %b %d %H:%M:%S} UTC {:%Y}\n", fmt::gmtime(time), fmt::gmtime(time));
  text += fmt::format("node.id={}\n", node_id.value);
  if (directory_id) text += fmt::format("directory.id={}\n", directory_id->text());
  text += fmt::format("version={}\ncluster.id={}\n", version, escape(cluster_id));
  return text;
}

Task<Result<std::optional<MetaProperties>>> read_meta_properties(Disk& disk, std::string log_dir) {
  const std::string path = log_dir + "/" + std::string(MetaProperties::kFileName);
  const auto exists = co_await disk.exists(path);
  if (!exists) co_return fail(exists.error());
  if (!*exists) co_return std::nullopt;
  const auto text = co_await disk.read_file(path, kFileBytesMax);
  if (!text) co_return fail(text.error());
  const auto properties = MetaProperties::parse(*text);
  if (!properties) co_return fail(properties.error().code, "{}: {}", path, properties.error().what);
  co_return *properties;
}

Task<Result<void>> write_meta_properties(Disk& disk, std::string log_dir, MetaProperties properties,
                                         WallTime now) {
  if (auto made = co_await disk.make_directory(log_dir); !made) co_return made;
  const std::string path = log_dir + "/" + std::string(MetaProperties::kFileName);
  std::string text = properties.format(now);
  co_return co_await disk.replace_file(path, std::move(text));
}

}  // namespace sluice::raft
