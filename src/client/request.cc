#include "client/request.h"

namespace sluice::client {

Result<OutgoingRequest> make_request(wire::ApiMessage request, std::int16_t version, std::string_view client_id,
                                     std::vector<RecordsSource> sources) {
  Result<wire::Frame> frame = wire::encode_request(request, version, 0, client_id);
  if (!frame) return fail(std::move(frame.error()));
  OutgoingRequest outgoing{.written = std::move(frame->bytes), .inserts = {}};
  outgoing.inserts.reserve(frame->externals.size());
  for (const wire::External& external : frame->externals) {
    RecordsSource& source = sources.at(external.token);
    outgoing.inserts.push_back({external.position, source.bytes, std::move(source.owner)});
  }
  return outgoing;
}

Result<Bytes> open_answer(const Frame& frame, ApiKey api, std::int16_t version) {
  const Result<wire::OpenedResponse> opened =
      wire::open_response(frame.bytes.bytes(), wire::api_info(api), version);
  if (!opened) return fail(opened.error());
  return opened->body;
}

}  // namespace sluice::client
