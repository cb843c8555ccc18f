#include "server/reply.h"

#include <utility>

namespace sluice {

Result<Reply> make_reply(wire::ApiMessage response, std::int16_t version, std::int32_t correlation_id,
                         std::vector<RecordsSource> sources) {
  Result<wire::Frame> frame = wire::encode_response(response, version, correlation_id);
  if (!frame) return fail(std::move(frame.error()));
  return Reply{.frame = std::move(*frame), .sources = std::move(sources), .close = false};
}

}  // namespace sluice
