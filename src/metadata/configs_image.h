// metadata/configs_image.h: the dynamic configurations: what was set for topics, brokers, client metrics and
// groups.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "metadata/image_map.h"
#include "wire/metadata/config_record.h"

namespace sluice {

/// What a configuration is of; the values are those on the wire. A record may hold others, which are kept as they
/// are.
enum class ConfigResourceType : std::int8_t {
  unknown = 0,
  topic = 2,
  broker = 4,
  broker_logger = 8,  ///< Never in the log: it lives in the broker's process.
  client_metrics = 16,
  group = 32,
};

/// A resource by type and name. The name of a broker is its id; empty stands for all brokers.
struct ConfigResource {
  ConfigResourceType type = ConfigResourceType::unknown;
  std::string name;
  friend auto operator<=>(const ConfigResource&, const ConfigResource&) = default;
};

/// As ConfigResource, for looking up.
struct ConfigResourceView {
  ConfigResourceType type;
  std::string_view name;
  friend bool operator==(const ConfigResource& a, const ConfigResourceView& b) {
    return a.type == b.type && a.name == b.name;
  }
};

struct ConfigResourceHash {
  using is_transparent = void;
  std::size_t operator()(const auto& resource) const {
    return std::hash<std::string_view>{}(resource.name) * 31 + static_cast<std::size_t>(resource.type);
  }
};

/// Values by key.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

/// All dynamic configurations. Copies share everything.
class ConfigsImage {
 public:
  using Map = ImageMap<ConfigResource, std::shared_ptr<const ConfigMap>, ConfigResourceHash>;

  ConfigsImage() = default;
  explicit ConfigsImage(Map map) : map_(std::move(map)) {}

  /// What was set for a resource; empty if nothing was. Lives as long as an image that holds it.
  const ConfigMap& of(ConfigResourceType type, std::string_view name) const;
  const ConfigMap& of_topic(std::string_view name) const { return of(ConfigResourceType::topic, name); }
  /// Null if the key was not set.
  const std::string* find(ConfigResourceType type, std::string_view name, std::string_view key) const;
  const Map& map() const { return map_; }

  friend bool operator==(const ConfigsImage& a, const ConfigsImage& b);

 private:
  Map map_;
};

}  // namespace sluice
