// client/node.h: one broker as a client knows it: where it is, the connection to it, and what it speaks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/backoff.h"
#include "client/client_config.h"
#include "client/failure.h"
#include "client/request.h"
#include "net/request_channel.h"

namespace sluice::client {

/// What the connections of one client stand on. Outlives them.
struct Surroundings {
  Surroundings(Loop& on, Network& through, const ClientConfig& with)
      : loop(on), network(through), config(with), budget(on, std::size_t{1} << 32) {}

  Loop& loop;
  Network& network;
  const ClientConfig& config;
  ReadScratch scratch;
  /// Wide: what a client has asked for is bounded by how it asks.
  MemoryBudget budget;
};

/// A feature of the cluster: what a node can do, and what is switched on.
struct Feature {
  std::string name;
  wire::VersionRange supported;
  std::optional<wire::VersionRange> finalized;
};

/// What a node said of itself when it was connected (ApiVersions).
struct NodeVersions {
  struct Api {
    ApiKey key;
    wire::VersionRange versions;
  };
  std::vector<Api> apis;  ///< By key; also such as this program does not know.
  std::vector<Feature> features;
  std::int64_t finalized_features_epoch = -1;
};

/// A connection that is made when it is wanted and made again, after a while, when it has broken. Any number of
/// tasks use it. Close it before it dies.
class Node {
 public:
  /// `id` is negative for a server of bootstrap.servers, whose id is not known.
  Node(Surroundings& surroundings, NodeId id, Endpoint endpoint);

  NodeId id() const { return id_; }
  const Endpoint& endpoint() const { return endpoint_; }
  /// "127.0.0.1:9092 (node 1)", for messages.
  std::string name() const;
  bool connected() const { return ready_ && !channel_->ended(); }
  /// How many requests wait for an answer.
  std::size_t in_flight() const { return connected() ? channel_->in_flight() : 0; }
  /// Whether the last attempt failed so recently that none is made yet.
  bool backing_off() const { return !connected() && surroundings_.loop.now() < not_before_; }

  /// Makes sure that the node is connected and its versions are known. An attempt goes on after `deadline`, for
  /// whoever comes next. Errors: network_exception, request_timed_out, unsupported_version (it speaks nothing that
  /// we do).
  Task<Outcome<void>> connect(SteadyTime deadline);

  /// What it speaks; valid while connected and after.
  const NodeVersions& versions() const { return versions_; }
  /// Asks anew what it speaks. Errors: as of call().
  Task<Outcome<NodeVersions>> ask_versions(SteadyTime deadline);
  /// The highest version of the API that both sides speak, at most `most`. Errors: unsupported_version.
  Outcome<std::int16_t> version_of(ApiKey key, std::int16_t most = INT16_MAX) const;

  /// Sends `request` to a node that has been connected, and returns its answer. A node that does not answer by
  /// `deadline` is taken for dead and disconnected.
  /// Errors: network_exception, request_timed_out, unsupported_version, corrupt_message.
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> call(const Request& request, std::int16_t version,
                                                         SteadyTime deadline,
                                                         std::vector<RecordsSource> sources = {});
  /// Connects, chooses the highest common version and calls. Errors: of all three.
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask(const Request& request, SteadyTime deadline,
                                                        std::int16_t most = INT16_MAX);
  /// As call() and ask(), for any request; an answer goes to `response`.
  Task<Outcome<void>> call_for(wire::ApiMessage request, ResponseTaker& response, std::int16_t version,
                               SteadyTime deadline, std::vector<RecordsSource> sources = {});
  Task<Outcome<void>> ask_for(wire::ApiMessage request, ResponseTaker& response, SteadyTime deadline,
                              std::int16_t most = INT16_MAX);
  /// As call(), for a request without a response.
  Task<Outcome<void>> tell(wire::ApiMessage request, std::int16_t version, SteadyTime deadline,
                           std::vector<RecordsSource> sources = {});

  /// Breaks the connection: what waits for an answer fails with network_exception.
  void disconnect(std::string_view why);
  /// Ends for good: whatever waits for it fails soon.
  void stop();
  /// Stops, and waits until nothing of it is at work.
  Task<void> close();

 private:
  Task<void> attempt();
  Task<Outcome<void>> dial(SteadyTime deadline);
  Task<Outcome<void>> negotiate(SteadyTime deadline);
  Task<Outcome<Frame>> exchange(Result<OutgoingRequest> request, SteadyTime deadline);
  Task<void> drop_channel();
  Failure lost(const Error& error);

  Surroundings& surroundings_;
  NodeId id_;
  Endpoint endpoint_;
  TaskGroup tasks_;
  Event attempted_;
  std::uint64_t attempts_ = 0;  ///< That have ended.
  Turns askers_;                ///< Of connect().
  Backoff backoff_;
  SteadyTime not_before_{};
  bool attempting_ = false;
  bool ready_ = false;
  std::shared_ptr<RequestChannel> channel_;
  NodeVersions versions_;
  std::optional<Failure> last_failure_;
};

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Node::call(const Request& request, std::int16_t version,
                                                             SteadyTime deadline,
                                                             std::vector<RecordsSource> sources) {
  Taken<typename Request::Response> response;
  Outcome<void> called = co_await call_for(request, response, version, deadline, std::move(sources));
  co_return response.after(std::move(called));
}

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> Node::ask(const Request& request, SteadyTime deadline,
                                                            std::int16_t most) {
  Taken<typename Request::Response> response;
  Outcome<void> asked = co_await ask_for(request, response, deadline, most);
  co_return response.after(std::move(asked));
}

}  // namespace sluice::client
