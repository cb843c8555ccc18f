#include "raft/snapshot_id.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::raft {
namespace {

constexpr std::size_t kOffsetDigits = 20;
constexpr std::size_t kEpochDigits = 10;
constexpr std::string_view kSuffix = ".checkpoint";

template <class Number>
std::optional<Number> digits(std::string_view text) {
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  Number value{};
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::string SnapshotId::text() const { return fmt::format("{:020}-{:010}", end.value, epoch.value); }

std::string snapshot_file_name(const SnapshotId& id) { return id.text() + std::string(kSuffix); }

std::optional<SnapshotFileName> SnapshotFileName::parse(std::string_view name) {
  constexpr std::size_t kEpochAt = kOffsetDigits + 1;
  constexpr std::size_t kSuffixAt = kEpochAt + kEpochDigits;
  if (name.size() < kSuffixAt + kSuffix.size() || name[kOffsetDigits] != '-') return std::nullopt;
  const auto offset = digits<std::int64_t>(name.substr(0, kOffsetDigits));
  const auto epoch = digits<std::int32_t>(name.substr(kEpochAt, kEpochDigits));
  if (!offset || !epoch) return std::nullopt;

  using State = SnapshotFileName::State;
  const SnapshotId id{{*offset}, {*epoch}};
  const std::string_view rest = name.substr(kSuffixAt);
  if (rest == kSuffix) return SnapshotFileName{id, State::whole};
  if (rest == std::string(kSuffix) + std::string(kSnapshotDeletedSuffix))
    return SnapshotFileName{id, State::deleted};
  // Kafka puts digits of its own before the suffix, to tell several apart.
  if (rest.ends_with(std::string(kSuffix) + std::string(kSnapshotPartialSuffix)))
    return SnapshotFileName{id, State::partial};
  return std::nullopt;
}

}  // namespace sluice::raft
