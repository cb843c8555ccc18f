// wire/message.h: what the headers of generated messages stand on.
//
// There is one struct per message for all its versions. A field that a version lacks keeps its default when that
// version is decoded; where the field is not ignorable, encoding refuses any other value. Strings, bytes and
// records are views: of the frame that was decoded, or of what the caller keeps until the message is encoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/api_key.h"
#include "wire/encoded_size.h"
#include "wire/error_code.h"
#include "wire/ids.h"
#include "wire/records.h"
#include "wire/unknown_tags.h"
#include "wire/uuid.h"
#include "wire/version_range.h"

namespace sluice::wire {

class Reader;
class Writer;

}  // namespace sluice::wire
