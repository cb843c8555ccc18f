// server/handlers/incremental_alter_configs.cc: IncrementalAlterConfigs (API key 44): the controller decides.
#include "wire/api/incremental_alter_configs.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> incremental_alter_configs(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::IncrementalAlterConfigsRequest& request) {
    return controller.incremental_alter_configs(request);
  };
  return serve_by_controller<wire::IncrementalAlterConfigsRequest>(context, decide);
}

}  // namespace sluice::handlers
