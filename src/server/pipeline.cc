#include "server/pipeline.h"

#include "base/logging.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/dispatch.h"
#include "server/handlers/api_versions.h"
#include "server/request_context.h"
#include "wire/frame.h"

namespace sluice {
namespace {

Reply refuse(const Peer& peer, std::string_view why) {
  logging::warn("closing the connection of {}: {}", to_string(peer.address), why);
  return Reply{.frame = {}, .sources = {}, .close = true};
}

Reply or_refuse(const Peer& peer, Result<Reply> reply) {
  return reply ? std::move(*reply) : refuse(peer, reply.error().what);
}

}  // namespace

Task<Reply> answer_frame(Broker& broker, BrokerShard& shard, Peer& peer, Frame frame) {
  const MutableBytes bytes = frame.bytes.bytes();
  const Result<wire::OpenedRequest> opened = wire::open_request(bytes);
  if (!opened) co_return refuse(peer, opened.error().what);
  const wire::RequestHeader& header = opened->header;
  const std::int16_t version = header.request_api_version;
  const std::string_view name = wire::api_info(header.request_api_key).name;
  const ServedApi* api = find_served_api(header.request_api_key);
  if (api == nullptr) co_return refuse(peer, fmt::format("{} is not served here", name));
  const wire::VersionRange& versions = api->offered(broker.config().sockets.unstable_versions);
  if (!versions.contains(version)) {
    if (header.request_api_key == ApiKey::api_versions)
      co_return or_refuse(peer, handlers::unsupported_api_versions(header.correlation_id));
    co_return refuse(peer, fmt::format("version {} of {} is not served; {} to {} are", version, name, versions.low,
                                       versions.high));
  }

  RequestContext context{.broker = broker,
                         .shard = shard,
                         .peer = peer,
                         .api_key = header.request_api_key,
                         .version = version,
                         .correlation_id = header.correlation_id,
                         .client_id = header.client_id.value_or(""),
                         .body = bytes.last(opened->body.size()),
                         .received = Loop::current().now(),
                         .image = shard.image(),
                         .arena = {}};
  Result<Reply> reply = fail(Errc::io, "not answered");
  try {
    reply = co_await api->handler(context);
  } catch (const std::exception& exception) {  // The boundary of a request: a bug in one must not end the others.
    logging::error("{} version {} of {} ended with an exception: {}", name, version, to_string(peer.address),
                   exception.what());
    co_return Reply{.frame = {}, .sources = {}, .close = true};
  }
  co_return or_refuse(peer, std::move(reply));
}

}  // namespace sluice
