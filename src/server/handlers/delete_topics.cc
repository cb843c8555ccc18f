// server/handlers/delete_topics.cc: DeleteTopics (API key 20): the controller decides.
#include "wire/api/delete_topics.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> delete_topics(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::DeleteTopicsRequest& request) {
    return controller.delete_topics(request);
  };
  return serve_by_controller<wire::DeleteTopicsRequest>(context, decide);
}

}  // namespace sluice::handlers
