#include "controller/controller.h"

#include <type_traits>

#include "controller/alter_configs.h"
#include "controller/broker_heartbeat.h"
#include "controller/broker_registration.h"
#include "controller/create_partitions.h"
#include "controller/delete_topics.h"
#include "controller/producer_ids.h"
#include "controller/revoke.h"
#include "controller/update_features.h"
#include "metadata/image_records.h"

namespace sluice {
namespace {

/// How often sessions and snapshots are looked after.
constexpr std::chrono::seconds kWatchInterval{1};
/// How many records of a snapshot are put together before the shard may do something else.
constexpr std::size_t kSnapshotChunk = 1024;

}  // namespace

Controller::Controller(Loop& loop, ControllerOptions options)
    : loop_(loop),
      options_(std::move(options)),
      layers_(options_.config),
      replay_(std::make_shared<MetadataImage>()),
      sessions_(options_.session_timeout),
      turns_(loop),
      snapshots_(loop),
      tasks_(loop),
      snapshot_time_(loop.now()),
      snapshot_bytes_due_(options_.snapshot_bytes) {}

Controller::~Controller() = default;

DecisionContext Controller::context() const {
  return {.image = *replay_.image(), .config = layers_.effective(), .loop = loop_, .next_offset = log_->end()};
}

template <class Decide>
auto Controller::decide_and_commit(Decide decide)
    -> Reply<typename std::invoke_result_t<Decide&, const DecisionContext&>::Message> {
  const Turns::Turn turn = co_await turns_.turn();
  auto decision = decide(context());
  if (decision.records.empty()) co_return std::move(decision.answer);
  auto committed = closing_ ? Result<void>(fail(Errc::closed, "The controller is ending."))
                            : co_await commit(decision.records, decision.grouping);
  if (!committed) revoke(decision.answer, committed.error());
  co_return std::move(decision.answer);
}

Task<Result<void>> Controller::commit(const RecordList& records, raft::Grouping grouping) {
  const std::vector<Bytes> values = records.values();
  const auto appended = co_await log_->append(values, grouping);
  if (!appended) co_return fail(appended.error());
  const auto applied = replay_.apply(
      {.base_offset = appended->base, .epoch = appended->epoch, .append_time = appended->time, .records = values});
  // A record that this controller wrote and cannot read would stop every node of the cluster.
  SLUICE_ASSERT(applied.has_value());
  snapshot_bytes_due_ -= static_cast<std::int64_t>(records.byte_size());
  co_await publish();
  co_return Result<void>{};
}

Task<void> Controller::publish() {
  auto update = replay_.take_update();
  if (!update) co_return;
  take_in_configs(update->changes);
  if (!options_.publish) co_return;
  Task<void> published = options_.publish(std::move(*update));
  co_await std::move(published);
}

void Controller::take_in_configs(const MetadataChanges& changes) {
  const ConfigsImage& configs = replay_.image()->configs;
  const std::string own = std::to_string(options_.node_id.value);
  for (const ConfigResource& resource : changes.configs) {
    if (resource.type != ConfigResourceType::broker) continue;
    if (resource.name.empty())
      layers_.replace_cluster_settings(configs.of(resource.type, resource.name));
    else if (resource.name == own)
      layers_.replace_broker_settings(configs.of(resource.type, resource.name));
  }
}

Controller::Reply<wire::CreateTopicsResponse> Controller::create_topics(const wire::CreateTopicsRequest& request) {
  const CreateTopicsOptions options{.layers = &layers_, .may_describe_configs = {}};
  const auto decide = [&](const DecisionContext& context) {
    return sluice::create_topics(context, request, options);
  };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::DeleteTopicsResponse> Controller::delete_topics(const wire::DeleteTopicsRequest& request) {
  const auto decide = [&](const DecisionContext& context) { return sluice::delete_topics(context, request); };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::CreatePartitionsResponse> Controller::create_partitions(
    const wire::CreatePartitionsRequest& request) {
  const auto decide = [&](const DecisionContext& context) { return sluice::create_partitions(context, request); };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::IncrementalAlterConfigsResponse> Controller::incremental_alter_configs(
    const wire::IncrementalAlterConfigsRequest& request) {
  const auto decide = [&](const DecisionContext& context) { return sluice::alter_configs(context, request); };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::AlterConfigsResponse> Controller::alter_configs(const wire::AlterConfigsRequest& request) {
  const auto decide = [&](const DecisionContext& context) { return sluice::alter_configs(context, request); };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::UpdateFeaturesResponse> Controller::update_features(
    const wire::UpdateFeaturesRequest& request) {
  const auto decide = [&](const DecisionContext& context) {
    return sluice::update_features(context, request, options_.node_id, log_->kraft_version().value);
  };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::AllocateProducerIdsResponse> Controller::allocate_producer_ids(
    const wire::AllocateProducerIdsRequest& request) {
  const auto decide = [&](const DecisionContext& context) {
    return sluice::allocate_producer_ids(context, request);
  };
  co_return co_await decide_and_commit(decide);
}

Controller::Reply<wire::BrokerRegistrationResponse> Controller::register_broker(
    const wire::BrokerRegistrationRequest& request) {
  const auto decide = [&](const DecisionContext& context) {
    const BrokerRegistrationOptions options{.cluster_id = options_.cluster_id,
                                            .has_session = sessions_.is_valid(request.broker_id, loop_.now())};
    return sluice::register_broker(context, request, options);
  };
  auto answer = co_await decide_and_commit(decide);
  if (answer->error_code == ErrorCode::none) sessions_.touch(request.broker_id, loop_.now());
  co_return answer;
}

Controller::Reply<wire::BrokerHeartbeatResponse> Controller::heartbeat_broker(
    const wire::BrokerHeartbeatRequest& request) {
  HeartbeatDecision heartbeat;
  const auto decide = [&](const DecisionContext& context) {
    heartbeat = sluice::heartbeat_broker(context, request, sessions_);
    return std::move(heartbeat.decision);
  };
  auto answer = co_await decide_and_commit(decide);
  if (!heartbeat.accepted) co_return answer;
  sessions_.touch(request.broker_id, loop_.now());
  sessions_.set_metadata_offset(request.broker_id, request.current_metadata_offset);
  // Nobody may go on believing that the broker leads when it ends.
  if (heartbeat.begins_shutdown) sessions_.set_shutdown_offset(request.broker_id, image()->provenance.last_offset);
  co_return answer;
}

Controller::Reply<wire::UnregisterBrokerResponse> Controller::unregister_broker(
    const wire::UnregisterBrokerRequest& request) {
  const auto decide = [&](const DecisionContext& context) { return sluice::unregister_broker(context, request); };
  auto answer = co_await decide_and_commit(decide);
  if (answer->error_code == ErrorCode::none) sessions_.remove(request.broker_id);
  co_return answer;
}

Task<Result<std::int64_t>> Controller::register_local_broker(LocalBroker broker) {
  wire::BrokerRegistrationRequest request;
  request.broker_id = options_.node_id;
  request.cluster_id = options_.cluster_id;
  request.incarnation_id = broker.incarnation_id;
  for (const EndpointImage& endpoint : broker.endpoints) {
    auto& listener = request.listeners.emplace_back();
    listener.name = endpoint.name;
    listener.host = endpoint.host;
    listener.port = endpoint.port;
    listener.security_protocol = endpoint.security_protocol;
  }
  for (const SupportedFeature& feature : supported_features()) {
    auto& range = request.features.emplace_back();
    range.name = feature.name;
    range.min_supported_version = feature.min;
    range.max_supported_version = feature.max;
  }
  if (broker.rack)
    request.rack = *broker.rack;
  else
    request.rack = std::nullopt;
  request.log_dirs = broker.log_dirs;
  request.previous_broker_epoch = broker.previous_epoch;
  // Its predecessor died with the process that held this directory: there is no session to wait for.
  const auto answer = co_await register_broker(request);
  if (answer->error_code != ErrorCode::none)
    co_return fail(Errc::invalid_argument, "broker {} cannot register: {}", options_.node_id.value,
                   message(answer->error_code));
  sessions_.touch_local(options_.node_id);
  local_epoch_ = answer->broker_epoch;
  co_return *local_epoch_;
}

Controller::Reply<wire::BrokerHeartbeatResponse> Controller::heartbeat_local_broker(bool shut_down) {
  SLUICE_ASSERT(local_epoch_.has_value());
  wire::BrokerHeartbeatRequest request;
  request.broker_id = options_.node_id;
  request.broker_epoch = *local_epoch_;
  request.current_metadata_offset = image()->provenance.last_offset;
  request.want_shut_down = shut_down;
  request.cordoned_log_dirs = local_cordoned_dirs_;
  auto answer = co_await heartbeat_broker(request);
  sessions_.touch_local(options_.node_id);
  co_return answer;
}

Task<Result<void>> Controller::cordon_local_dirs(std::vector<Uuid> directories) {
  local_cordoned_dirs_ = std::move(directories);
  if (!local_epoch_) co_return Result<void>{};  // It will be said with the registration.
  const auto answer = co_await heartbeat_local_broker(false);
  if (answer->error_code != ErrorCode::none)
    co_return fail(Errc::invalid_argument, "the controller does not take the cordoned directories: {}",
                   message(answer->error_code));
  co_return Result<void>{};
}

Task<Result<void>> Controller::unfence_local_broker() {
  const auto answer = co_await heartbeat_local_broker(false);
  if (answer->error_code != ErrorCode::none || answer->is_fenced)
    co_return fail(Errc::invalid_argument, "broker {} cannot be unfenced: {}", options_.node_id.value,
                   message(answer->error_code));
  co_return Result<void>{};
}

Task<Result<void>> Controller::shut_down_local_broker() {
  // The first call takes what the broker leads from it; the second, when it leads nothing, fences it.
  for (int call = 0; call < 2; ++call) {
    const auto answer = co_await heartbeat_local_broker(true);
    if (answer->error_code != ErrorCode::none)
      co_return fail(Errc::invalid_argument, "broker {} cannot be fenced: {}", options_.node_id.value,
                     message(answer->error_code));
    if (answer->should_shut_down) break;
  }
  co_return Result<void>{};
}

bool Controller::snapshot_is_due() const {
  if (image()->provenance.last_offset < snapshot_end_) return false;
  if (snapshot_bytes_due_ <= 0) return true;
  return options_.snapshot_interval.count() > 0 && loop_.now() - snapshot_time_ >= options_.snapshot_interval;
}

Task<Result<void>> Controller::write_snapshot() {
  const Turns::Turn turn = co_await snapshots_.turn();
  const MetadataImagePointer image = replay_.image();
  const MetadataProvenance at = image->provenance;
  if (at.last_offset < snapshot_end_) co_return Result<void>{};
  snapshot_bytes_due_ = options_.snapshot_bytes;
  snapshot_time_ = loop_.now();

  auto writer =
      co_await log_->begin_snapshot({.end = at.last_offset + 1, .epoch = at.last_epoch}, at.last_append_time);
  if (!writer) co_return fail(std::move(writer.error()));
  ImageRecords records(image);
  for (bool more = true; more;) {
    RecordList chunk;
    more = records.next(chunk, kSnapshotChunk);
    if (chunk.empty()) continue;
    const std::vector<Bytes> values = chunk.values();
    if (auto appended = co_await (*writer)->append(values); !appended) co_return appended;
  }
  if (auto ended = co_await log_->end_snapshot(std::move(*writer)); !ended) co_return ended;
  snapshot_end_ = at.last_offset + 1;
  co_return Result<void>{};
}

Task<void> Controller::watch() {
  while (!co_await tasks_.sleep_until(loop_.now() + kWatchInterval)) {
    // What fails here fails for a request too, which then says so.
    if (auto fenced = co_await fence_stale_brokers(); !fenced) continue;
    if (!snapshot_is_due()) continue;
    if (auto written = co_await write_snapshot(); !written) continue;
  }
}

Task<Result<void>> Controller::fence_stale_brokers() {
  // One at a time: what fencing one leads to is known before the next.
  while (!closing_) {
    const Turns::Turn turn = co_await turns_.turn();
    const auto unfenced = [this](NodeId id) {
      const BrokerImage* broker = image()->broker(id);
      return broker != nullptr && !broker->fenced;
    };
    const auto stale = sessions_.find_stale(loop_.now(), unfenced);
    if (!stale) break;
    RecordList records;
    add_fence_records(context(), *image()->broker(*stale), records);
    if (auto committed = co_await commit(records, raft::Grouping::loose); !committed) co_return committed;
  }
  co_return Result<void>{};
}

Task<Result<void>> Controller::close() {
  closing_ = true;
  co_await tasks_.close();
  const Turns::Turn turn = co_await turns_.turn();
  const Turns::Turn snapshot_turn = co_await snapshots_.turn();
  co_return co_await log_->close();
}

}  // namespace sluice
