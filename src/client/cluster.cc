#include "client/cluster.h"

#include <algorithm>
#include <utility>

#include "wire/api/find_coordinator.h"

namespace sluice::client {
namespace {

using wire::MetadataRequest;
using wire::MetadataResponse;

MetadataRequest::MetadataRequestTopic topic_named(std::string_view name) {
  return {.topic_id = {}, .name = name, .unknown_tags = {}};
}

/// Takes any element, by chance.
template <class T>
T pick(Loop& loop, std::vector<T>& from) {
  const std::size_t at = loop.random() % from.size();
  T picked = std::move(from[at]);
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(at));
  return picked;
}

}  // namespace

Cluster::Cluster(Loop& loop, Network& network, ClientConfig config)
    : config_(std::move(config)),
      surroundings_(loop, network, config_),
      tasks_(loop),
      update_wanted_(loop),
      updated_(loop) {
  for (const Endpoint& endpoint : config_.bootstrap_servers)
    bootstrap_.push_back(std::make_shared<Node>(surroundings_, NodeId{-1}, endpoint));
  tasks_.start(keep_updated());
}

Cluster::~Cluster() { SLUICE_ASSERT(tasks_.size() == 0); }

SteadyTime Cluster::request_deadline(SteadyTime latest) const {
  return std::min(latest, surroundings_.loop.now() + config_.request_timeout);
}

std::shared_ptr<Node> Cluster::node_for(const BrokerInfo& broker, Lane lane) {
  std::shared_ptr<Node>& node = nodes_[{broker.id, lane}];
  if (!node || node->endpoint() != broker.endpoint) {
    if (node) retire(std::move(node));
    node = std::make_shared<Node>(surroundings_, broker.id, broker.endpoint);
  }
  return node;
}

void Cluster::retire(std::shared_ptr<Node> node) { tasks_.start(close_node(std::move(node))); }

std::shared_ptr<Node> Cluster::least_loaded() const {
  std::shared_ptr<Node> best;
  const auto consider = [&best](const std::shared_ptr<Node>& node) {
    if (node->connected() && (!best || node->in_flight() < best->in_flight())) best = node;
  };
  for (const auto& [key, node] : nodes_)
    if (key.second == Lane::data) consider(node);
  if (!best)
    for (const auto& node : bootstrap_) consider(node);
  return best;
}

/// Those to try, in order: brokers that are known, by chance, then the servers of the configuration, since all
/// brokers may have moved (KIP-899).
std::vector<std::shared_ptr<Node>> Cluster::candidates() {
  std::vector<std::shared_ptr<Node>> known;
  for (const auto& [id, broker] : view_.brokers()) known.push_back(node_for(broker));
  std::vector<std::shared_ptr<Node>> ordered;
  while (!known.empty()) ordered.push_back(pick(loop(), known));
  std::vector<std::shared_ptr<Node>> servers = bootstrap_;
  while (!servers.empty()) ordered.push_back(pick(loop(), servers));
  std::vector<std::shared_ptr<Node>> later;
  std::erase_if(ordered, [&later](const auto& node) {
    if (node->backing_off()) later.push_back(node);
    return node->backing_off();
  });
  ordered.insert(ordered.end(), later.begin(), later.end());
  return ordered;
}

Task<Outcome<std::shared_ptr<Node>>> Cluster::any_node(SteadyTime deadline) {
  std::optional<Failure> last;
  while (!tasks_.stopping()) {
    if (std::shared_ptr<Node> node = least_loaded()) co_return node;
    // At least one attempt, however close the deadline is.
    for (const std::shared_ptr<Node>& node : candidates()) {
      Outcome<void> connected = co_await node->connect(deadline);
      if (connected) co_return node;
      last = std::move(connected.error());
      if (last->code == ErrorCode::unsupported_version) co_return failed(std::move(*last));
      if (loop().now() >= deadline || tasks_.stopping()) break;
    }
    if (loop().now() >= deadline) co_return failed(nobody_answered(last));
    // Each node keeps its own pause; this one holds when there is none to keep it.
    (void)co_await tasks_.sleep_until(std::min(deadline, loop().now() + config_.reconnect_backoff));
  }
  co_return failed(ErrorCode::operation_not_attempted, "the client is closed");
}

Failure Cluster::nobody_answered(const std::optional<Failure>& last) const {
  std::string servers;
  for (const Endpoint& endpoint : config_.bootstrap_servers)
    servers += (servers.empty() ? "" : ", ") + to_string(endpoint);
  return Failure{ErrorCode::request_timed_out,
                 fmt::format("no broker of {} answered in time{}{}", servers, last ? "; the last attempt: " : "",
                             last ? last->what : "")};
}

Task<Outcome<std::shared_ptr<Node>>> Cluster::node(NodeId id, SteadyTime deadline) {
  return connected_node(id, Lane::data, deadline);
}

Task<Outcome<std::shared_ptr<Node>>> Cluster::connected_node(NodeId id, Lane lane, SteadyTime deadline) {
  if (tasks_.stopping()) co_return failed(ErrorCode::operation_not_attempted, "the client is closed");
  const BrokerInfo* broker = view_.find_broker(id);
  if (broker == nullptr) {
    request_update();
    co_return failed(ErrorCode::broker_not_available, "node {} is not among the brokers that are known", id.value);
  }
  std::shared_ptr<Node> node = node_for(*broker, lane);
  Outcome<void> connected = co_await node->connect(deadline);
  if (connected) co_return node;
  request_update();  // The node may have been replaced.
  co_return failed(std::move(connected.error()));
}

Task<Outcome<std::shared_ptr<Node>>> Cluster::coordinator(CoordinatorType type, std::string key,
                                                          SteadyTime deadline) {
  Backoff backoff = retry_backoff();
  while (true) {
    const Outcome<NodeId> found = co_await find_coordinator_once(type, key, deadline);
    std::optional<Failure> failure;
    if (found) {
      Outcome<std::shared_ptr<Node>> connected = co_await connected_node(*found, Lane::coordination, deadline);
      if (connected) co_return std::move(*connected);
      failure = std::move(connected.error());
    } else {
      failure = found.error();
    }
    if (!failure->retriable()) co_return failed(std::move(*failure));
    const bool more = co_await pause(backoff, deadline);
    if (!more) co_return failed(std::move(*failure));
  }
}

Task<Outcome<NodeId>> Cluster::find_coordinator_once(CoordinatorType type, std::string key, SteadyTime deadline) {
  const Outcome<std::shared_ptr<Node>> asked = co_await any_node(deadline);
  if (!asked) co_return failed(asked.error());
  const Outcome<std::int16_t> version = (*asked)->version_of(ApiKey::find_coordinator);
  if (!version) co_return failed(version.error());
  wire::FindCoordinatorRequest request;
  request.key_type = static_cast<std::int8_t>(type);
  if (*version >= 4)
    request.coordinator_keys = {key};
  else
    request.key = key;
  const auto answer = co_await (*asked)->call(request, *version, request_deadline(deadline));
  if (!answer) co_return failed(answer.error());

  const auto& message = **answer;
  const auto* const several = message.coordinators.empty() ? nullptr : &message.coordinators.front();
  const ErrorCode error = several != nullptr ? several->error_code : message.error_code;
  if (error != ErrorCode::none)
    co_return failed(failure_of(error, fmt::format("looking for the coordinator of {}", key),
                                several != nullptr ? several->error_message : message.error_message));
  const NodeId id = several != nullptr ? several->node_id : message.node_id;
  const std::string_view host = several != nullptr ? several->host : message.host;
  const std::int32_t port = several != nullptr ? several->port : message.port;
  if (port <= 0 || port > UINT16_MAX)
    co_return failed(ErrorCode::coordinator_not_available, "the coordinator of {} has port {}", key, port);
  if (view_.find_broker(id) == nullptr)
    view_.update_broker({id, {std::string(host), static_cast<std::uint16_t>(port)}, std::nullopt});
  co_return id;
}

void Cluster::want_topic(std::string_view name) {
  if (!wanted_.emplace(name).second) return;
  topics_added_ = true;
  update_wanted_.notify_all();
}

void Cluster::forget_topic(std::string_view name) {
  if (const auto found = wanted_.find(name); found != wanted_.end()) wanted_.erase(found);
  view_.forget_topic(name);
}

void Cluster::request_update() {
  update_requested_ = true;
  update_wanted_.notify_all();
}

Task<Outcome<void>> Cluster::update(SteadyTime deadline) {
  // The answer to a question that is under way may be older than this call.
  const std::uint64_t enough = questions_ + 1;
  request_update();
  while (last_answered_ < enough) {
    const bool notified = co_await updated_.wait_until(deadline);
    if (last_answered_ >= enough) break;
    if (!notified) co_return failed(last_failure_ ? *last_failure_ : nobody_answered(std::nullopt));
    if (tasks_.stopping()) co_return failed(ErrorCode::operation_not_attempted, "the client is closed");
    if (last_failure_ && !last_failure_->retriable()) co_return failed(*last_failure_);
  }
  co_return Outcome<void>{};
}

Task<Outcome<TopicInfo>> Cluster::topic(std::string name, SteadyTime deadline) {
  want_topic(name);
  while (true) {
    const TopicInfo* known = view_.find_topic(name);
    if (known != nullptr && known->error == ErrorCode::none && !known->partitions.empty()) co_return *known;
    if (known != nullptr && known->error != ErrorCode::none && !retriable(known->error))
      co_return failed(failure_of(known->error, "topic " + name));
    const Outcome<void> updated = co_await update(deadline);
    if (updated) {
      known = view_.find_topic(name);
      const bool is_there = known != nullptr && known->error == ErrorCode::none && !known->partitions.empty();
      if (is_there || loop().now() < deadline) {
        if (!is_there) (void)co_await tasks_.sleep_until(std::min(deadline, loop().now() + config_.retry_backoff));
        continue;
      }
    }
    known = view_.find_topic(name);
    if (known != nullptr && known->error != ErrorCode::none)
      co_return failed(failure_of(known->error, "topic " + name));
    if (!updated) co_return failed(updated.error());
    co_return failed(ErrorCode::unknown_topic_or_partition, "topic {} did not appear in the metadata in time",
                     name);
  }
}

Task<Outcome<Answer<MetadataResponse>>> Cluster::describe_topics(std::optional<std::vector<std::string>> topics,
                                                                 bool allow_creation, SteadyTime deadline) {
  Backoff backoff = retry_backoff();
  while (true) {
    Outcome<std::shared_ptr<Node>> asked = co_await any_node(deadline);
    if (!asked) co_return failed(std::move(asked.error()));
    MetadataRequest request;
    request.allow_auto_topic_creation = allow_creation;
    if (topics) {
      for (const std::string& name : *topics) request.topics->push_back(topic_named(name));
    } else {
      request.topics.reset();
    }
    const Outcome<std::int16_t> version = (*asked)->version_of(ApiKey::metadata);
    if (!version) co_return failed(version.error());
    if (*version < 4) request.allow_auto_topic_creation = true;  // It could not be forbidden before.
    if (*version == 0 && !topics) request.topics.emplace();      // None meant all.
    auto answer = co_await (*asked)->call(request, *version, request_deadline(deadline));
    if (answer) {
      adopt(**answer);
      co_return answer;
    }
    if (!answer.error().retriable()) co_return answer;
    const bool more = co_await pause(backoff, deadline);
    if (!more) co_return answer;
  }
}

Task<bool> Cluster::pause(Backoff& backoff, SteadyTime deadline) {
  const SteadyTime until = loop().now() + backoff.next(loop());
  if (until >= deadline) co_return false;
  const bool stopped = co_await tasks_.sleep_until(until);
  co_return !stopped;
}

void Cluster::adopt(const MetadataResponse& response) {
  view_.update(response);
  std::erase_if(nodes_, [this](auto& entry) {
    const BrokerInfo* broker = view_.find_broker(entry.first.first);
    if (broker != nullptr && broker->endpoint == entry.second->endpoint()) return false;
    retire(std::move(entry.second));
    return true;
  });
}

MetadataRequest Cluster::request_for_wanted() const {
  MetadataRequest request;
  request.allow_auto_topic_creation = config_.allow_auto_create_topics;
  if (want_all_) {
    request.topics.reset();
  } else {
    for (const std::string& name : wanted_) request.topics->push_back(topic_named(name));
  }
  return request;
}

Task<Outcome<void>> Cluster::update_once() {
  const SteadyTime deadline = request_deadline();
  const Outcome<std::shared_ptr<Node>> asked = co_await any_node(deadline);
  if (!asked) co_return failed(asked.error());
  const Outcome<std::int16_t> version = (*asked)->version_of(ApiKey::metadata);
  if (!version) co_return failed(version.error());
  MetadataRequest request = request_for_wanted();
  if (*version < 4) request.allow_auto_topic_creation = true;
  if (*version == 0 && !request.topics) request.topics.emplace();
  const auto answer = co_await (*asked)->call(request, *version, deadline);
  if (!answer) co_return failed(answer.error());
  if ((*answer)->error_code != ErrorCode::none)
    co_return failed(failure_of((*answer)->error_code, "metadata from " + (*asked)->name()));
  adopt(**answer);
  co_return Outcome<void>{};
}

Task<void> Cluster::keep_updated() {
  Backoff backoff = retry_backoff();
  while (!tasks_.stopping()) {
    if (!update_requested_) {
      // Without a topic or a node in use there is nothing to keep up to date.
      const bool idle = wanted_.empty() && !want_all_ && nodes_.empty();
      if (idle)
        co_await update_wanted_.wait();
      else
        (void)co_await update_wanted_.wait_until(loop().now() + config_.metadata_max_age);
      if (tasks_.stopping()) break;
    }
    update_requested_ = false;
    topics_added_ = false;
    const std::uint64_t question = ++questions_;
    Outcome<void> done = co_await update_once();
    if (done) {
      last_failure_.reset();
      last_answered_ = question;
      backoff.reset();
    } else {
      last_failure_ = std::move(done.error());
      update_requested_ = true;
    }
    updated_.notify_all();
    // Also after a success: who finds an answer unhelpful asks again at once, and must not do so without end.
    const SteadyTime next = loop().now() + (last_failure_ ? backoff.next(loop()) : config_.retry_backoff);
    while (!tasks_.stopping() && !topics_added_ && loop().now() < next)
      (void)co_await update_wanted_.wait_until(next);
  }
}

void Cluster::stop() {
  tasks_.stop();
  for (const auto& [key, node] : nodes_) node->stop();
  for (const auto& node : bootstrap_) node->stop();
  update_wanted_.notify_all();
  updated_.notify_all();
}

Task<void> Cluster::close() {
  stop();
  for (const auto& [key, node] : nodes_) retire(node);
  for (const auto& node : bootstrap_) retire(node);
  co_await tasks_.close();
  nodes_.clear();
  bootstrap_.clear();
}

}  // namespace sluice::client
