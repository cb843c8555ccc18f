#include "metadata/acls_image.h"

namespace sluice {

AclImage AclImage::from(const wire::AccessControlEntryRecord& record) {
  return {
      .resource_type = record.resource_type,
      .resource_name = std::string(record.resource_name),
      .pattern_type = record.pattern_type,
      .principal = std::string(record.principal),
      .host = std::string(record.host),
      .operation = record.operation,
      .permission_type = record.permission_type,
  };
}

wire::AccessControlEntryRecord AclImage::record(const Uuid& id) const {
  wire::AccessControlEntryRecord record;
  record.id = id;
  record.resource_type = resource_type;
  record.resource_name = resource_name;
  record.pattern_type = pattern_type;
  record.principal = principal;
  record.host = host;
  record.operation = operation;
  record.permission_type = permission_type;
  return record;
}

}  // namespace sluice
