// server/handlers/describe_cluster.cc: DescribeCluster (API key 60, KIP-700).
#include "wire/api/describe_cluster.h"
#include "server/broker.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"

namespace sluice::handlers {
namespace {

using wire::DescribeClusterRequest;
using wire::DescribeClusterResponse;

constexpr std::int8_t kBrokerEndpoints = 1;

Task<DescribeClusterResponse> answer(RequestContext& context, const DescribeClusterRequest& request) {
  DescribeClusterResponse response;
  response.endpoint_type = request.endpoint_type;
  response.cluster_id = context.broker.cluster_id();
  if (request.endpoint_type != kBrokerEndpoints) {
    // A broker cannot speak for the controllers (KIP-919); their own listener does.
    response.error_code = ErrorCode::mismatched_endpoint_type;
    response.error_message = "This is a broker listener; ask a controller listener for controllers.";
    co_return response;
  }
  response.controller_id = context.broker.node_id();
  for (const auto& [id, broker] : context.image->cluster.brokers()) {
    if (broker->fenced && !request.include_fenced_brokers) continue;
    const EndpointImage* endpoint = broker->endpoint(context.peer.listener);
    if (endpoint == nullptr) continue;
    auto& described = response.brokers.emplace_back();
    described.broker_id = id;
    described.host = endpoint->host;
    described.port = endpoint->port;
    if (broker->rack) described.rack = *broker->rack;
    if (context.version >= 2) described.is_fenced = broker->fenced;
  }
  co_return response;
}

}  // namespace

Task<Result<Reply>> describe_cluster(RequestContext& context) {
  return serve<DescribeClusterRequest, DescribeClusterResponse>(context, answer);
}

}  // namespace sluice::handlers
