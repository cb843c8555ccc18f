#include "client/request.h"

#include "wire/api/request_header.h"
#include "wire/api/response_header.h"

namespace sluice::client::detail {

Result<Buffer> begin_request(ApiKey key, std::int16_t version, std::string_view client_id, std::size_t body_size) {
  constexpr std::size_t kSizeBytes = 4;
  const wire::RequestHeader header{.request_api_key = key,
                                   .request_api_version = version,
                                   .correlation_id = 0,
                                   .client_id = client_id,
                                   .unknown_tags = {}};
  const std::int16_t header_version = wire::api_info(key).request_header_version(version);
  const Result<wire::EncodedSize> size = header.encoded_size(header_version);
  if (!size) return fail(size.error());
  Buffer frame;
  frame.reserve(kSizeBytes + size->written + body_size);
  frame.resize(kSizeBytes + size->written);
  wire::Writer out(frame.bytes().subspan(kSizeBytes));
  header.encode(out, header_version);
  return frame;
}

Result<void> skip_response_header(wire::Reader& in, ApiKey key, std::int16_t version) {
  const Result<wire::ResponseHeader> header =
      wire::ResponseHeader::decode(in, wire::api_info(key).response_header_version(version));
  if (!header) return fail(header.error());
  return {};
}

}  // namespace sluice::client::detail
