// metadata/acls_image.h: the access control entries, each with its id. What they mean is not known here.
#pragma once

#include <cstdint>
#include <string>

#include "metadata/image_map.h"
#include "wire/metadata/access_control_entry_record.h"
#include "wire/uuid.h"

namespace sluice {

/// One entry; the numbers are Kafka's, as on the wire.
struct AclImage {
  std::int8_t resource_type = 0;
  std::string resource_name;
  std::int8_t pattern_type = 0;
  std::string principal;
  std::string host;
  std::int8_t operation = 0;
  std::int8_t permission_type = 0;

  static AclImage from(const wire::AccessControlEntryRecord& record);
  /// Views this entry.
  wire::AccessControlEntryRecord record(const Uuid& id) const;
  friend auto operator<=>(const AclImage&, const AclImage&) = default;
};

using AclsImage = ImageMap<Uuid, AclImage>;

}  // namespace sluice
