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

std::size_t Frame::size() const {
  std::size_t size = bytes.size();
  for (const External& external : externals) size += external.size;
  return size;
}

}  // namespace sluice::wire
