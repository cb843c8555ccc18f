// wire/frame.h: requests and responses as they travel: a length of four bytes, a header, a body.
//
// The functions that open a frame take it without its length, which the connection has used to cut it out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "wire/api/request_header.h"
#include "wire/api/response_header.h"
#include "wire/api_message.h"
#include "wire/api_table.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace sluice::wire {

/// A request's header, and its body, which lies in the frame.
struct OpenedRequest {
  RequestHeader header;
  Bytes body;
};

/// A response's header, and its body, which lies in the frame.
struct OpenedResponse {
  ResponseHeader header;
  Bytes body;
};

/// Reads the header of a request, whatever its version: that the API has the version is for the caller to check,
/// who must answer ApiVersions in any case. The views in it are valid as long as `frame` is. Errors:
/// unsupported_version (no such API), too_large (a header of more than kHeaderSizeMax), corrupt.
Result<OpenedRequest> open_request(Bytes frame);

/// Reads the header of the response to a request of `api` in `version`. Errors: corrupt.
Result<OpenedResponse> open_response(Bytes frame, const ApiInfo& api, std::int16_t version);

/// Everything up to the body of a request. What a peer may put in there before it is known is kept small.
inline constexpr std::size_t kHeaderSizeMax = 64 * 1024;

/// What becomes of bytes behind a message. Kafka ignores them.
enum class Trailing { ignored, refused };

/// Reads a message that fills `bytes`. Errors: corrupt, too_large, unsupported_version.
template <class Message>
Result<Message> decode(Bytes bytes, std::int16_t version, MemoryLimit memory = {},
                       Trailing trailing = Trailing::ignored) {
  Reader in(bytes, memory);
  Result<Message> message = Message::decode(in, version);
  if (message && trailing == Trailing::refused) {
    in.expect_end();
    if (in.failed()) return in.failure();
  }
  return message;
}

/// Encodes a message alone, without header or length. It may not hold external records.
/// Errors: invalid_argument, too_large, unsupported_version.
Result<Buffer> encode(Encodable message, std::int16_t version);

/// A frame to be sent, its length included. Where records are external the bytes have gaps, which the sender
/// fills: it sends `bytes` up to the first external's position, then that external, and so on, and the rest of
/// `bytes` last.
struct Frame {
  Buffer bytes;
  std::vector<External> externals;  ///< In the order of their positions.

  /// All that is to be sent.
  std::size_t size() const;
};

/// Encodes a request. Errors: invalid_argument (a field is set that the version lacks), too_large,
/// unsupported_version.
Result<Frame> encode_request(ApiMessage request, std::int16_t version, std::int32_t correlation_id,
                             std::optional<std::string_view> client_id);

/// Encodes the response to a request of `version`. Errors: as for encode_request().
Result<Frame> encode_response(ApiMessage response, std::int16_t version, std::int32_t correlation_id);

}  // namespace sluice::wire
