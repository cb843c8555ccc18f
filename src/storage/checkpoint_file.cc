#include "storage/checkpoint_file.h"

#include <algorithm>
#include <utility>

#include "base/number_text.h"

namespace sluice {
namespace checkpoint {

std::optional<std::int64_t> number(std::string_view text) { return parse_number<std::int64_t>(text); }

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? "" : text.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t blank = line.find_first_of(" \t");
    if (blank != 0) words.push_back(line.substr(0, blank));
    line = blank == std::string_view::npos ? "" : line.substr(blank + 1);
  }
  return words;
}

}  // namespace

Result<std::vector<std::vector<std::string_view>>> parse(std::string_view text) {
  const std::string_view version_line = take_line(text);
  const auto version = number(version_line);
  if (!version) return fail(Errc::corrupt, "the first line '{}' is not a version", version_line.substr(0, 40));
  if (*version != 0) return fail(Errc::unsupported_version, "a checkpoint of version {}, not 0", *version);
  const std::string_view count_line = take_line(text);
  const auto count = number(count_line);
  if (!count || *count < 0)
    return fail(Errc::corrupt, "the second line '{}' is not a number of lines", count_line.substr(0, 40));

  std::vector<std::vector<std::string_view>> lines;
  while (!text.empty()) lines.push_back(split(take_line(text)));
  if (std::cmp_not_equal(lines.size(), *count))
    return fail(Errc::corrupt, "{} lines where {} were announced", lines.size(), *count);
  return lines;
}

std::string format(const std::vector<std::string>& lines) {
  std::string text = fmt::format("0\n{}\n", lines.size());
  for (const std::string& line : lines) {
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace checkpoint

Result<OffsetCheckpoint::Offsets> OffsetCheckpoint::parse(std::string_view text) {
  const auto lines = checkpoint::parse(text);
  if (!lines) return fail(lines.error());
  Offsets offsets;
  for (const auto& words : *lines) {
    if (words.size() != 3)
      return fail(Errc::corrupt, "a line of {} words, not topic, partition, offset", words.size());
    const auto partition = checkpoint::number(words[1]);
    const auto offset = checkpoint::number(words[2]);
    if (!partition || !std::in_range<std::int32_t>(*partition) || *partition < 0 || !offset)
      return fail(Errc::corrupt, "'{} {} {}' is not topic, partition, offset", words[0], words[1], words[2]);
    offsets[{std::string(words[0]), {static_cast<std::int32_t>(*partition)}}] = {*offset};
  }
  return offsets;
}

std::string OffsetCheckpoint::format(const Offsets& offsets) {
  std::vector<std::string> lines;
  lines.reserve(offsets.size());
  for (const auto& [log, offset] : offsets)
    lines.push_back(fmt::format("{} {} {}", log.topic, log.partition.value, offset.value));
  return checkpoint::format(lines);
}

Task<Result<OffsetCheckpoint::Offsets>> OffsetCheckpoint::read(Disk& disk) const {
  const auto text = co_await disk.read_file(path_, checkpoint::kFileBytesMax);
  if (!text && text.error().code == Errc::not_found) co_return Offsets{};
  if (!text) co_return fail(text.error());
  auto offsets = parse(*text);
  if (!offsets) co_return fail(offsets.error().code, "{}: {}", path_, offsets.error().what);
  co_return offsets;
}

Task<Result<void>> OffsetCheckpoint::write(Disk& disk, Offsets offsets) const {
  co_return co_await disk.replace_file(path_, format(offsets));
}

}  // namespace sluice
