// server/handlers/create_topics.cc: CreateTopics (API key 19): the controller decides.
#include "wire/api/create_topics.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> create_topics(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::CreateTopicsRequest& request) {
    return controller.create_topics(request);
  };
  return serve_by_controller<wire::CreateTopicsRequest>(context, decide);
}

}  // namespace sluice::handlers
