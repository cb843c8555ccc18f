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

/// Holds many connections that say nothing but a first word.
Result<Report> hold_connections(const Plan& plan);
/// Creates many topics and deletes them.
Result<Report> churn_topics(const Plan& plan);

}  // namespace sluice::tools::bench
