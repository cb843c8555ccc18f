// server/fetch_reader.h: reads the partitions of one fetch, on whatever shards they are, and waits for more.
#pragma once

#include <span>
#include <vector>

#include "replica/partition.h"
#include "server/fetch_session.h"
#include "server/partition_key.h"
#include "server/request_context.h"
#include "wire/error_code.h"

namespace sluice {

struct FetchOptions {
  std::size_t bytes_min = 0;
  std::size_t bytes_max = 0;
  SteadyTime deadline;
  Isolation isolation = Isolation::read_uncommitted;
  std::int16_t api_version = 0;
};

/// One target with what was found for it.
struct FetchedTarget {
  FetchTarget target;
  ErrorCode error = ErrorCode::none;
  PartitionReadResult read;
};

/// Reads `targets` in their order until `bytes_max`; if there is less than `bytes_min` waits for more to be
/// appended, until the deadline. Anything that the client should know at once ends the wait. Runs on the
/// connection's shard.
Task<std::vector<FetchedTarget>> read_targets(RequestContext& context, std::vector<FetchTarget> targets,
                                              FetchOptions options);

}  // namespace sluice
