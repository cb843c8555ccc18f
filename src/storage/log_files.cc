#include "storage/log_files.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::log_file {
namespace {
constexpr std::size_t kDigits = 20;
}

std::string path(std::string_view directory, Offset base, std::string_view suffix) {
  return fmt::format("{}/{:020}{}", directory, base.value, suffix);
}

std::optional<Name> parse(std::string_view file_name) {
  if (file_name.size() <= kDigits || file_name[kDigits] != '.') return std::nullopt;
  Offset base;
  const char* const end = file_name.data() + kDigits;
  const auto [stopped, error] = std::from_chars(file_name.data(), end, base.value);
  if (error != std::errc{} || stopped != end || base.value < 0) return std::nullopt;
  return Name{base, file_name.substr(kDigits)};
}

}  // namespace sluice::log_file
