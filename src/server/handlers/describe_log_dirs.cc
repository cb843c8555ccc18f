// server/handlers/describe_log_dirs.cc: DescribeLogDirs (API key 35, KIP-113 and KIP-827).
#include <map>

#include "base/crossing.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/wire_code.h"
#include "wire/api/describe_log_dirs.h"

namespace sluice::handlers {
namespace {

using wire::DescribeLogDirsRequest;
using wire::DescribeLogDirsResponse;
using Directory = DescribeLogDirsResponse::DescribeLogDirsResult;

/// A log as its shard sees it.
struct DescribedLog {
  LogName name;
  std::string path;
  std::uint64_t size = 0;
  std::int64_t lag = 0;  ///< Offsets that a future log has yet to get.
  bool is_future = false;
};

Task<std::vector<DescribedLog>> logs_here(BrokerShard& shard) {
  std::vector<DescribedLog> logs;
  for (const auto& partition : shard.partitions().all()) {
    const Log& log = partition->log();
    logs.push_back({.name = partition->name(), .path = log.directory(), .size = log.size()});
    if (const Log* future = partition->future_log())
      logs.push_back({.name = partition->name(),
                      .path = future->directory(),
                      .size = future->size(),
                      .lag = std::max<std::int64_t>(log.end() - future->end(), 0),
                      .is_future = true});
  }
  co_return logs;
}

Task<std::vector<DescribedLog>> all_logs(RequestContext& context) {
  std::vector<DescribedLog> all;
  for (const auto& shard : context.broker.shards()) {
    auto look = [&shard = *shard] { return logs_here(shard); };
    std::vector<DescribedLog> logs = co_await on(shard->loop(), look);
    std::ranges::move(logs, std::back_inserter(all));
  }
  std::ranges::sort(all, {}, &DescribedLog::name);
  co_return all;
}

struct DescribedDirectory {
  std::string path;
  bool offline = false;
  bool cordoned = false;
  std::optional<Disk::Space> space;
};

/// Runs on the first shard.
Task<std::vector<DescribedDirectory>> directories_there(Broker& broker) {
  std::vector<DescribedDirectory> described;
  for (const auto& directory : broker.log_directories().all()) {
    DescribedDirectory one{.path = directory->path(),
                           .offline = directory->offline(),
                           .cordoned = broker.log_directories().is_cordoned(*directory),
                           .space = {}};
    const Result<Disk::Space> space = co_await broker.disk().space(one.path);
    if (space) one.space = *space;
    described.push_back(std::move(one));
  }
  co_return described;
}

bool is_wanted(const DescribeLogDirsRequest& request, const LogName& name) {
  if (!request.topics) return true;
  for (const auto& topic : *request.topics)
    if (topic.topic == name.topic)
      return std::ranges::find(topic.partitions, name.partition) != topic.partitions.end();
  return false;
}

void put_log(RequestContext& context, const DescribedLog& log, Directory& directory) {
  if (directory.topics.empty() || directory.topics.back().name != log.name.topic)
    directory.topics.push_back({.name = context.arena.copy(log.name.topic), .partitions = {}, .unknown_tags = {}});
  directory.topics.back().partitions.push_back({.partition_index = log.name.partition,
                                                .partition_size = static_cast<std::int64_t>(log.size),
                                                .offset_lag = log.lag,
                                                .is_future_key = log.is_future,
                                                .unknown_tags = {}});
}

Task<DescribeLogDirsResponse> answer(RequestContext& context, const DescribeLogDirsRequest& request) {
  Broker& broker = context.broker;
  auto look = [&broker] { return directories_there(broker); };
  const std::vector<DescribedDirectory> directories = co_await on(broker.first_shard().loop(), look);
  const std::vector<DescribedLog> logs = co_await all_logs(context);
  DescribeLogDirsResponse response;
  for (const DescribedDirectory& described : directories) {
    Directory& directory = response.results.emplace_back();
    directory.log_dir = context.arena.copy(described.path);
    directory.is_cordoned = described.cordoned;
    if (described.offline) directory.error_code = ErrorCode::kafka_storage_error;
    if (described.space) {
      directory.total_bytes = static_cast<std::int64_t>(described.space->total);
      directory.usable_bytes = static_cast<std::int64_t>(described.space->free);
    }
    for (const DescribedLog& log : logs)
      if (log.path.starts_with(described.path + "/") && is_wanted(request, log.name))
        put_log(context, log, directory);
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_log_dirs(RequestContext& context) {
  return serve<DescribeLogDirsRequest, DescribeLogDirsResponse>(context, answer);
}

}  // namespace sluice::handlers
