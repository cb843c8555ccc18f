// tools/bench/plan.h: what a benchmark is asked to do, from its options.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "client/client_config.h"
#include "client/consumer_config.h"
#include "client/producer_config.h"
#include "tools/bench/fetch_exchange.h"
#include "tools/bench/prepared.h"
#include "tools/bench/produce_exchange.h"
#include "tools/bench/target.h"
#include "tools/bench/window.h"
#include "tools/options.h"

namespace sluice::tools::bench {

enum class GroupProtocol { classic, consumer };

struct Plan {
  client::ClientConfig cluster;
  client::ProducerConfig producer;  ///< Of loads through the client library.
  client::ConsumerConfig consumer;
  TargetOptions target;
  Bounds bounds;
  BatchShape batch;
  ProduceShape produce;
  FetchShape fetch;
  std::size_t connections = 1;  ///< That produce, or that only fetch.
  std::size_t consumers = 1;    ///< Connections that fetch beside them.
  std::size_t in_flight = 5;    ///< Requests on each connection that produces.
  std::size_t groups = 1;       ///< That the connections commit for.
  bool in_groups = false;       ///< They are members of them.
  GroupProtocol group_protocol = GroupProtocol::classic;
  std::chrono::milliseconds heartbeat_interval{100};  ///< Of members.
  std::int32_t share_records_max = 500;               ///< In an answer to ShareFetch.
  std::size_t topics = 1000;                          ///< How many are created and deleted,
  std::size_t topics_per_request = 10;                ///< so many at a time.
  bool keep_topics = false;                           ///< Only creates them.
  std::optional<double> rate;  ///< Requests a second of all connections; none: as many as go.
  bool from_end = false;       ///< Where fetching begins.
  std::optional<int> server;   ///< The process whose use of the processor is told.
  std::optional<std::string> json;
};

/// The options of all loads.
std::span<const Option> plan_options();
/// Errors: invalid_argument, with the option and what it may be.
Result<Plan> make_plan(const Options& options);

}  // namespace sluice::tools::bench
