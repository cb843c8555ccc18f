// tests/fuzz/memory_use.h: how much memory a piece of code asks for, in a program that is built with sanitizers.
#pragma once

#include <sanitizer/allocator_interface.h>

#include <cstddef>

#include "base/assert.h"

namespace sluice::fuzz {

/// Adds up all allocations of the program while it lives. One at a time.
class MemoryUse {
 public:
  MemoryUse() {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(&count, [](const volatile void*) {});
    SLUICE_ASSERT(installed > 0);
    allocated() = 0;
  }

  std::size_t bytes() const { return allocated(); }

 private:
  static std::size_t& allocated() {
    static std::size_t bytes = 0;
    return bytes;
  }
  static void count(const volatile void*, std::size_t size) { allocated() += size; }
};

}  // namespace sluice::fuzz
