#include "tools/offset_deletion.h"

#include "tools/group_reset.h"
#include "tools/group_tables.h"
#include "tools/kafka_error.h"

namespace sluice::tools {
namespace {

using client::Admin;
using client::TopicPartition;

/// What there is to say of all partitions together.
std::string headline(ErrorCode code, const std::string& group) {
  switch (code) {
    case ErrorCode::none: return fmt::format("Request succeeded for deleting offsets from group {}.", group);
    case ErrorCode::invalid_group_id:
    case ErrorCode::group_id_not_found:
    case ErrorCode::group_authorization_failed:
    case ErrorCode::non_empty_group: return std::string(message(code));
    case ErrorCode::group_subscribed_to_topic:
    case ErrorCode::topic_authorization_failed:
    case ErrorCode::unknown_topic_or_partition:
      return "Encountered some partition-level error, see the follow-up details.";
    default: return fmt::format("Encountered some unknown error: {}", name(code));
  }
}

}  // namespace

Task<Done> delete_group_offsets(Admin& admin, std::string group, PartitionSet partitions,
                                std::map<TopicPartition, std::string> results) {
  // Also without partitions, so that it is told whether there is the group.
  ErrorCode code = ErrorCode::none;
  const auto deleted = co_await admin.delete_group_offsets(group, partitions);
  if (!deleted && is_unreachable(deleted.error())) co_return refused(deleted.error(), true);
  if (!deleted) code = deleted.error().code;
  for (const TopicPartition& partition : partitions) {
    std::string& result = results[partition];
    if (!deleted) result = exception_text(deleted.error());
    if (!deleted) continue;
    const auto found = deleted->find(partition);
    if (found == deleted->end() || found->second) continue;
    code = found->second.error().code;
    result = exception_text(found->second.error());
  }
  if (code == ErrorCode::none)
    fmt::print("{}\n", headline(code, group));
  else
    print_error(headline(code, group));
  fmt::print("{}", deleted_offsets_table(results));
  co_return Done{};
}

Task<Done> delete_group_offsets(Admin& admin, std::string group, std::vector<std::string> topics) {
  auto selection = parse_topic_selection(topics);
  if (!selection) co_return wrong_usage(selection.error().what);
  std::map<TopicPartition, std::string> results;
  const auto described = co_await admin.describe_topics(std::move(selection->topics));
  PartitionSet partitions = std::move(selection->partitions);
  for (const auto& [topic, found] : described) {
    if (!found && is_unreachable(found.error())) co_return refused(found.error(), true);
    if (!found) results[{topic, PartitionIndex{-1}}] = exception_text(found.error());
    if (!found) continue;
    for (const client::PartitionInfo& partition : found->partitions)
      partitions.insert({topic, partition.partition});
  }
  co_return co_await delete_group_offsets(admin, std::move(group), std::move(partitions), std::move(results));
}

Task<Done> delete_offsets(Admin& admin, const Options& options) {
  return delete_group_offsets(admin, options.get("group", ""), options.all("topic"));
}

}  // namespace sluice::tools
