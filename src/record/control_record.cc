#include "record/control_record.h"

#include <utility>

namespace sluice {

namespace {

// Keys and values begin with a version in two bytes.
Result<void> check(const std::optional<Bytes>& bytes, std::size_t size_min, const char* what) {
  if (!bytes) return fail(Errc::corrupt, "control record without a {}", what);
  if (bytes->size() < size_min)
    return fail(Errc::corrupt, "control record {} of {} bytes, {} needed", what, bytes->size(), size_min);
  const auto version = load<std::int16_t>(*bytes, 0);
  if (version < 0) return fail(Errc::corrupt, "control record {} has version {}", what, version);
  return {};
}

}  // namespace

std::array<std::byte, 4> control_key(ControlType type) {
  std::array<std::byte, 4> key{};
  store(key, 2, std::to_underlying(type));
  return key;
}

Result<std::optional<ControlType>> parse_control_key(std::optional<Bytes> key) {
  if (const Result<void> checked = check(key, 4, "key"); !checked) return fail(checked.error());
  const auto type = load<std::int16_t>(*key, 2);
  if (type < std::to_underlying(ControlType::abort) || type > std::to_underlying(ControlType::kraft_voters))
    return std::nullopt;
  return static_cast<ControlType>(type);
}

std::array<std::byte, 6> EndTxnMarker::encode() const {
  std::array<std::byte, 6> value{};
  store(value, 2, coordinator_epoch);
  return value;
}

Result<EndTxnMarker> EndTxnMarker::parse(std::optional<Bytes> value) {
  if (const Result<void> checked = check(value, 6, "value"); !checked) return fail(checked.error());
  return EndTxnMarker{.coordinator_epoch = load<std::int32_t>(*value, 2)};
}

}  // namespace sluice
