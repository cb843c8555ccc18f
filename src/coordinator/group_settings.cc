#include "coordinator/group_settings.h"

namespace sluice {

std::shared_ptr<const GroupSettings> default_group_settings() {
  static const std::shared_ptr<const GroupSettings> kDefaults = std::make_shared<const GroupSettings>(
      GroupSettings{.defaults = effective_group_config({}, Configuration(ConfigScope::broker)), .groups = {}});
  return kDefaults;
}

}  // namespace sluice
