// coordinator/coordinator_error.h: what a client of a coordinator is told when the log fails.
#pragma once

#include "base/result.h"
#include "wire/error_code.h"

namespace sluice {

/// Always a code that makes the client look for the coordinator again, unless trying again cannot help.
ErrorCode coordinator_error(Errc code);

}  // namespace sluice
