#include "controller/broker_registration.h"

#include <algorithm>
#include <set>

#include "controller/api_error.h"
#include "controller/leadership.h"
#include "metadata/directory_id.h"
#include "wire/metadata/unregister_broker_record.h"

namespace sluice {
namespace {

OrApiError<void> check_directories(const MetadataImage& image, const wire::BrokerRegistrationRequest& request) {
  constexpr auto kCode = ErrorCode::invalid_registration;
  if (!supports_directory_assignment(image.metadata_version())) return {};
  if (request.log_dirs.empty()) return refuse(kCode, "No directories specified in request");
  if (std::ranges::any_of(request.log_dirs, is_reserved_directory))
    return refuse(kCode, "Reserved directory ID in request");
  const std::set<Uuid> directories(request.log_dirs.begin(), request.log_dirs.end());
  if (directories.size() != request.log_dirs.size()) return refuse(kCode, "Duplicate directory ID in request");
  for (const auto& [id, broker] : image.cluster.brokers())
    for (const Uuid& directory : request.log_dirs)
      if (id != request.broker_id && broker->has_log_dir(directory))
        return refuse(kCode, "Broker {} is already registered with directory {}", id.value, directory.text());
  return {};
}

/// Every level that the cluster is set to must be one that the broker can work with.
OrApiError<void> check_features(const MetadataImage& image, const FeatureRanges& features) {
  for (const auto& [feature, level] : image.features.levels()) {
    const auto found = features.find(feature);
    const FeatureRange range = found == features.end() ? FeatureRange{} : found->second;
    if (level < range.min || level > range.max)
      return refuse(
          ErrorCode::unsupported_version,
          "Unable to register because the broker does not support finalized version {} of {}. The broker "
          "wants a version between {} and {}, inclusive.",
          level, feature, range.min, range.max);
  }
  return {};
}

BrokerImage broker_of(const wire::BrokerRegistrationRequest& request) {
  BrokerImage broker;
  broker.id = request.broker_id;
  broker.incarnation_id = request.incarnation_id;
  for (const auto& listener : request.listeners)
    broker.endpoints.push_back(
        {std::string(listener.name), std::string(listener.host), listener.port, listener.security_protocol});
  for (const auto& feature : request.features)
    broker.features.insert_or_assign(std::string(feature.name),
                                     FeatureRange{feature.min_supported_version, feature.max_supported_version});
  if (request.rack) broker.rack = std::string(*request.rack);
  broker.log_dirs = request.log_dirs;
  std::ranges::sort(broker.log_dirs);
  return broker;
}

OrApiError<void> check(const DecisionContext& context, const wire::BrokerRegistrationRequest& request,
                       const BrokerRegistrationOptions& options, const FeatureRanges& features) {
  if (request.cluster_id != options.cluster_id)
    return refuse(ErrorCode::inconsistent_cluster_id, "Expected cluster ID {}, but got cluster ID {}",
                  options.cluster_id, request.cluster_id);
  const BrokerImage* existing = context.image.broker(request.broker_id);
  if (existing != nullptr && options.has_session && !existing->fenced &&
      existing->incarnation_id != request.incarnation_id)
    return refuse(ErrorCode::duplicate_broker_registration, "Another broker is registered with that broker id.");
  if (request.is_migrating_zk_broker)
    return refuse(ErrorCode::broker_id_not_registered, "Controller does not support registering ZK brokers.");
  if (!features.contains(kMetadataVersionFeature))
    return refuse(ErrorCode::unsupported_version, "Request features do not contain 'metadata.version'");
  if (auto valid = check_directories(context.image, request); !valid) return valid;
  return check_features(context.image, features);
}

}  // namespace

Decision<wire::BrokerRegistrationResponse> register_broker(const DecisionContext& context,
                                                           const wire::BrokerRegistrationRequest& request,
                                                           const BrokerRegistrationOptions& options) {
  Decision<wire::BrokerRegistrationResponse> decision;
  BrokerImage broker = broker_of(request);
  if (const auto valid = check(context, request, options, broker.features); !valid) {
    decision.response().error_code = valid.error().code;
    return decision;
  }
  const BrokerImage* existing = context.image.broker(request.broker_id);
  if (existing != nullptr && existing->incarnation_id == request.incarnation_id) {
    broker.epoch = existing->epoch;
    broker.fenced = existing->fenced;
    broker.in_controlled_shutdown = existing->in_controlled_shutdown;
    broker.cordoned_log_dirs = existing->cordoned_log_dirs;
  } else {
    if (existing != nullptr) {
      const bool clean = request.previous_broker_epoch == existing->epoch ||
                         !supports_eligible_leader_replicas(context.metadata_version());
      if (clean)
        add_leave_records(context, broker.id, decision.records);
      else
        add_unclean_leave_records(context, broker.id, decision.records);
    }
    // The epoch is the offset of the registration's own record, so that epochs grow, and a broker that has read up
    // to its epoch has seen itself registered.
    broker.epoch = (context.next_offset + static_cast<std::int64_t>(decision.records.size())).value;
    decision.grouping = raft::Grouping::loose;
  }
  const MetadataVersion version = context.metadata_version();
  decision.records.add(broker.record(version), register_broker_record_version(version));
  decision.response().broker_epoch = broker.epoch;
  return decision;
}

Decision<wire::UnregisterBrokerResponse> unregister_broker(const DecisionContext& context,
                                                           const wire::UnregisterBrokerRequest& request) {
  Decision<wire::UnregisterBrokerResponse> decision;
  const BrokerImage* broker = context.image.broker(request.broker_id);
  if (broker == nullptr) {
    set_error(decision.response(),
              {ErrorCode::broker_id_not_registered,
               fmt::format("Broker ID {} is not currently registered", request.broker_id.value)},
              decision.answer.arena());
    return decision;
  }
  set_no_error(decision.response());
  // As if its disks were gone with it: it is neither in an ISR nor eligible any more.
  add_unclean_leave_records(context, broker->id, decision.records);
  wire::UnregisterBrokerRecord record;
  record.broker_id = broker->id;
  record.broker_epoch = broker->epoch;
  decision.records.add(record, 0);
  decision.grouping = raft::Grouping::loose;
  return decision;
}

Decision<wire::ControllerRegistrationResponse> register_controller(
    const DecisionContext& context, const wire::ControllerRegistrationRequest& request) {
  Decision<wire::ControllerRegistrationResponse> decision;
  if (!supports_controller_registration(context.metadata_version())) {
    set_error(decision.response(),
              {ErrorCode::unsupported_version,
               "The current MetadataVersion is too old to support controller registrations."},
              decision.answer.arena());
    return decision;
  }
  set_no_error(decision.response());
  ControllerImage controller;
  controller.id = request.controller_id;
  controller.incarnation_id = request.incarnation_id;
  controller.zk_migration_ready = request.zk_migration_ready;
  for (const auto& listener : request.listeners)
    controller.endpoints.push_back(
        {std::string(listener.name), std::string(listener.host), listener.port, listener.security_protocol});
  for (const auto& feature : request.features)
    controller.features.insert_or_assign(
        std::string(feature.name), FeatureRange{feature.min_supported_version, feature.max_supported_version});
  decision.records.add(controller.record(), 0);
  return decision;
}

}  // namespace sluice
