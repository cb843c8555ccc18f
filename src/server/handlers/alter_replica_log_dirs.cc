// server/handlers/alter_replica_log_dirs.cc: AlterReplicaLogDirs (API key 34, KIP-113): moves of this broker's
// partitions to other log directories. The answer comes when a move has begun; DescribeLogDirs shows how far it
// is.
#include "wire/api/alter_replica_log_dirs.h"
#include "server/handlers/handlers.h"
#include "server/on_partition.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::AlterReplicaLogDirsRequest;
using wire::AlterReplicaLogDirsResponse;

ErrorCode code_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found: return ErrorCode::log_dir_not_found;
    case Errc::not_leader: return ErrorCode::replica_not_available;
    case Errc::refused: return ErrorCode::invalid_replica_assignment;
    default: return wire_code(error.code);
  }
}

Task<ErrorCode> move(RequestContext& context, std::string_view directory, std::string_view topic,
                     PartitionIndex partition) {
  const Result<PartitionKey> key = find_partition(context, topic, partition);
  if (!key) co_return wire_code(key.error().code);
  Broker& broker = context.broker;
  auto begin = [&broker, key = *key, path = std::string(directory)] {
    return broker.replicas().move_partition(key, path, broker.layers().effective());
  };
  const Result<void> begun = co_await on(broker.first_shard().loop(), begin);
  co_return begun ? ErrorCode::none : code_of(begun.error());
}

Task<AlterReplicaLogDirsResponse> answer(RequestContext& context, const AlterReplicaLogDirsRequest& request) {
  AlterReplicaLogDirsResponse response;
  for (const auto& directory : request.dirs) {
    for (const auto& topic : directory.topics) {
      auto found = std::ranges::find(response.results, topic.name,
                                     &AlterReplicaLogDirsResponse::AlterReplicaLogDirTopicResult::topic_name);
      if (found == response.results.end()) {
        response.results.push_back({.topic_name = topic.name, .partitions = {}, .unknown_tags = {}});
        found = std::prev(response.results.end());
      }
      for (const PartitionIndex partition : topic.partitions) {
        const ErrorCode code = co_await move(context, directory.path, topic.name, partition);
        found->partitions.push_back({.partition_index = partition, .error_code = code, .unknown_tags = {}});
      }
    }
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> alter_replica_log_dirs(RequestContext& context) {
  return serve<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(context, answer);
}

}  // namespace sluice::handlers
