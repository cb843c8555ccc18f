// server/handlers/handlers.h: a function per API; each is in the file of its name.
#pragma once

#include "base/result.h"
#include "base/task.h"
#include "server/reply.h"

namespace sluice {
struct RequestContext;
}

namespace sluice::handlers {

Task<Result<Reply>> add_offsets_to_txn(RequestContext& context);
Task<Result<Reply>> add_partitions_to_txn(RequestContext& context);
Task<Result<Reply>> alter_configs(RequestContext& context);
Task<Result<Reply>> alter_replica_log_dirs(RequestContext& context);
Task<Result<Reply>> alter_share_group_offsets(RequestContext& context);
Task<Result<Reply>> api_versions(RequestContext& context);
Task<Result<Reply>> consumer_group_describe(RequestContext& context);
Task<Result<Reply>> consumer_group_heartbeat(RequestContext& context);
Task<Result<Reply>> create_partitions(RequestContext& context);
Task<Result<Reply>> create_topics(RequestContext& context);
Task<Result<Reply>> delete_groups(RequestContext& context);
Task<Result<Reply>> delete_records(RequestContext& context);
Task<Result<Reply>> delete_share_group_offsets(RequestContext& context);
Task<Result<Reply>> delete_share_group_state(RequestContext& context);
Task<Result<Reply>> delete_topics(RequestContext& context);
Task<Result<Reply>> describe_cluster(RequestContext& context);
Task<Result<Reply>> describe_configs(RequestContext& context);
Task<Result<Reply>> describe_groups(RequestContext& context);
Task<Result<Reply>> describe_log_dirs(RequestContext& context);
Task<Result<Reply>> describe_producers(RequestContext& context);
Task<Result<Reply>> describe_quorum(RequestContext& context);
Task<Result<Reply>> describe_share_group_offsets(RequestContext& context);
Task<Result<Reply>> describe_topic_partitions(RequestContext& context);
Task<Result<Reply>> describe_transactions(RequestContext& context);
Task<Result<Reply>> end_txn(RequestContext& context);
Task<Result<Reply>> fetch(RequestContext& context);
Task<Result<Reply>> find_coordinator(RequestContext& context);
Task<Result<Reply>> get_telemetry_subscriptions(RequestContext& context);
Task<Result<Reply>> heartbeat(RequestContext& context);
Task<Result<Reply>> incremental_alter_configs(RequestContext& context);
Task<Result<Reply>> initialize_share_group_state(RequestContext& context);
Task<Result<Reply>> init_producer_id(RequestContext& context);
Task<Result<Reply>> join_group(RequestContext& context);
Task<Result<Reply>> leave_group(RequestContext& context);
Task<Result<Reply>> list_config_resources(RequestContext& context);
Task<Result<Reply>> list_groups(RequestContext& context);
Task<Result<Reply>> list_offsets(RequestContext& context);
Task<Result<Reply>> list_transactions(RequestContext& context);
Task<Result<Reply>> metadata(RequestContext& context);
Task<Result<Reply>> offset_commit(RequestContext& context);
Task<Result<Reply>> offset_delete(RequestContext& context);
Task<Result<Reply>> offset_fetch(RequestContext& context);
Task<Result<Reply>> offset_for_leader_epoch(RequestContext& context);
Task<Result<Reply>> produce(RequestContext& context);
Task<Result<Reply>> push_telemetry(RequestContext& context);
Task<Result<Reply>> read_share_group_state(RequestContext& context);
Task<Result<Reply>> read_share_group_state_summary(RequestContext& context);
Task<Result<Reply>> share_acknowledge(RequestContext& context);
Task<Result<Reply>> share_fetch(RequestContext& context);
Task<Result<Reply>> share_group_describe(RequestContext& context);
Task<Result<Reply>> share_group_heartbeat(RequestContext& context);
Task<Result<Reply>> streams_group_describe(RequestContext& context);
Task<Result<Reply>> streams_group_heartbeat(RequestContext& context);
Task<Result<Reply>> sync_group(RequestContext& context);
Task<Result<Reply>> txn_offset_commit(RequestContext& context);
Task<Result<Reply>> update_features(RequestContext& context);
Task<Result<Reply>> write_share_group_state(RequestContext& context);
Task<Result<Reply>> write_txn_markers(RequestContext& context);

}  // namespace sluice::handlers
