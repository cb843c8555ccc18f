// tools/bench/loads.h: what `sluice bench` can do. Each blocks until it is done. Errors: what the cluster or a
// connection says.
#pragma once

#include "base/result.h"
#include "tools/bench/plan.h"
#include "tools/bench/report.h"

namespace sluice::tools::bench {

// Over raw sockets with prepared requests.
Result<Report> produce_raw(const Plan& plan);
Result<Report> fetch_raw(const Plan& plan);
/// Producers and consumers at once; tells also how long batches take from one to the other.
Result<Report> end_to_end_raw(const Plan& plan);

// Through the client library, records instead of requests.
Result<Report> produce_with_client(const Plan& plan);
/// Tells also how long records take from send() to the poll() that returns them.
Result<Report> end_to_end_with_client(const Plan& plan);

/// Offsets that are committed, over raw sockets, by members of groups or by others.
Result<Report> commit_offsets(const Plan& plan);
/// Groups that many members join at once and one leaves: how long until all have what is theirs.
Result<Report> join_groups(const Plan& plan);
/// Transactions of one small batch each, over raw sockets, as clients of Kafka 4 make them (KIP-890).
Result<Report> commit_transactions(const Plan& plan);
/// Records that members of a share group get and accept (KIP-932), over raw sockets.
Result<Report> share_fetch(const Plan& plan);

/// Holds many connections that say nothing but a first word.
Result<Report> hold_connections(const Plan& plan);
/// Creates many topics and deletes them.
Result<Report> churn_topics(const Plan& plan);

}  // namespace sluice::tools::bench
