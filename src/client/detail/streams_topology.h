// client/detail/streams_topology.h: the description of a streams group's topology out of an answer.
#pragma once

#include "client/failure.h"
#include "client/streams_topology_description.h"
#include "wire/api/streams_group_describe.h"

namespace sluice::client::detail {

/// Nodes with those before them, which the answer does not name. Errors: unknown_server_error (the answer makes no
/// sense).
Outcome<StreamsTopologyDescription> topology_of(
    const wire::StreamsGroupDescribeResponse::TopologyDescription& from);

}  // namespace sluice::client::detail
