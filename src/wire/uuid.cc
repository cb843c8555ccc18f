#include "wire/uuid.h"

#include <algorithm>

#include "wire/base64.h"

namespace sluice {

Result<Uuid> Uuid::parse(std::string_view text) {
  const auto decoded = wire::decode_base64(text, wire::Base64::url_safe);
  if (!decoded) return fail(Errc::invalid_argument, "uuid \"{}\": {}", text, decoded.error().what);
  Uuid id;
  if (decoded->size() != id.bytes.size())
    return fail(Errc::invalid_argument, "uuid \"{}\" has {} bytes, not {}", text, decoded->size(),
                id.bytes.size());
  std::ranges::copy(*decoded, id.bytes.begin());
  return id;
}

std::string Uuid::text() const { return wire::encode_base64(bytes, wire::Base64::url_safe); }

}  // namespace sluice
