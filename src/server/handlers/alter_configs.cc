// server/handlers/alter_configs.cc: AlterConfigs (API key 33): the controller decides.
#include "wire/api/alter_configs.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> alter_configs(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::AlterConfigsRequest& request) {
    return controller.alter_configs(request);
  };
  return serve_by_controller<wire::AlterConfigsRequest>(context, decide);
}

}  // namespace sluice::handlers
