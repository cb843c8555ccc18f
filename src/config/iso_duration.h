// config/iso_duration.h: durations such as PT1H30M, as by_duration: values of offset resets carry them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice {

/// An ISO 8601 duration of days, hours, minutes and seconds as Java's Duration.parse takes it: PnDTnHnMn.nS,
/// letters of either case, fractions of seconds to the nanosecond. Nothing for other texts, negative ones, and
/// those over a hundred years.
std::optional<std::chrono::nanoseconds> parse_iso_duration(std::string_view text);

}  // namespace sluice
