#include "metadata/configs_image.h"

#include <algorithm>

namespace sluice {

const ConfigMap& ConfigsImage::of(ConfigResourceType type, std::string_view name) const {
  static const ConfigMap kNothing;
  const auto* found = map_.find(ConfigResourceView{type, name});
  return found == nullptr ? kNothing : **found;
}

const std::string* ConfigsImage::find(ConfigResourceType type, std::string_view name, std::string_view key) const {
  const ConfigMap& configs = of(type, name);
  const auto found = configs.find(key);
  return found == configs.end() ? nullptr : &found->second;
}

bool operator==(const ConfigsImage& a, const ConfigsImage& b) {
  if (a.map_.size() != b.map_.size()) return false;
  return std::ranges::all_of(a.map_.unsorted(), [&b](const auto* entry) {
    const auto* other = b.map_.find(entry->first);
    return other != nullptr && (*other == entry->second || **other == *entry->second);
  });
}

}  // namespace sluice
