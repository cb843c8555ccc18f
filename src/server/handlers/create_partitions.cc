// server/handlers/create_partitions.cc: CreatePartitions (API key 37): the controller decides.
#include "wire/api/create_partitions.h"

#include "server/handlers/handlers.h"
#include "server/on_controller.h"

namespace sluice::handlers {

Task<Result<Reply>> create_partitions(RequestContext& context) {
  const auto decide = [](Controller& controller, const wire::CreatePartitionsRequest& request) {
    return controller.create_partitions(request);
  };
  return serve_by_controller<wire::CreatePartitionsRequest>(context, decide);
}

}  // namespace sluice::handlers
