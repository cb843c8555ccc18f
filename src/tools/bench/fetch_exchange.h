// tools/bench/fetch_exchange.h: Fetch requests, each going on where the answer to the one before ended.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"
#include "tools/bench/timeline.h"

namespace sluice::tools::bench {

struct FetchShape {
  std::int32_t wait_ms_max = 500;
  std::int32_t bytes_min = 1;
  std::int32_t bytes_max = 50 * 1024 * 1024;
  std::int32_t partition_bytes_max = 1024 * 1024;
  bool check_crcs = false;
  bool rewind = false;  ///< Begins anew at a partition's end, instead of waiting there.
};

/// Where latencies from a batch's sending to its arrival come from and go to.
struct EndToEnd {
  const Timeline* timeline;
  const Window* window;
  Histogram* latency;
};

/// One consumer's connection. It looks at the headers of the batches that come and, if told so, at their CRCs; the
/// records it leaves alone.
class FetchExchange final : public Exchange {
 public:
  /// The version that clients of Kafka 4 use.
  static constexpr std::int16_t kVersion = 17;

  /// Reads `share` from the offsets `from`. Errors: those of encoding.
  static Result<std::unique_ptr<FetchExchange>> make(const Target& target, const Target::Share& share,
                                                     const std::map<PartitionIndex, Offset>& from,
                                                     FetchShape shape, std::optional<EndToEnd> end_to_end);

  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  struct Position {
    Offset offset;
    std::size_t place;  ///< Of the offset in the request.
  };
  Result<void> take_records(PartitionIndex partition, Bytes records, Time now, Work& work);

  FetchShape shape_;
  std::optional<EndToEnd> end_to_end_;
  std::optional<PreparedRequest> request_;
  std::map<PartitionIndex, Position> positions_;
};

}  // namespace sluice::tools::bench
