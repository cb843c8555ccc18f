#include "client/node.h"

#include <algorithm>
#include <utility>

#include "wire/api/api_versions.h"

namespace sluice::client {
namespace {

using wire::ApiVersionsRequest;
using wire::ApiVersionsResponse;

constexpr std::string_view kSoftwareName = "sluice";
constexpr std::string_view kSoftwareVersion = "0.1.0";
/// Later versions name the node that one means to have reached, which a client does not know of a bootstrap
/// server.
constexpr std::int16_t kApiVersionsMost = 4;

NodeVersions owned(const ApiVersionsResponse& response) {
  NodeVersions versions;
  for (const auto& api : response.api_keys)
    versions.apis.push_back({api.api_key, {api.min_version, api.max_version}});
  std::ranges::sort(versions.apis, {}, &NodeVersions::Api::key);
  versions.finalized_features_epoch = response.finalized_features_epoch;
  for (const auto& feature : response.supported_features)
    versions.features.push_back(
        {std::string(feature.name), {feature.min_version, feature.max_version}, std::nullopt});
  for (const auto& feature : response.finalized_features) {
    const wire::VersionRange levels{feature.min_version_level, feature.max_version_level};
    const auto known = std::ranges::find(versions.features, feature.name, &Feature::name);
    if (known != versions.features.end())
      known->finalized = levels;
    else
      versions.features.push_back({std::string(feature.name), {}, levels});
  }
  return versions;
}

}  // namespace

Node::Node(Surroundings& surroundings, NodeId id, Endpoint endpoint)
    : surroundings_(surroundings),
      id_(id),
      endpoint_(std::move(endpoint)),
      tasks_(surroundings.loop),
      attempted_(surroundings.loop),
      askers_(surroundings.loop),
      backoff_(surroundings.config.reconnect_backoff, surroundings.config.reconnect_backoff_max) {}

std::string Node::name() const {
  return id_.value < 0 ? to_string(endpoint_) : fmt::format("{} (node {})", to_string(endpoint_), id_.value);
}

Task<Outcome<void>> Node::connect(SteadyTime deadline) {
  if (connected() && askers_.idle()) co_return Outcome<void>{};
  // In the order in which they asked, since that is the order in which their requests are to leave: who comes when
  // the node has just been connected must not overtake those who were waiting for it.
  const std::uint64_t attempts_before = attempts_;
  const Turns::Turn turn = co_await askers_.turn();
  if (connected()) co_return Outcome<void>{};
  if (tasks_.stopping()) co_return failed(ErrorCode::operation_not_attempted, "the client is closed");
  if (attempts_ == attempts_before) {
    if (!std::exchange(attempting_, true)) tasks_.start(attempt());
  }
  if (attempting_) {
    const bool ended = co_await attempted_.wait_until(deadline);
    if (!ended)
      co_return failed(ErrorCode::request_timed_out, "{} could not be connected in time{}{}", name(),
                       last_failure_ ? "; the last attempt: " : "", last_failure_ ? last_failure_->what : "");
  }
  if (tasks_.stopping()) co_return failed(ErrorCode::operation_not_attempted, "the client is closed");
  if (connected()) co_return Outcome<void>{};
  if (last_failure_) co_return failed(*last_failure_);
  co_return failed(ErrorCode::network_exception, "{} is not connected", name());
}

Task<void> Node::attempt() {
  // Away from whoever asked first, so that all askers wait alike, and long enough after the last failure.
  (void)co_await tasks_.sleep_until(std::max(not_before_, surroundings_.loop.now()));
  Outcome<void> done = failed(ErrorCode::operation_not_attempted, "the client is closed");
  if (!tasks_.stopping()) {
    co_await drop_channel();
    const SteadyTime deadline = surroundings_.loop.now() + surroundings_.config.socket_connection_setup_timeout;
    done = co_await dial(deadline);
    if (done && !tasks_.stopping()) done = co_await negotiate(deadline);
  }
  if (done) {
    backoff_.reset();
    last_failure_.reset();
  } else {
    if (channel_) channel_->end(Error{Errc::closed, done.error().what});
    last_failure_ = std::move(done.error());
    not_before_ = surroundings_.loop.now() + backoff_.next(surroundings_.loop);
  }
  ready_ = !last_failure_;
  attempting_ = false;
  ++attempts_;
  attempted_.notify_all();
}

Task<Outcome<void>> Node::dial(SteadyTime deadline) {
  const SocketOptions options{.send_buffer_bytes = surroundings_.config.send_buffer_bytes,
                              .receive_buffer_bytes = surroundings_.config.receive_buffer_bytes};
  Result<std::unique_ptr<Connection>> connection =
      co_await surroundings_.network.dial(endpoint_, deadline, options);
  if (!connection) co_return failed(failure_of(connection.error()));
  channel_ = std::make_shared<RequestChannel>(surroundings_.loop, std::move(*connection), RequestChannelLimits{},
                                              surroundings_.scratch, surroundings_.budget);
  co_return Outcome<void>{};
}

Task<Outcome<void>> Node::negotiate(SteadyTime deadline) {
  Outcome<NodeVersions> versions = co_await ask_versions(deadline);
  if (!versions) co_return failed(std::move(versions.error()));
  versions_ = std::move(*versions);
  co_return Outcome<void>{};
}

Task<Outcome<NodeVersions>> Node::ask_versions(SteadyTime deadline) {
  const ApiVersionsRequest request{.client_software_name = kSoftwareName,
                                   .client_software_version = kSoftwareVersion,
                                   .cluster_id = std::nullopt,
                                   .node_id = NodeId{-1},
                                   .unknown_tags = {}};
  std::int16_t version = std::min(kApiVersionsMost, ApiVersionsRequest::kVersions.high);
  while (true) {
    Result<OutgoingRequest> made = make_request(request, version, surroundings_.config.client_id);
    Outcome<Frame> frame = co_await exchange(std::move(made), deadline);
    if (!frame) co_return failed(std::move(frame.error()));
    // A node that does not speak our version answers in version 0, which begins with the error too.
    constexpr std::size_t kErrorAt = sizeof(std::int32_t);
    const Bytes bytes = frame->bytes.bytes();
    const bool refused =
        bytes.size() >= kErrorAt + sizeof(std::int16_t) &&
        load<std::int16_t>(bytes, kErrorAt) == static_cast<std::int16_t>(ErrorCode::unsupported_version);
    Taken<ApiVersionsResponse> response;
    if (const Result<void> read = response.take(std::move(*frame), refused ? std::int16_t{0} : version); !read)
      co_return failed(lost(read.error()));
    const Outcome<Answer<ApiVersionsResponse>> answer = response.after(Outcome<void>{});
    if (!refused) {
      if (Outcome<void> said = outcome_of((*answer)->error_code, name()); !said)
        co_return failed(std::move(said.error()));
      co_return owned(**answer);
    }
    if (version == 0)
      co_return failed(ErrorCode::unsupported_version, "{} refuses every version of ApiVersions", name());
    const std::int16_t before = version;
    version = 0;
    for (const auto& api : (*answer)->api_keys)
      if (api.api_key == ApiKey::api_versions)
        version = std::clamp(api.max_version, std::int16_t{0}, static_cast<std::int16_t>(before - 1));
  }
}

Outcome<std::int16_t> Node::version_of(ApiKey key, std::int16_t most) const {
  const wire::ApiInfo& ours = wire::api_info(key);
  const auto theirs = std::ranges::find(versions_.apis, key, &NodeVersions::Api::key);
  if (theirs == versions_.apis.end())
    return failed(ErrorCode::unsupported_version, "{} does not serve {}", name(), ours.name);
  const std::int16_t high = std::min({ours.versions.high, theirs->versions.high, most});
  const std::int16_t low = std::max(ours.versions.low, theirs->versions.low);
  if (high < low)
    return failed(ErrorCode::unsupported_version, "{} serves versions {} to {} of {}, where {} to {} are wanted",
                  name(), theirs->versions.low, theirs->versions.high, ours.name, ours.versions.low,
                  std::min(ours.versions.high, most));
  return high;
}

Failure Node::lost(const Error& error) {
  disconnect(error.what);
  Failure failure = failure_of(error);
  failure.what = fmt::format("{}: {}", name(), failure.what);
  return failure;
}

Task<Outcome<Frame>> Node::exchange(Result<OutgoingRequest> request, SteadyTime deadline) {
  if (!request) co_return failed(failure_of(request.error()));
  const std::shared_ptr<RequestChannel> channel = channel_;
  if (!channel) co_return failed(ErrorCode::network_exception, "{} is not connected", name());
  Result<Frame> frame = co_await channel->call(std::move(*request), deadline);
  if (frame) co_return std::move(*frame);
  if (channel == channel_) co_return failed(lost(frame.error()));
  co_return failed(failure_of(frame.error()));
}

Task<Outcome<void>> Node::call_for(wire::ApiMessage request, ResponseTaker& response, std::int16_t version,
                                   SteadyTime deadline, std::vector<RecordsSource> sources) {
  Result<OutgoingRequest> made =
      make_request(request, version, surroundings_.config.client_id, std::move(sources));
  Outcome<Frame> frame = co_await exchange(std::move(made), deadline);
  if (!frame) co_return failed(std::move(frame.error()));
  const Result<void> read = response.take(std::move(*frame), version);
  if (!read) co_return failed(lost(read.error()));
  co_return Outcome<void>{};
}

Task<Outcome<void>> Node::ask_for(wire::ApiMessage request, ResponseTaker& response, SteadyTime deadline,
                                  std::int16_t most) {
  Outcome<void> connected = co_await connect(deadline);
  if (!connected) co_return failed(std::move(connected.error()));
  const Outcome<std::int16_t> version = version_of(request.key(), most);
  if (!version) co_return failed(version.error());
  co_return co_await call_for(request, response, *version, deadline);
}

Task<Outcome<void>> Node::tell(wire::ApiMessage request, std::int16_t version, SteadyTime deadline,
                               std::vector<RecordsSource> sources) {
  Result<OutgoingRequest> made =
      make_request(request, version, surroundings_.config.client_id, std::move(sources));
  if (!made) co_return failed(failure_of(made.error()));
  const std::shared_ptr<RequestChannel> channel = channel_;
  if (!channel) co_return failed(ErrorCode::network_exception, "{} is not connected", name());
  const Result<void> sent = co_await channel->send(std::move(*made), deadline);
  if (sent) co_return Outcome<void>{};
  if (channel == channel_) co_return failed(lost(sent.error()));
  co_return failed(failure_of(sent.error()));
}

void Node::disconnect(std::string_view why) {
  if (channel_) channel_->end(Error{Errc::closed, fmt::format("the connection to {} is closed: {}", name(), why)});
}

Task<void> Node::drop_channel() {
  ready_ = false;
  const std::shared_ptr<RequestChannel> old = std::move(channel_);
  channel_.reset();
  if (old) co_await old->close();
}

void Node::stop() {
  tasks_.stop();
  disconnect("the client is closed");
  attempted_.notify_all();
}

Task<void> Node::close() {
  stop();
  co_await tasks_.close();
  co_await drop_channel();
}

}  // namespace sluice::client
