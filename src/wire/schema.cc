#include "wire/schema.h"

namespace sluice::wire {

const MessageSchema* find_schema(std::string_view name) {
  for (const auto schemas : {api_schemas(), metadata_schemas(), coordinator_schemas(), data_schemas()})
    for (const MessageSchema& schema : schemas)
      if (schema.name == name) return &schema;
  return nullptr;
}

}  // namespace sluice::wire
