#include "wire/frame.h"

#include <algorithm>
#include <utility>

namespace sluice::wire {
namespace {

// An API that Kafka dropped; its first version was the only request whose header had no client id.
constexpr ApiKey kControlledShutdown{7};

Result<std::int16_t> request_header_version(ApiKey key, std::int16_t version) {
  if (key == kControlledShutdown && version == 0) return 0;
  const ApiInfo* const api = find_api(key);
  if (api == nullptr) return fail(Errc::unsupported_version, "there is no API {}", std::to_underlying(key));
  return api->request_header_version(version);
}

Result<Frame> encode_frame(Encodable header, std::int16_t header_version, Encodable message,
                           std::int16_t version) {
  const Result<EncodedSize> header_size = header.encoded_size(header_version);
  if (!header_size) return std::unexpected(header_size.error());
  const Result<EncodedSize> size = message.encoded_size(version);
  if (!size) return std::unexpected(size.error());

  Frame frame{.bytes = Buffer(4 + header_size->written + size->written), .externals = {}};
  frame.externals.reserve(size->external_count);
  Writer out(frame.bytes.bytes(), &frame.externals);
  out.int32(static_cast<std::int32_t>(header_size->written + size->total()));
  header.encode(out, header_version);
  message.encode(out, version);
  SLUICE_ASSERT(out.written() == frame.bytes.size());
  return frame;
}

}  // namespace

Result<OpenedRequest> open_request(Bytes frame) {
  // The fields that say how to read the header are its first in every version.
  Reader front(frame);
  const ApiKey key{front.int16("RequestApiKey")};
  const std::int16_t version = front.int16("RequestApiVersion");
  if (front.failed()) return front.failure();
  const Result<std::int16_t> header_version = request_header_version(key, version);
  if (!header_version) return fail(header_version.error());

  const Bytes start = frame.first(std::min(frame.size(), kHeaderSizeMax));
  Reader in(start, kRequestMemory);
  const Result<RequestHeader> header = RequestHeader::decode(in, *header_version);
  if (!header) {
    if (frame.size() > kHeaderSizeMax)
      return fail(Errc::too_large, "a request's header is broken or longer than {} bytes", kHeaderSizeMax);
    return fail(header.error());
  }
  return OpenedRequest{.header = *header, .body = frame.subspan(start.size() - in.remaining())};
}

Result<OpenedResponse> open_response(Bytes frame, const ApiInfo& api, std::int16_t version) {
  Reader in(frame);
  const Result<ResponseHeader> header = ResponseHeader::decode(in, api.response_header_version(version));
  if (!header) return fail(header.error());
  return OpenedResponse{.header = *header, .body = in.rest()};
}

Result<Buffer> encode(Encodable message, std::int16_t version) {
  const Result<EncodedSize> size = message.encoded_size(version);
  if (!size) return std::unexpected(size.error());
  Buffer bytes(size->written);
  Writer out(bytes.bytes());
  message.encode(out, version);
  SLUICE_ASSERT(out.written() == size->written);
  return bytes;
}

Result<Frame> encode_request(ApiMessage request, std::int16_t version, std::int32_t correlation_id,
                             std::optional<std::string_view> client_id) {
  const RequestHeader header{.request_api_key = request.key(),
                             .request_api_version = version,
                             .correlation_id = correlation_id,
                             .client_id = client_id};
  return encode_frame(header, api_info(request.key()).request_header_version(version), request, version);
}

Result<Frame> encode_response(ApiMessage response, std::int16_t version, std::int32_t correlation_id) {
  const ResponseHeader header{.correlation_id = correlation_id};
  return encode_frame(header, api_info(response.key()).response_header_version(version), response, version);
}

std::size_t Frame::size() const {
  std::size_t size = bytes.size();
  for (const External& external : externals) size += external.size;
  return size;
}

}  // namespace sluice::wire
