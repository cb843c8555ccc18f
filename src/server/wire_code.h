// server/wire_code.h: what went wrong, in the protocol's words.
#pragma once

#include "base/result.h"
#include "wire/error_code.h"

namespace sluice {

/// The code that a client gets for an error of storage, record or replica. Handlers whose API has another word for
/// a case say so themselves.
ErrorCode wire_code(Errc code);

}  // namespace sluice
