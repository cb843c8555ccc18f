// server/handlers/streams_group_topology_description_update.cc: StreamsGroupTopologyDescriptionUpdate (API key
// 93). A broker takes descriptions for a plugin that stores them; this one has none, and says so as Kafka without
// one does.
#include "wire/api/streams_group_topology_description_update.h"

#include "server/handlers/handlers.h"
#include "server/handlers/streams_protocol.h"

namespace sluice::handlers {
namespace {

using wire::StreamsGroupTopologyDescriptionUpdateRequest;
using wire::StreamsGroupTopologyDescriptionUpdateResponse;

Task<StreamsGroupTopologyDescriptionUpdateResponse> answer(RequestContext& context,
                                                           const StreamsGroupTopologyDescriptionUpdateRequest&) {
  StreamsGroupTopologyDescriptionUpdateResponse response;
  response.error_code = ErrorCode::unsupported_version;
  if (serves_streams_groups(context))
    response.error_message = "The broker has no streams group topology description plugin configured.";
  co_return response;
}

}  // namespace

Task<Result<Reply>> streams_group_topology_description_update(RequestContext& context) {
  return serve<StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse>(
      context, answer);
}

}  // namespace sluice::handlers
