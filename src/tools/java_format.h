// tools/java_format.h: numbers and dates as Java prints them, where Kafka's commands leave that to it.
#pragma once

#include <string>
#include <string_view>

#include "base/loop.h"

namespace sluice::tools {

/// A double as Double.toString prints it: 50.0, 1.048576E7.
std::string java_double(double value);

/// A double with so many digits behind the point, as printf's %.nf; NaN and Infinity by these names.
std::string java_fixed(double value, int digits);

/// A time in the local time zone by a pattern of SimpleDateFormat: yyyy-MM-dd HH:mm:ss:SSS. It knows the letters
/// y M d H k K h m s S a E D Z X and quoted texts; other letters stand for themselves.
std::string java_date(std::string_view pattern, WallTime time);

}  // namespace sluice::tools
