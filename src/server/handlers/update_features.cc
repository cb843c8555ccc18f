// server/handlers/update_features.cc: UpdateFeatures (API key 57): the controller decides.
#include "wire/api/update_features.h"
#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> update_features(RequestContext& context) {
  return serve_by_controller<wire::UpdateFeaturesRequest>(context, &Controller::update_features);
}

}  // namespace sluice::handlers
