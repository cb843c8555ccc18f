#include "storage/log_files.h"

#include <fmt/format.h>

#include "base/number_text.h"

namespace sluice::log_file {
namespace {
constexpr std::size_t kDigits = 20;
}

std::string path(std::string_view directory, Offset base, std::string_view suffix) {
  return fmt::format("{}/{:020}{}", directory, base.value, suffix);
}

std::optional<Name> parse(std::string_view file_name) {
  if (file_name.size() <= kDigits || file_name[kDigits] != '.') return std::nullopt;
  const auto base = parse_number<std::int64_t>(file_name.substr(0, kDigits));
  if (!base || *base < 0) return std::nullopt;
  return Name{Offset{*base}, file_name.substr(kDigits)};
}

}  // namespace sluice::log_file
