#include "metadata/cluster_image.h"

#include <algorithm>

namespace sluice {
namespace {

template <class EndPoints>
std::vector<EndpointImage> endpoints_from(const EndPoints& endpoints) {
  std::vector<EndpointImage> images;
  for (const auto& endpoint : endpoints)
    images.push_back(
        {std::string(endpoint.name), std::string(endpoint.host), endpoint.port, endpoint.security_protocol});
  return images;
}

template <class Features>
FeatureRanges features_from(const Features& features) {
  FeatureRanges ranges;
  for (const auto& feature : features)
    ranges.insert_or_assign(std::string(feature.name),
                            FeatureRange{feature.min_supported_version, feature.max_supported_version});
  return ranges;
}

template <class Record>
void put_endpoints(Record& record, const std::vector<EndpointImage>& endpoints) {
  for (const EndpointImage& endpoint : endpoints)
    record.end_points.push_back({.name = endpoint.name,
                                 .host = endpoint.host,
                                 .port = endpoint.port,
                                 .security_protocol = endpoint.security_protocol,
                                 .unknown_tags = {}});
}

template <class Record>
void put_features(Record& record, const FeatureRanges& features) {
  for (const auto& [name, range] : features)
    record.features.push_back({.name = name,
                               .min_supported_version = range.min,
                               .max_supported_version = range.max,
                               .unknown_tags = {}});
}

template <class Nodes>
bool same_nodes(const Nodes& a, const Nodes& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && (x.second == y.second || *x.second == *y.second);
  });
}

}  // namespace

BrokerImage BrokerImage::from(const wire::RegisterBrokerRecord& record) {
  BrokerImage broker{
      .id = record.broker_id,
      .epoch = record.broker_epoch,
      .incarnation_id = record.incarnation_id,
      .endpoints = endpoints_from(record.end_points),
      .features = features_from(record.features),
      .rack = std::nullopt,
      .fenced = record.fenced,
      .in_controlled_shutdown = record.in_controlled_shutdown,
      .log_dirs = record.log_dirs,
      .cordoned_log_dirs = record.cordoned_log_dirs,
  };
  if (record.rack) broker.rack = std::string(*record.rack);
  std::ranges::sort(broker.log_dirs);
  return broker;
}

wire::RegisterBrokerRecord BrokerImage::record(MetadataVersion version) const {
  wire::RegisterBrokerRecord record;
  record.broker_id = id;
  record.broker_epoch = epoch;
  record.incarnation_id = incarnation_id;
  put_endpoints(record, endpoints);
  put_features(record, features);
  if (rack)
    record.rack = *rack;
  else
    record.rack = std::nullopt;
  record.fenced = fenced;
  record.in_controlled_shutdown = in_controlled_shutdown;
  if (supports_directory_assignment(version)) record.log_dirs = log_dirs;
  if (supports_cordoned_log_dirs(version)) record.cordoned_log_dirs = cordoned_log_dirs;
  return record;
}

const EndpointImage* BrokerImage::endpoint(std::string_view listener) const {
  const auto found = std::ranges::find(endpoints, listener, &EndpointImage::name);
  return found == endpoints.end() ? nullptr : &*found;
}

bool BrokerImage::has_log_dir(const Uuid& dir) const { return std::ranges::binary_search(log_dirs, dir); }

ControllerImage ControllerImage::from(const wire::RegisterControllerRecord& record) {
  return {
      .id = {record.controller_id},
      .incarnation_id = record.incarnation_id,
      .zk_migration_ready = record.zk_migration_ready,
      .endpoints = endpoints_from(record.end_points),
      .features = features_from(record.features),
  };
}

wire::RegisterControllerRecord ControllerImage::record() const {
  wire::RegisterControllerRecord record;
  record.controller_id = id;
  record.incarnation_id = incarnation_id;
  record.zk_migration_ready = zk_migration_ready;
  put_endpoints(record, endpoints);
  put_features(record, features);
  return record;
}

bool operator==(const ClusterImage& a, const ClusterImage& b) {
  return same_nodes(*a.brokers_, *b.brokers_) && same_nodes(*a.controllers_, *b.controllers_);
}

}  // namespace sluice
