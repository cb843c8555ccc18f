#include "server/dispatch.h"

#include <algorithm>
#include <array>

#include "server/handlers/handlers.h"
#include "wire/api_table.h"

namespace sluice {
namespace {

struct Entry {
  ApiKey key;
  Handler handler;
};

constexpr Entry kEntries[] = {
    {ApiKey::produce, handlers::produce},
    {ApiKey::fetch, handlers::fetch},
    {ApiKey::list_offsets, handlers::list_offsets},
    {ApiKey::metadata, handlers::metadata},
    {ApiKey::offset_commit, handlers::offset_commit},
    {ApiKey::offset_fetch, handlers::offset_fetch},
    {ApiKey::find_coordinator, handlers::find_coordinator},
    {ApiKey::join_group, handlers::join_group},
    {ApiKey::heartbeat, handlers::heartbeat},
    {ApiKey::leave_group, handlers::leave_group},
    {ApiKey::sync_group, handlers::sync_group},
    {ApiKey::describe_groups, handlers::describe_groups},
    {ApiKey::list_groups, handlers::list_groups},
    {ApiKey::api_versions, handlers::api_versions},
    {ApiKey::create_topics, handlers::create_topics},
    {ApiKey::delete_topics, handlers::delete_topics},
    {ApiKey::delete_records, handlers::delete_records},
    {ApiKey::init_producer_id, handlers::init_producer_id},
    {ApiKey::offset_for_leader_epoch, handlers::offset_for_leader_epoch},
    {ApiKey::add_partitions_to_txn, handlers::add_partitions_to_txn},
    {ApiKey::add_offsets_to_txn, handlers::add_offsets_to_txn},
    {ApiKey::end_txn, handlers::end_txn},
    {ApiKey::write_txn_markers, handlers::write_txn_markers},
    {ApiKey::txn_offset_commit, handlers::txn_offset_commit},
    {ApiKey::describe_configs, handlers::describe_configs},
    {ApiKey::alter_configs, handlers::alter_configs},
    {ApiKey::alter_replica_log_dirs, handlers::alter_replica_log_dirs},
    {ApiKey::describe_log_dirs, handlers::describe_log_dirs},
    {ApiKey::create_partitions, handlers::create_partitions},
    {ApiKey::delete_groups, handlers::delete_groups},
    {ApiKey::incremental_alter_configs, handlers::incremental_alter_configs},
    {ApiKey::offset_delete, handlers::offset_delete},
    {ApiKey::describe_quorum, handlers::describe_quorum},
    {ApiKey::update_features, handlers::update_features},
    {ApiKey::describe_cluster, handlers::describe_cluster},
    {ApiKey::describe_producers, handlers::describe_producers},
    {ApiKey::describe_transactions, handlers::describe_transactions},
    {ApiKey::list_transactions, handlers::list_transactions},
    {ApiKey::consumer_group_heartbeat, handlers::consumer_group_heartbeat},
    {ApiKey::consumer_group_describe, handlers::consumer_group_describe},
    {ApiKey::share_group_heartbeat, handlers::share_group_heartbeat},
    {ApiKey::share_group_describe, handlers::share_group_describe},
    {ApiKey::share_fetch, handlers::share_fetch},
    {ApiKey::share_acknowledge, handlers::share_acknowledge},
    {ApiKey::initialize_share_group_state, handlers::initialize_share_group_state},
    {ApiKey::read_share_group_state, handlers::read_share_group_state},
    {ApiKey::write_share_group_state, handlers::write_share_group_state},
    {ApiKey::delete_share_group_state, handlers::delete_share_group_state},
    {ApiKey::read_share_group_state_summary, handlers::read_share_group_state_summary},
    {ApiKey::streams_group_heartbeat, handlers::streams_group_heartbeat},
    {ApiKey::streams_group_describe, handlers::streams_group_describe},
    {ApiKey::streams_group_topology_description_update, handlers::streams_group_topology_description_update},
    {ApiKey::describe_share_group_offsets, handlers::describe_share_group_offsets},
    {ApiKey::alter_share_group_offsets, handlers::alter_share_group_offsets},
    {ApiKey::delete_share_group_offsets, handlers::delete_share_group_offsets},
    {ApiKey::get_telemetry_subscriptions, handlers::get_telemetry_subscriptions},
    {ApiKey::push_telemetry, handlers::push_telemetry},
    {ApiKey::list_config_resources, handlers::list_config_resources},
    {ApiKey::describe_topic_partitions, handlers::describe_topic_partitions},
};

/// Without a version that is still being worked on.
wire::VersionRange served_versions(ApiKey key) {
  const wire::ApiInfo& info = wire::api_info(key);
  wire::VersionRange versions = info.versions;
  if (info.latest_version_unstable) --versions.high;
  return versions;
}

std::array<ServedApi, std::size(kEntries)> make_table() {
  std::array<ServedApi, std::size(kEntries)> table;
  std::ranges::transform(kEntries, table.begin(), [](const Entry& entry) {
    return ServedApi{.key = entry.key,
                     .versions = served_versions(entry.key),
                     .all_versions = wire::api_info(entry.key).versions,
                     .handler = entry.handler};
  });
  std::ranges::sort(table, {}, &ServedApi::key);
  return table;
}

}  // namespace

std::span<const ServedApi> served_apis() {
  static const std::array<ServedApi, std::size(kEntries)> kTable = make_table();
  return kTable;
}

const ServedApi* find_served_api(ApiKey key) {
  const std::span<const ServedApi> apis = served_apis();
  const auto found = std::ranges::lower_bound(apis, key, {}, &ServedApi::key);
  return found != apis.end() && found->key == key ? &*found : nullptr;
}

}  // namespace sluice
