// metadata/cluster_image.h: the brokers and controllers that have registered.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/metadata_version.h"
#include "wire/ids.h"
#include "wire/metadata/register_broker_record.h"
#include "wire/metadata/register_controller_record.h"
#include "wire/uuid.h"

namespace sluice {

/// Where a node listens. The security protocol is Kafka's number: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3
/// SASL_SSL.
struct EndpointImage {
  std::string name;
  std::string host;
  std::uint16_t port = 0;
  std::int16_t security_protocol = 0;
  friend bool operator==(const EndpointImage&, const EndpointImage&) = default;
};

/// The levels of a feature that a node can work with.
struct FeatureRange {
  std::int16_t min = 0;
  std::int16_t max = 0;
  friend bool operator==(const FeatureRange&, const FeatureRange&) = default;
};
using FeatureRanges = std::map<std::string, FeatureRange, std::less<>>;

/// One registered broker.
struct BrokerImage {
  NodeId id{-1};
  std::int64_t epoch = -1;  ///< Given with the registration; later ones are greater.
  Uuid incarnation_id;      ///< Of the broker's process.
  std::vector<EndpointImage> endpoints;
  FeatureRanges features;
  std::optional<std::string> rack;
  bool fenced = true;  ///< Leads nothing and is in no ISR.
  bool in_controlled_shutdown = false;
  std::vector<Uuid> log_dirs;                          ///< Sorted.
  std::optional<std::vector<Uuid>> cordoned_log_dirs;  ///< Take no new replicas (KIP-1066); none: not told yet.

  static BrokerImage from(const wire::RegisterBrokerRecord& record);
  /// Views this image. What `version` cannot say is left out.
  wire::RegisterBrokerRecord record(MetadataVersion version) const;

  /// May lead partitions and be in ISRs.
  bool is_active() const { return !fenced && !in_controlled_shutdown; }
  const EndpointImage* endpoint(std::string_view listener) const;
  bool has_log_dir(const Uuid& id) const;

  friend bool operator==(const BrokerImage&, const BrokerImage&) = default;
};

/// One registered controller (KIP-919).
struct ControllerImage {
  NodeId id{-1};
  Uuid incarnation_id;
  bool zk_migration_ready = false;
  std::vector<EndpointImage> endpoints;
  FeatureRanges features;

  static ControllerImage from(const wire::RegisterControllerRecord& record);
  /// Views this image.
  wire::RegisterControllerRecord record() const;
  friend bool operator==(const ControllerImage&, const ControllerImage&) = default;
};

/// All of them. Copies share everything; a cluster has few nodes, so that a change copies the list of pointers.
class ClusterImage {
 public:
  using Brokers = std::map<NodeId, std::shared_ptr<const BrokerImage>>;
  using Controllers = std::map<NodeId, std::shared_ptr<const ControllerImage>>;

  ClusterImage() : brokers_(std::make_shared<Brokers>()), controllers_(std::make_shared<Controllers>()) {}
  ClusterImage(std::shared_ptr<const Brokers> brokers, std::shared_ptr<const Controllers> controllers)
      : brokers_(std::move(brokers)), controllers_(std::move(controllers)) {}

  /// Null if there is none. Lives as long as an image that holds it.
  const BrokerImage* broker(NodeId id) const {
    const auto found = brokers_->find(id);
    return found == brokers_->end() ? nullptr : found->second.get();
  }
  const ControllerImage* controller(NodeId id) const {
    const auto found = controllers_->find(id);
    return found == controllers_->end() ? nullptr : found->second.get();
  }
  const Brokers& brokers() const { return *brokers_; }
  const Controllers& controllers() const { return *controllers_; }
  /// Whether the broker is registered and neither fenced nor in controlled shutdown.
  bool is_active(NodeId id) const {
    const BrokerImage* found = broker(id);
    return found != nullptr && found->is_active();
  }

  friend bool operator==(const ClusterImage& a, const ClusterImage& b);

 private:
  std::shared_ptr<const Brokers> brokers_;
  std::shared_ptr<const Controllers> controllers_;
};

}  // namespace sluice
