// base/assert.h: what only a bug can break. On in every build; never about numbers from outside.
#pragma once

namespace sluice::detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define SLUICE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::sluice::detail::assertion_failed(#condition, __FILE__, __LINE__))
