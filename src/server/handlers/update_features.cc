// server/handlers/update_features.cc: UpdateFeatures (API key 57): the controller decides.
#include "wire/api/update_features.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> update_features(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::UpdateFeaturesRequest& request) {
    return controller.update_features(request);
  };
  return serve_by_controller<wire::UpdateFeaturesRequest>(context, decide);
}

}  // namespace sluice::handlers
