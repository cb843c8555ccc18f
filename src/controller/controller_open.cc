// How a controller begins: it reads what there is, becomes the leader, and writes what a beginning needs.
#include "controller/activation.h"
#include "controller/broker_registration.h"
#include "controller/controller.h"

namespace sluice {

Task<Result<std::unique_ptr<Controller>>> Controller::open(Loop& loop, Disk& disk, ControllerOptions options) {
  std::unique_ptr<Controller> controller(new Controller(loop, std::move(options)));
  auto log = co_await raft::MetadataLog::open(loop, disk, controller->options_.log);
  if (!log) co_return fail(std::move(log.error()));
  controller->log_ = std::move(*log);

  auto begun = co_await controller->log_->elect();
  if (begun) begun = co_await controller->load();
  if (begun) begun = co_await controller->activate();
  if (begun) begun = co_await controller->register_self();
  if (!begun) {
    // The first error is the one to tell.
    [[maybe_unused]] const auto closed = co_await controller->log_->close();
    co_return fail(std::move(begun.error()));
  }
  controller->start_sessions();
  controller->tasks_.start(controller->watch());
  co_return controller;
}

Task<Result<void>> Controller::load() {
  if (const auto snapshot = log_->latest_snapshot()) {
    if (auto loaded = co_await load_snapshot(*snapshot); !loaded) co_return loaded;
  }
  const Offset from = std::max(snapshot_end_, log_->start());
  raft::LogReader reader = log_->read(from);
  while (true) {
    const auto batch = co_await reader.next(log_->high_watermark());
    if (!batch) co_return fail(batch.error());
    if (!*batch) break;
    if ((*batch)->batch.is_control()) continue;
    const Offset base = (*batch)->batch.base_offset();
    std::span<const Bytes> records = (*batch)->records;
    const std::int64_t known = std::max<std::int64_t>(from - base, 0);  // A snapshot may end within a batch.
    records = records.subspan(std::min(static_cast<std::size_t>(known), records.size()));
    for (const Bytes record : records) snapshot_bytes_due_ -= static_cast<std::int64_t>(record.size());
    const MetadataBatch next{.base_offset = base + known,
                             .epoch = (*batch)->batch.leader_epoch(),
                             .append_time = (*batch)->batch.max_timestamp(),
                             .records = records};
    if (auto applied = replay_.apply(next); !applied) co_return applied;
  }
  co_await publish();
  co_return Result<void>{};
}

Task<Result<void>> Controller::load_snapshot(raft::SnapshotId id) {
  auto reader = co_await log_->read_snapshot(id);
  if (!reader) co_return fail(std::move(reader.error()));
  MetadataDelta delta{MetadataImage{}};
  while (true) {
    const auto records = co_await (*reader)->next();
    if (!records) co_return fail(records.error());
    if (!*records) break;
    for (const Bytes record : **records)
      if (auto applied = delta.apply(record); !applied)
        co_return fail(applied.error().code, "snapshot {}: {}", id.text(), applied.error().what);
  }
  const MetadataProvenance at{.last_offset = id.end - 1,
                              .last_epoch = id.epoch,
                              .last_append_time = (*reader)->control().snapshot_time.value_or(WallTime{})};
  // Not published: a broker takes the first image for all there is, and sets aside the log of every partition that
  // is not in it.
  replay_ = MetadataReplay::after_snapshot(std::make_shared<MetadataImage>(delta.finish(at)), delta.touched());
  snapshot_end_ = id.end;
  co_return Result<void>{};
}

Task<Result<void>> Controller::activate() {
  RecordList records;
  if (image()->features.metadata_version()) {
    if (!replay_.in_transaction()) co_return Result<void>{};
    records = abort_records();
  } else {
    const auto bootstrap = co_await log_->read_bootstrap_records();
    if (!bootstrap) co_return fail(bootstrap.error());
    auto first = first_records(context(), *bootstrap, replay_.in_transaction());
    if (!first) co_return fail(std::move(first.error()));
    records = std::move(*first);
  }
  co_return co_await commit(records, raft::Grouping::atomic);
}

Task<Result<void>> Controller::register_self() {
  if (!supports_controller_registration(image()->metadata_version())) co_return Result<void>{};
  wire::ControllerRegistrationRequest request;
  request.controller_id = options_.node_id;
  request.incarnation_id = options_.incarnation_id;
  for (const EndpointImage& endpoint : options_.endpoints) {
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
  const auto decision = register_controller(context(), request);
  co_return co_await commit(decision.records, decision.grouping);
}

void Controller::start_sessions() {
  // Whoever was there before gets the time of a session to be heard from. A broker with this node's id is another
  // matter: it ended before this process could begin.
  for (const auto& [id, broker] : image()->cluster.brokers())
    if (id != options_.node_id) sessions_.touch(id, loop_.now());
}

}  // namespace sluice
