#include "tools/bench/prepared.h"

#include <algorithm>

#include "record/batch_builder.h"
#include "tools/perf_stats.h"

namespace sluice::tools::bench {

Result<PreparedBatch> PreparedBatch::make(const BatchShape& shape, WallTime now) {
  PreparedBatch prepared;
  BatchBuilder builder(prepared.bytes, {.compression = shape.compression});
  RandomLetters letters;
  std::vector<char> value(shape.record_bytes);
  do {
    letters.fill(value);
    const NewRecord record{.timestamp = now, .value = as_bytes({value.data(), value.size()})};
    if (auto appended = builder.append(record); !appended) return fail(appended.error());
    if (builder.uncompressed_size() + BatchBuilder::size_max(record) > shape.batch_bytes) break;
  } while (true);
  prepared.record_count = static_cast<std::uint64_t>(builder.record_count());
  if (auto finished = builder.finish(); !finished) return fail(finished.error());
  return prepared;
}

PreparedRequest::PreparedRequest(wire::Frame frame, std::span<const Bytes> externals) : frame_(std::move(frame)) {
  const Bytes bytes = frame_.bytes.bytes();
  std::size_t position = kPrefix;
  for (const wire::External& external : frame_.externals) {
    parts_.push_back(bytes.subspan(position, external.position - position));
    parts_.push_back(externals[external.token]);
    position = external.position;
  }
  parts_.push_back(bytes.subspan(position));
}

PreparedRequest::Prefix PreparedRequest::prefix(std::int32_t correlation_id) const {
  constexpr std::size_t kCorrelationId = 8;
  Prefix prefix;
  std::ranges::copy(frame_.bytes.bytes().first(kPrefix), prefix.begin());
  store<std::int32_t>(prefix, kCorrelationId, correlation_id);
  return prefix;
}

std::size_t PreparedRequest::find(std::int64_t number) const {
  std::array<std::byte, sizeof number> wanted;
  store<std::int64_t>(wanted, 0, number);
  const Bytes bytes = frame_.bytes.bytes();
  const auto found = std::ranges::search(bytes, wanted);
  SLUICE_ASSERT(!found.empty());
  return static_cast<std::size_t>(found.begin() - bytes.begin());
}

}  // namespace sluice::tools::bench
