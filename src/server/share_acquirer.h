// server/share_acquirer.h: acquires records for one fetch of a share group's member, from partitions on whatever
// shards they are, and waits for more.
#pragma once

#include <string_view>
#include <vector>

#include "config/group_config.h"
#include "server/partition_key.h"
#include "server/reply.h"
#include "server/request_context.h"
#include "share/delivery.h"
#include "wire/error_code.h"

namespace sluice {

struct ShareFetchOptions {
  std::string_view group;
  std::string_view member;
  ShareGroupConfig config;
  AcquireLimits limits;
  std::size_t bytes_max = 0;
  SteadyTime deadline;
};

/// What was acquired of one partition. The records are whole batches, which may have more than what was acquired.
struct AcquiredRecords {
  PartitionKey key;
  ErrorCode error = ErrorCode::none;
  std::vector<AcquiredRange> acquired;
  RecordsSource records;
  std::size_t bytes = 0;  ///< Of the records.
};

/// Goes through `keys` in their order until a limit is reached; where nothing can be acquired waits for it until
/// the deadline. Partitions of which there is nothing to say are left out. Runs on the connection's shard.
Task<std::vector<AcquiredRecords>> acquire_records(RequestContext& context, std::vector<PartitionKey> keys,
                                                   ShareFetchOptions options);

}  // namespace sluice
