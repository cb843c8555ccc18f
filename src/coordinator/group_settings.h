// coordinator/group_settings.h: the settings in force of each group, as they are at one moment.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/group_config.h"

namespace sluice {

struct GroupSettings {
  GroupConfig defaults;
  std::map<std::string, GroupConfig, std::less<>> groups;  ///< Those with settings of their own.

  const GroupConfig& of(std::string_view group) const {
    const auto found = groups.find(group);
    return found == groups.end() ? defaults : found->second;
  }
};

/// Those that hold where nothing is configured.
std::shared_ptr<const GroupSettings> default_group_settings();

}  // namespace sluice
