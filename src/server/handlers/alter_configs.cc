// server/handlers/alter_configs.cc: AlterConfigs (API key 33): the controller decides.
#include "wire/api/alter_configs.h"
#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> alter_configs(RequestContext& context) {
  return serve_by_controller<wire::AlterConfigsRequest>(context, &Controller::alter_configs);
}

}  // namespace sluice::handlers
