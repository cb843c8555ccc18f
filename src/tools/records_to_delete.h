// tools/records_to_delete.h: the file that tells kafka-delete-records.sh before which offsets to delete.
#pragma once

#include <map>
#include <string_view>

#include "base/result.h"
#include "client/topic_partition.h"

namespace sluice::tools {

/// Reads {"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1}. -1 is the end.
/// Errors: invalid_argument.
Result<std::map<client::TopicPartition, Offset>> parse_records_to_delete(std::string_view json);

}  // namespace sluice::tools
