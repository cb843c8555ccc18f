// bench/micro/batches.h: batches such as producers send.
#pragma once

#include <string>

#include "base/buffer.h"
#include "record/batch_builder.h"

namespace sluice::micro {

/// A batch of `count` records with values of `record_bytes` letters, as a producer without idempotence sends it.
inline Buffer make_batch(int count, std::size_t record_bytes, Codec codec = Codec::none) {
  Buffer bytes;
  BatchBuilder builder(bytes, {.compression = {.codec = codec}});
  std::string value(record_bytes, ' ');
  std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    for (char& letter : value)
      letter = static_cast<char>('A' + ((state = state * 1664525 + 1013904223) >> 24) % 26);
    const auto appended = builder.append(
        {.timestamp = WallTime{std::chrono::milliseconds{1'700'000'000'000 + i}}, .value = as_bytes(value)});
    SLUICE_ASSERT(appended.has_value());
  }
  const auto finished = builder.finish();
  SLUICE_ASSERT(finished.has_value());
  return bytes;
}

}  // namespace sluice::micro
