// server/handlers/create_topics.cc: CreateTopics (API key 19): the controller decides.
#include "wire/api/create_topics.h"
#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> create_topics(RequestContext& context) {
  return serve_by_controller<wire::CreateTopicsRequest>(context, &Controller::create_topics);
}

}  // namespace sluice::handlers
