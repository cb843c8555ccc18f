#include "server/pipeline.h"

#include <spdlog/spdlog.h>

#include "server/broker_shard.h"
#include "server/dispatch.h"
#include "server/handlers/api_versions.h"
#include "server/request_context.h"
#include "wire/api/request_header.h"
#include "wire/api_table.h"

namespace sluice {
namespace {

using wire::ApiKey;

/// The first three fields, which every version of the header has in the same place.
struct HeaderStart {
  ApiKey api_key;
  std::int16_t version;
  std::int32_t correlation_id;
};

constexpr std::size_t kHeaderStartSize = 8;

HeaderStart read_start(Bytes frame) {
  return {.api_key = static_cast<ApiKey>(load<std::int16_t>(frame, 0)),
          .version = load<std::int16_t>(frame, 2),
          .correlation_id = load<std::int32_t>(frame, 4)};
}

Reply refuse(const Peer& peer, std::string_view why) {
  spdlog::warn("closing the connection of {}: {}", to_string(peer.address), why);
  return Reply{.pieces = {}, .close = true};
}

Reply or_refuse(const Peer& peer, Result<Reply> reply) {
  return reply ? std::move(*reply) : refuse(peer, reply.error().what);
}

}  // namespace

Task<Reply> answer_frame(Broker& broker, BrokerShard& shard, Peer& peer, Frame frame) {
  const MutableBytes bytes = frame.bytes.bytes();
  if (bytes.size() < kHeaderStartSize) co_return refuse(peer, fmt::format("a request of {} bytes", bytes.size()));
  const HeaderStart start = read_start(bytes);
  const ServedApi* api = find_served_api(start.api_key);
  if (api == nullptr)
    co_return refuse(peer, fmt::format("API key {} is not served here", static_cast<std::int16_t>(start.api_key)));
  if (!api->versions.contains(start.version)) {
    if (start.api_key == ApiKey::api_versions)
      co_return or_refuse(peer, handlers::unsupported_api_versions(start.correlation_id));
    co_return refuse(peer, fmt::format("version {} of {} is not served; {} to {} are", start.version,
                                       wire::api(start.api_key).name, api->versions.low, api->versions.high));
  }

  wire::Reader in(bytes, wire::kRequestMemory);
  const Result<wire::RequestHeader> header =
      wire::RequestHeader::decode(in, wire::api(start.api_key).request_header_version(start.version));
  if (!header) co_return refuse(peer, header.error().what);

  RequestContext context{.broker = broker,
                         .shard = shard,
                         .peer = peer,
                         .api_key = start.api_key,
                         .version = start.version,
                         .correlation_id = start.correlation_id,
                         .client_id = header->client_id.value_or(""),
                         .body = bytes.last(in.remaining()),
                         .received = Loop::current().now(),
                         .image = shard.image(),
                         .arena = {}};
  Result<Reply> reply = fail(Errc::io, "not answered");
  try {
    reply = co_await api->handler(context);
  } catch (const std::exception& exception) {  // The boundary of a request: a bug in one must not end the others.
    spdlog::error("{} version {} of {} ended with an exception: {}", wire::api(start.api_key).name, start.version,
                  to_string(peer.address), exception.what());
    co_return Reply{.pieces = {}, .close = true};
  }
  co_return or_refuse(peer, std::move(reply));
}

}  // namespace sluice
