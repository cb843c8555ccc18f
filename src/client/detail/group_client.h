// client/detail/group_client.h: the coordinator of one group, and the offsets that it keeps.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/cluster.h"
#include "client/list_offsets.h"
#include "client/offset_and_metadata.h"

namespace sluice::client::detail {

/// Who commits: a member of a generation, or nobody in particular.
struct Membership {
  std::int32_t generation = -1;
  std::string member_id;
  std::optional<std::string> instance_id;
  friend bool operator==(const Membership&, const Membership&) = default;
};

class GroupClient {
 public:
  /// `cluster` outlives this.
  GroupClient(Cluster& cluster, std::string group_id) : cluster_(cluster), group_id_(std::move(group_id)) {}

  const std::string& group_id() const { return group_id_; }
  Cluster& cluster() { return cluster_; }

  /// The coordinator, looked up if it is not known, and connected. Errors: as of Cluster::coordinator.
  Task<Outcome<std::shared_ptr<Node>>> coordinator(SteadyTime deadline);
  /// After an error or silence of the coordinator: it will be looked up again where that may help.
  void note(const Failure& failure);

  /// Sends one request to the coordinator.
  template <class Request>
  Task<Outcome<Answer<typename Request::Response>>> ask(const Request& request, std::int16_t most,
                                                        SteadyTime deadline);

  /// The committed offsets of `partitions` (nothing: of all that have one). Partitions without one are left out.
  /// With `stable`, waits while transactions that commit offsets are open (KIP-447). Tries again until `deadline`.
  /// Errors: group_authorization_failed, topic_authorization_failed, request_timed_out …
  Task<Outcome<Offsets>> committed(std::optional<std::set<TopicPartition>> partitions, bool stable,
                                   SteadyTime deadline);
  /// Commits once. The outcome of each partition. Errors: of the request as a whole.
  Task<Outcome<PartitionOutcomes<void>>> commit_once(const Offsets& offsets, const Membership& membership,
                                                     SteadyTime deadline);
  /// Commits, again and again where that may help. Errors: the first of any partition: illegal_generation,
  /// rebalance_in_progress, fenced_instance_id, unknown_member_id, offset_metadata_too_large …
  Task<Outcome<void>> commit(const Offsets& offsets, const Membership& membership, SteadyTime deadline);

 private:
  Task<Outcome<void>> ask_for(wire::ApiMessage request, ResponseTaker& response, std::int16_t most,
                              SteadyTime deadline);
  Task<Outcome<Offsets>> committed_once(const std::optional<std::set<TopicPartition>>& partitions, bool stable,
                                        SteadyTime deadline);

  Cluster& cluster_;
  std::string group_id_;
  std::shared_ptr<Node> node_;
};

template <class Request>
Task<Outcome<Answer<typename Request::Response>>> GroupClient::ask(const Request& request, std::int16_t most,
                                                                   SteadyTime deadline) {
  Taken<typename Request::Response> response;
  Outcome<void> asked = co_await ask_for(request, response, most, deadline);
  co_return response.after(std::move(asked));
}

}  // namespace sluice::client::detail
