// wire/random_uuid.h: new ids.
#pragma once

#include "base/loop.h"
#include "wire/uuid.h"

namespace sluice {

/// A random id (version 4 of RFC 4122), as Kafka makes them: none whose text begins with "-", which would look
/// like an option.
Uuid random_uuid(Loop& loop);

}  // namespace sluice
