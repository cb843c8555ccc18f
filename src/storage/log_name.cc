#include "storage/log_name.h"

#include "base/number_text.h"

namespace sluice {
namespace {

constexpr std::size_t kNameSizeMax = 255;

constexpr std::string_view suffix_of(LogDirectoryKind kind) {
  switch (kind) {
    case LogDirectoryKind::current: return "";
    case LogDirectoryKind::future: return "-future";
    case LogDirectoryKind::deleted: return "-delete";
    case LogDirectoryKind::stray: return "-stray";
  }
  return "";
}

std::optional<LogName> parse_log(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto partition = parse_number<std::int32_t>(name.substr(dash + 1));
  if (!partition || *partition < 0) return std::nullopt;
  return LogName{std::string(name.substr(0, dash)), PartitionIndex{*partition}};
}

}  // namespace

std::optional<LogDirectoryName> LogDirectoryName::parse(std::string_view name) {
  for (const auto kind : {LogDirectoryKind::future, LogDirectoryKind::deleted, LogDirectoryKind::stray}) {
    const std::string_view suffix = suffix_of(kind);
    if (!name.ends_with(suffix)) continue;
    const std::string_view rest = name.substr(0, name.size() - suffix.size());
    const std::size_t dot = rest.rfind('.');  // A topic's name may have dots; what is unique has none.
    if (dot == std::string_view::npos) continue;
    if (auto log = parse_log(rest.substr(0, dot))) return LogDirectoryName{std::move(*log), kind};
  }
  auto log = parse_log(name);
  if (!log) return std::nullopt;
  return LogDirectoryName{std::move(*log), LogDirectoryKind::current};
}

std::string LogDirectoryName::format(const LogName& log, LogDirectoryKind kind, std::string_view unique) {
  if (kind == LogDirectoryKind::current) return log.text();
  const std::string tail =
      "-" + std::to_string(log.partition.value) + "." + std::string(unique) + std::string(suffix_of(kind));
  return log.topic.substr(0, kNameSizeMax - tail.size()) + tail;
}

}  // namespace sluice
