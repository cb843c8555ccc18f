#include "storage/meta_properties.h"

#include <utility>

#include "storage/checkpoint_file.h"

namespace sluice {
namespace {

constexpr std::size_t kFileBytesMax = 64 << 10;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

std::string_view trim_front(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

/// Takes the escapes out of a key or value; those for characters beyond ASCII do not occur in these files.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

/// The lines of a Java properties file, without those that are blank or comments.
std::map<std::string, std::string> parse_properties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = trim_front(text.substr(0, end));
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    std::size_t at = 0;
    while (at < line.size() && line[at] != '=' && line[at] != ':' && !is_blank(line[at]))
      at += line[at] == '\\' ? 2 : 1;
    at = std::min(at, line.size());
    std::string_view value = trim_front(line.substr(at));
    if (value.starts_with('=') || value.starts_with(':')) value = trim_front(value.substr(1));
    properties[unescape(line.substr(0, at))] = unescape(value);
  }
  return properties;
}

Result<std::optional<std::int32_t>> number_of(const std::map<std::string, std::string>& properties,
                                              const char* key) {
  const auto found = properties.find(key);
  if (found == properties.end()) return std::nullopt;
  const auto number = checkpoint::number(found->second);
  if (!number || !std::in_range<std::int32_t>(*number))
    return fail(Errc::corrupt, "{} is '{}', not a number", key, found->second);
  return static_cast<std::int32_t>(*number);
}

/// As Java's Date.toString() has it, in UTC.
std::string date_line(WallTime now) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} UTC {}", kDays[std::chrono::weekday(day).c_encoding()],
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     static_cast<int>(date.year()));
}

}  // namespace

Result<MetaProperties> MetaProperties::parse(std::string_view text) {
  const auto properties = parse_properties(text);
  const auto version = number_of(properties, "version");
  if (!version) return fail(version.error());
  MetaProperties meta;
  meta.version = version->value_or(0);
  if (meta.version != 0 && meta.version != 1)
    return fail(Errc::unsupported_version, "version {} of meta.properties, not 0 or 1", meta.version);
  const auto node = number_of(properties, meta.version == 1 ? "node.id" : "broker.id");
  if (!node) return fail(node.error());
  if (*node) meta.node_id = NodeId{**node};
  if (meta.version == 1 && !meta.node_id) return fail(Errc::corrupt, "node.id is missing");
  if (const auto cluster = properties.find("cluster.id"); cluster != properties.end())
    meta.cluster_id = cluster->second;
  if (meta.version == 1 && !meta.cluster_id) return fail(Errc::corrupt, "cluster.id is missing");
  if (const auto directory = properties.find("directory.id"); directory != properties.end()) {
    const auto id = Uuid::parse(directory->second);
    if (!id) return fail(Errc::corrupt, "directory.id: {}", id.error().what);
    meta.directory_id = *id;
  }
  return meta;
}

std::string MetaProperties::format(WallTime now) const {
  std::string text = "#\n#" + date_line(now) + "\n";
  if (node_id) text += fmt::format("{}={}\n", version == 0 ? "broker.id" : "node.id", node_id->value);
  if (directory_id) text += "directory.id=" + directory_id->text() + "\n";
  text += fmt::format("version={}\n", version);
  if (cluster_id) text += "cluster.id=" + *cluster_id + "\n";
  return text;
}

Task<Result<std::optional<MetaProperties>>> MetaProperties::read(Disk& disk, std::string directory) {
  const std::string path = directory + "/" + std::string(kFileName);
  const auto text = co_await disk.read_file(path, kFileBytesMax);
  if (!text && text.error().code == Errc::not_found) co_return std::nullopt;
  if (!text) co_return fail(text.error());
  auto meta = parse(*text);
  if (!meta) co_return fail(meta.error().code, "{}: {}", path, meta.error().what);
  co_return std::move(*meta);
}

Task<Result<void>> MetaProperties::write(Disk& disk, std::string directory, WallTime now) const {
  co_return co_await disk.replace_file(directory + "/" + std::string(kFileName), format(now));
}

}  // namespace sluice
